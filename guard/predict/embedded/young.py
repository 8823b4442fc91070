"""Young accounts, all invented: what training adds of them, and how a model does on fresh ones.

What belongs here: drawing them and scoring them. What must not: their shapes, which are `ordinary` and
`phishing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from guard.core.history import AccountHistory, account_vector
from guard.predict.embedded import phishing
from guard.predict.embedded.measure import threshold_at
from guard.predict.embedded.ordinary import (
    BUSY,
    EVERYDAY,
    LOOKALIKE_SHAPES,
    Habits,
    Shape,
    invented_histories,
)
from guard.predict.embedded.pack import PackedModel, Settings
from guard.predict.embedded.recipe import Recipe
from guard.predict.embedded.table import Row
from guard.predict.embedded.walk import Walker

ScoresByShape = Mapping[str, list[float]]
"""Probabilities of fraud, by the name of the shape."""


def invented_rows(recipe: Recipe) -> Iterator[Row]:
    """Yield the invented accounts of the training."""
    for _, history in invented_histories(recipe.ordinary_count, seed=recipe.seed):
        yield Row(features=_numbers(history), is_fraud=0, group="invented", weight=recipe.ordinary_weight)
    for _, history in _phishing(recipe.phishing_count, recipe.seed + 1, phishing.TRAINED_SHAPES):
        yield Row(features=_numbers(history), is_fraud=1, group="invented", weight=recipe.phishing_weight)


def score_fresh(model: PackedModel, recipe: Recipe) -> dict[str, ScoresByShape]:
    """Return the model's probabilities on accounts that training did not see, by kind and shape."""
    walker = Walker(model)
    kinds = {
        "ordinary, everyday": invented_histories(
            recipe.judged_count, seed=recipe.seed + 1001, habits=EVERYDAY
        ),
        "ordinary, busy": invented_histories(recipe.judged_count, seed=recipe.seed + 1002, habits=BUSY),
        "honest lookalike": invented_histories(
            recipe.judged_count // 10, seed=recipe.seed + 1004, shapes=LOOKALIKE_SHAPES
        ),
        "phishing": _phishing(recipe.judged_count // 10, recipe.seed + 1003, phishing.SHAPES),
    }
    scores: dict[str, ScoresByShape] = {}
    for kind, histories in kinds.items():
        by_shape: dict[str, list[float]] = {}
        for shape, history in histories:
            by_shape.setdefault(shape, []).append(walker.probability(_numbers(history)))
        scores[kind] = by_shape
    return scores


def raised_thresholds(settings: Settings, fresh: Mapping[str, ScoresByShape], recipe: Recipe) -> Settings:
    """Return `settings` with both thresholds high enough for every kind of ordinary young account."""
    fraud, suspicious = settings.fraud_threshold, settings.suspicious_threshold
    for kind in ("ordinary, everyday", "ordinary, busy"):
        scores = list(chain.from_iterable(fresh[kind].values()))
        fraud = max(fraud, threshold_at(scores, recipe.young_fraud_rate))
        suspicious = max(suspicious, threshold_at(scores, recipe.young_suspicious_rate))
    return replace(settings, fraud_threshold=fraud, suspicious_threshold=suspicious)


def _phishing(count: int, seed: int, shapes: Mapping[str, Shape]) -> Iterator[tuple[str, AccountHistory]]:
    return invented_histories(count, seed=seed, habits=Habits(days=phishing.DAYS), shapes=shapes)


def _numbers(history: AccountHistory) -> tuple[float, ...]:
    return tuple(value for value in account_vector(history) if not isinstance(value, str))
