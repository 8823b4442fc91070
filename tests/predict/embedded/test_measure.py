import math
import random

import pytest
from sklearn import metrics

from guard.predict.embedded.measure import Figures, calibration, figures, rate_at, threshold_at


def test_the_figures_of_six_scores_worked_out_by_hand() -> None:
    labels = [1, 0, 1, 0, 1, 0]
    scores = [0.9, 0.9, 0.6, 0.4, 0.3, 0.1]
    assert figures(labels, scores) == Figures(
        roc_auc=pytest.approx((2.5 + 2 + 1) / 9),
        pr_auc=pytest.approx((1 / 2 + 2 / 3 + 3 / 5) / 3),
        f1=pytest.approx(2 * 2 / (3 + 3)),
        recall_at_1_percent=0.0,
        brier=pytest.approx((0.01 + 0.81 + 0.16 + 0.16 + 0.49 + 0.01) / 6),
        calibration_error=pytest.approx((abs(1.8 - 1) + 0.4 + 0.4 + 0.7 + 0.1) / 6),
    )


def test_figures_agree_with_scikit_learn() -> None:
    chance = random.Random(4)
    labels = [int(chance.random() < 0.2) for _ in range(2000)]
    scores = [round(min(1.0, max(0.0, chance.gauss(0.3 + 0.3 * label, 0.2))), 2) for label in labels]
    found = figures(labels, scores)
    assert found.roc_auc == pytest.approx(metrics.roc_auc_score(labels, scores))
    assert found.pr_auc == pytest.approx(metrics.average_precision_score(labels, scores))
    assert found.f1 == pytest.approx(metrics.f1_score(labels, [score >= 0.5 for score in scores]))
    assert found.brier == pytest.approx(metrics.brier_score_loss(labels, scores))


@pytest.mark.parametrize(("rate", "reached"), [(0.0, 0.0), (0.1, 0.1), (0.15, 0.1), (0.5, 0.5), (1.0, 1.0)])
def test_a_threshold_is_reached_by_at_most_the_asked_rate(rate: float, reached: float) -> None:
    scores = [index / 10 for index in range(10)]
    assert rate_at(scores, threshold_at(scores, rate)) == reached


def test_calibration_finds_the_curve_that_drew_the_labels() -> None:
    chance = random.Random(6)
    values = [chance.uniform(-4, 4) for _ in range(20_000)]
    labels = [int(chance.random() < 1 / (1 + math.exp(-(0.5 * value - 1)))) for value in values]
    assert calibration(labels, values) == pytest.approx((0.5, -1.0), abs=0.05)
