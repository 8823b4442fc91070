"""What a set of scores is worth, as a table: for the model card and for `guard model evaluate`.

What belongs here: figures with their intervals, in words. What must not: training, and the extra `train`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from guard.errors import CallerError
from guard.predict.embedded.intervals import RESAMPLES, Interval, figure_intervals, rate_interval
from guard.predict.embedded.judging import Tally, judge_ordinary, judge_phishing
from guard.predict.embedded.measure import Figures, figures, rate_at
from guard.predict.embedded.pack import PackedModel
from guard.predict.embedded.predictor import EmbeddedPredictor, reason_to_abstain
from guard.predict.embedded.table import Row
from guard.predict.embedded.walk import Walker

MEANINGS = {
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "f1": "F1 at 0.5",
    "recall_at_1_percent": "recall at 1 % false positives",
    "brier": "Brier score",
    "calibration_error": "calibration error, 10 bins",
}
"""What each of `Figures` is called."""

ORDINARY_ACCOUNTS, PHISHING_ACCOUNTS = 6000, 2000
"""How many invented accounts are judged."""
JUDGING_SEED = 20_260
"""Fixed, so that the figures on invented accounts can be repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Figures of one set of scores, and how sure they are."""

    rows: int
    """How many scores."""
    frauds: int
    """How many of them belong to frauds."""
    figures: Figures
    """The figures."""
    intervals: Mapping[str, Interval]
    """The 95 % interval of each figure, by name; bootstrap by group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a packed model does on a labelled table."""

    scored: Scored
    """The figures on the rows about which it speaks."""
    abstained: int
    """On how many rows it says nothing."""
    fraud: Mapping[int, float]
    """Which part of each class (1 fraud, 0 benign) it calls FRAUD."""
    suspicious: Mapping[int, float]
    """Which part of each class it calls SUSPICIOUS or FRAUD."""


def score(
    labels: Sequence[int],
    scores: Sequence[float],
    groups: Sequence[str],
    *,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> Scored:
    """Return figures and intervals; raises CallerError where one of the classes is missing."""
    if not 0 < sum(labels) < len(labels):
        raise CallerError(
            "the table has no row of one of the two classes, so nothing can be told apart",
            hint="give a table with frauds (flag 1) and benign accounts (flag 0) that have transactions",
        )
    return Scored(
        rows=len(labels),
        frauds=sum(labels),
        figures=figures(labels, scores),
        intervals=figure_intervals(labels, scores, groups, seed=seed, resamples=resamples),
    )


def evaluate(model: PackedModel, rows: Sequence[Row], *, resamples: int = RESAMPLES) -> Evaluation:
    """Score the rows with `model`; raises CallerError where a class is missing."""
    walker, settings = Walker(model), model.settings
    spoken = [row for row in rows if reason_to_abstain(row.features, settings) is None]
    labels = [row.is_fraud for row in spoken]
    scores = [walker.probability(row.features) for row in spoken]
    scored = score(labels, scores, [row.group for row in spoken], resamples=resamples)
    by_label = {
        label: [found for flag, found in zip(labels, scores, strict=True) if flag == label]
        for label in (0, 1)
    }
    return Evaluation(
        scored=scored,
        abstained=len(rows) - len(spoken),
        fraud={label: rate_at(found, settings.fraud_threshold) for label, found in by_label.items()},
        suspicious={
            label: rate_at(found, settings.suspicious_threshold) for label, found in by_label.items()
        },
    )


def evaluation_lines(found: Evaluation) -> Iterable[str]:
    """Yield the lines of a table of figures, with intervals, and what the thresholds do."""
    scored = found.scored
    yield f"{scored.rows:,} accounts, {scored.frauds:,} of them frauds; no answer for {found.abstained:,}"
    for name, meaning in MEANINGS.items():
        value = getattr(scored.figures, name)
        yield f"{meaning:<32}{value:.4f}  ({interval_text(scored.intervals[name])})"
    for word, hit in (("FRAUD", found.fraud), ("SUSPICIOUS or worse", found.suspicious)):
        yield f"{word:<32}{hit[1]:.1%} of the frauds, {hit[0]:.2%} of the benign accounts"


def judge(predictor: EmbeddedPredictor, *, scale: float = 1.0) -> dict[str, dict[str, Tally]]:
    """Judge the invented accounts of `judging`: `ordinary` and `phishing`, each by shape."""
    ordinary, phishing = round(ORDINARY_ACCOUNTS * scale), round(PHISHING_ACCOUNTS * scale)
    return {
        "ordinary": judge_ordinary(predictor, count=ordinary, seed=JUDGING_SEED),
        "phishing": judge_phishing(predictor, count=phishing, seed=JUDGING_SEED + 1),
    }


def judged_lines(judged: Mapping[str, Mapping[str, Tally]]) -> Iterable[str]:
    """Yield the lines of a Markdown table of invented accounts, with intervals."""
    yield "| kind | shape | accounts | FRAUD | SUSPICIOUS or worse | no answer |"
    yield "|---|---|---|---|---|---|"
    for kind, by_shape in judged.items():
        for shape, found in {**by_shape, "all": sum(by_shape.values(), Tally())}.items():
            count = found.accounts
            cells = " | ".join(_rate(hits, count) for hits in (found.fraud, found.fraud + found.suspicious))
            yield f"| {kind} | {shape} | {count:,} | {cells} | {found.abstained / count:.1%} |"


def interval_text(interval: Interval) -> str:
    """Return an interval with four decimals."""
    return f"{interval[0]:.4f} to {interval[1]:.4f}"


def _rate(hits: int, count: int) -> str:
    low, high = rate_interval(hits, count)
    return f"{hits / count:.2%} ({low:.2%} to {high:.2%})"
