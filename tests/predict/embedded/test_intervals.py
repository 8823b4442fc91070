import random

import pytest

from guard.predict.embedded.intervals import figure_intervals, hit_intervals, rate_interval
from guard.predict.embedded.measure import figures


def scored(count: int, seed: int) -> tuple[list[int], list[float]]:
    chance = random.Random(seed)
    labels = [int(chance.random() < 0.3) for _ in range(count)]
    return labels, [min(1.0, max(0.0, chance.gauss(0.3 + 0.3 * label, 0.2))) for label in labels]


def test_each_figure_lies_inside_its_interval_and_a_seed_repeats_it() -> None:
    labels, scores = scored(400, 1)
    groups = [str(place) for place in range(400)]
    found = figure_intervals(labels, scores, groups, seed=5, resamples=60)
    assert found == figure_intervals(labels, scores, groups, seed=5, resamples=60)
    measured = figures(labels, scores)
    for name in ("roc_auc", "pr_auc", "f1", "recall_at_1_percent", "brier"):
        low, high = found[name]
        assert low <= getattr(measured, name) <= high


def test_groups_that_stay_together_widen_the_interval() -> None:
    labels, scores = scored(300, 2)
    alone = figure_intervals(labels, scores, [str(place) for place in range(300)], seed=1, resamples=60)
    # The same rows ten times over: more rows, but no more to learn from.
    groups = [str(place % 300) for place in range(3000)]
    copied = figure_intervals(labels * 10, scores * 10, groups, seed=1, resamples=60)
    free = [str(place) for place in range(3000)]
    believed = figure_intervals(labels * 10, scores * 10, free, seed=1, resamples=60)

    def width(found: dict[str, tuple[float, float]]) -> float:
        return found["brier"][1] - found["brier"][0]

    assert width(copied) == pytest.approx(width(alone), rel=0.5)
    assert width(believed) < width(copied) / 2


def test_the_hits_of_a_threshold_have_intervals_too() -> None:
    labels, scores = scored(400, 3)
    found = hit_intervals(labels, scores, [str(place) for place in range(400)], 0.5, seed=1, resamples=60)
    assert found["benign"][1] < found["frauds"][0]


def test_a_resample_of_one_class_is_drawn_again() -> None:
    found = figure_intervals([1, 0], [0.9, 0.1], ["a", "b"], seed=1, resamples=20)
    assert found["roc_auc"] == (1.0, 1.0)


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"), [(0, 600, 0.0, 0.00636), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)]
)
def test_the_wilson_interval_of_a_rate(hits: int, count: int, low: float, high: float) -> None:
    assert rate_interval(hits, count) == pytest.approx((low, high), abs=1e-4)
