"""Walking the trees: from sixteen numbers to a probability, with the standard library alone.

What belongs here: arithmetic on a decoded model. What must not: files, classes, thresholds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from guard.predict.embedded.derived import expand
from guard.predict.embedded.pack import PackedModel


class Walker:
    """A decoded model, laid out for speed."""

    def __init__(self, model: PackedModel) -> None:
        self._settings = model.settings
        self._roots = model.roots
        nodes = model.nodes
        # One tuple a node: a step costs one lookup and one unpacking instead of three lookups.
        self._nodes = list(zip(nodes.features, nodes.numbers, nodes.jumps, strict=True))

    def log_odds(self, row: Sequence[float]) -> float:
        """Return the sum of the leaves that `row` (16 numbers, wire order) falls into, uncalibrated."""
        nodes = self._nodes
        row = expand(row)
        total = 0.0
        for node in self._roots:
            feature, number, jump = nodes[node]
            while feature >= 0:
                node += 1 if row[feature] <= number else jump  # noqa: PLW2901 - the root is where it starts
                feature, number, jump = nodes[node]
            total += number
        return total

    def probability(self, row: Sequence[float]) -> float:
        """Return the calibrated probability of fraud of `row` (16 numbers, wire order), 0 to 1."""
        return self.calibrated(self.log_odds(row))

    def calibrated(self, log_odds: float) -> float:
        """Return the calibrated probability that belongs to the trees' `log_odds`."""
        settings = self._settings
        return logistic(settings.calibration_slope * log_odds + settings.calibration_intercept)


def logistic(log_odds: float) -> float:
    """Return the probability with these log-odds, without overflow at either end."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1.0 + odds)
