"""Young accounts, all invented: what training adds of them, and how a model does on fresh ones.

What belongs here: drawing them and scoring them. What must not: their shapes, which are `ordinary` and
`phishing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from guard.core.history import AccountHistory, account_vector
from guard.predict.embedded import phishing
from guard.predict.embedded.measure import threshold_at
from guard.predict.embedded.ordinary import (
    BUSY,
    EVERYDAY,
    Habits,
    Shape,
    invented_histories,
)
from guard.predict.embedded.pack import PackedModel, Settings
from guard.predict.embedded.predictor import reason_to_abstain
from guard.predict.embedded.recipe import Recipe
from guard.predict.embedded.table import Row
from guard.predict.embedded.walk import Walker


def invented_rows(recipe: Recipe) -> Iterator[Row]:
    """Yield the invented accounts of the training."""
    for _, history in invented_histories(recipe.ordinary_count, seed=recipe.seed):
        yield Row(features=numbers(history), is_fraud=0, group="invented", weight=recipe.ordinary_weight)
    for _, history in _phishing(recipe.phishing_count, recipe.seed + 1, phishing.SHAPES):
        yield Row(features=numbers(history), is_fraud=1, group="invented", weight=recipe.phishing_weight)


def score_fresh(model: PackedModel, recipe: Recipe) -> dict[str, list[float]]:
    """Return the model's probabilities on ordinary accounts that training did not see, by their habits.

    Those on which the settings ask the model to abstain are left out.
    """
    walker = Walker(model)
    return {
        name: [
            walker.probability(row)
            for _, history in invented_histories(recipe.judged_count, seed=seed, habits=habits)
            if reason_to_abstain(row := numbers(history), model.settings) is None
        ]
        for name, habits, seed in (
            ("everyday", EVERYDAY, recipe.seed + 1001),
            ("busy", BUSY, recipe.seed + 1002),
        )
    }


def raised_thresholds(settings: Settings, fresh: Mapping[str, Sequence[float]], recipe: Recipe) -> Settings:
    """Return `settings` with both thresholds high enough for every kind of ordinary young account."""
    fraud, suspicious = settings.fraud_threshold, settings.suspicious_threshold
    for scores in fresh.values():
        fraud = max(fraud, threshold_at(scores, recipe.young_fraud_rate))
        suspicious = max(suspicious, threshold_at(scores, recipe.young_suspicious_rate))
    return replace(settings, fraud_threshold=fraud, suspicious_threshold=suspicious)


def numbers(history: AccountHistory) -> tuple[float, ...]:
    """Return the 16 numbers of `history`, wire order."""
    return tuple(value for value in account_vector(history) if not isinstance(value, str))


def _phishing(count: int, seed: int, shapes: Mapping[str, Shape]) -> Iterator[tuple[str, AccountHistory]]:
    return invented_histories(count, seed=seed, habits=Habits(days=phishing.DAYS), shapes=shapes)
