"""How good scores are: the figures of the model card, and the choice of thresholds.

What belongs here: arithmetic on labels and probabilities, in plain Python. What must not: a model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one set of scores."""

    roc_auc: float
    """Chance that a fraud scores above a benign account; ties count half."""
    pr_auc: float
    """Average precision over the ranks of the frauds."""
    f1: float
    """F1 of calling fraud what scores at least one half."""
    recall_at_1_percent: float
    """Part of the frauds found when 1 % of the benign accounts are called fraud."""
    brier: float
    """Mean squared distance of probability and label."""
    calibration_error: float
    """Mean distance of probability and rate of frauds in ten bins of equal width, weighted by size."""


def figures(labels: Sequence[int], scores: Sequence[float]) -> Figures:
    """Return the figures of `scores` (probabilities of fraud) against `labels` (1 for fraud)."""
    pairs = list(zip(labels, scores, strict=True))
    hits = sum(label for label, score in pairs if score >= 0.5)
    calls = sum(score >= 0.5 for score in scores)
    roc_auc, pr_auc, recall = _ranking(pairs)
    return Figures(
        roc_auc=roc_auc,
        pr_auc=pr_auc,
        f1=2 * hits / (calls + sum(labels)),
        recall_at_1_percent=recall,
        brier=math.fsum((score - label) ** 2 for label, score in pairs) / len(pairs),
        calibration_error=_calibration_error(pairs),
    )


def threshold_at(benign_scores: Sequence[float], rate: float) -> float:
    """Return the lowest threshold that at most `rate` of the benign scores reach."""
    ordered = sorted(benign_scores, reverse=True)
    allowed = math.floor(rate * len(ordered))
    # Just above the first score that must not reach it.
    return math.nextafter(ordered[allowed], math.inf) if allowed < len(ordered) else ordered[-1]


def rate_at(scores: Sequence[float], threshold: float) -> float:
    """Return which part of the scores reaches `threshold`."""
    return sum(score >= threshold for score in scores) / len(scores)


def calibration(labels: Sequence[int], log_odds: Sequence[float]) -> tuple[float, float]:
    """Return slope and intercept of the logistic curve through `log_odds` that fits `labels` best.

    Newton's method on the two parameters; the name in the literature is Platt scaling.
    """
    slope, intercept = 1.0, 0.0
    for _ in range(50):
        gradient = [0.0, 0.0]
        curvature = [0.0, 0.0, 0.0]
        for label, value in zip(labels, log_odds, strict=True):
            probability = 1.0 / (1.0 + math.exp(-max(-500.0, min(500.0, slope * value + intercept))))
            error, weight = probability - label, probability * (1.0 - probability)
            gradient[0] += error * value
            gradient[1] += error
            curvature[0] += weight * value * value
            curvature[1] += weight * value
            curvature[2] += weight
        determinant = curvature[0] * curvature[2] - curvature[1] ** 2
        if determinant <= 0:
            break
        step = (
            (gradient[0] * curvature[2] - gradient[1] * curvature[1]) / determinant,
            (gradient[1] * curvature[0] - gradient[0] * curvature[1]) / determinant,
        )
        slope, intercept = slope - step[0], intercept - step[1]
        if max(map(abs, step)) < 1e-9:
            break
    return slope, intercept


def _ranking(pairs: Sequence[tuple[int, float]]) -> tuple[float, float, float]:
    """Return ROC-AUC, average precision and recall at 1 % false positives, equal scores taken together."""
    frauds = sum(label for label, _ in pairs)
    benign = len(pairs) - frauds
    ordered = sorted(pairs, key=lambda pair: -pair[1])
    found, wrong, area, precision, recall = 0, 0, 0.0, 0.0, 0.0
    for _, tied in groupby(ordered, key=lambda pair: pair[1]):
        labels = [label for label, _ in tied]
        hits = sum(labels)
        area += (len(labels) - hits) * (found + hits / 2)
        found, wrong = found + hits, wrong + len(labels) - hits
        precision += hits * found / (found + wrong)
        if wrong <= 0.01 * benign:
            recall = found / frauds
    return area / (frauds * benign), precision / frauds, recall


def _calibration_error(pairs: Sequence[tuple[int, float]], bins: int = 10) -> float:
    error = 0.0
    by_bin: dict[int, list[tuple[int, float]]] = {}
    for label, score in pairs:
        by_bin.setdefault(min(int(score * bins), bins - 1), []).append((label, score))
    for members in by_bin.values():
        error += abs(math.fsum(score - label for label, score in members))
    return error / len(pairs)
