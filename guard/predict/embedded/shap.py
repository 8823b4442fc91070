"""TreeSHAP: which features moved this score, exactly, with the standard library alone.

What belongs here: arithmetic on a decoded model. What must not: words.

Shapley values of the path-dependent game (Lundberg, Erion, Lee 2018): a feature that is left out follows both
branches, weighted by the node covers of the file. A leaf's share of feature i is
value * integral over t from 0 to 1 of (o_i - z_i) * product over the other features j of its path of
(t * o_j + (1 - t) * z_j), where o_j is 1 if the row goes the path's way at every split on j and 0 otherwise,
and z_j is the part of the covers that does. The integrand is a polynomial, so Gauss-Legendre quadrature with
half as many points as the path has features is exact; Linear TreeSHAP (Yu and others 2022) rests on the same
view.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from guard.predict.embedded.derived import MODEL_FEATURE_NAMES, expand
from guard.predict.embedded.pack import LEAF, PackedModel

_ABSENT = (1.0, 1.0)
"""The state of a feature that no split of the path looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """One score taken apart; everything is log-odds before calibration."""

    base: float
    """What the trees say of the average training row."""
    shares: tuple[float, ...]
    """What each model feature adds; base and shares sum to the score."""


def attribute(model: PackedModel, row: Sequence[float]) -> Attribution:
    """Return the exact TreeSHAP of `row` (16 numbers, wire order)."""
    game = _Game(model, expand(row))
    base = math.fsum(game.add(root) for root in model.roots)
    return Attribution(base=base, shares=tuple(game.shares))


class _Game:
    """The shares of one row, while they are being added up tree by tree."""

    def __init__(self, model: PackedModel, row: Sequence[float]) -> None:
        self.shares = [0.0] * len(MODEL_FEATURE_NAMES)
        self._nodes = model.nodes
        self._row = row
        self._path = [_ABSENT] * len(MODEL_FEATURE_NAMES)
        self._places: tuple[float, ...] = ()

    def add(self, root: int) -> float:
        """Add one tree's shares, and return the tree's mean over the training rows."""
        self._places, weights = _points((self._width(root, frozenset()) + 1) // 2)
        self._below(root, weights)
        return self._mean(root)

    def _width(self, node: int, seen: frozenset[int]) -> int:
        """Return how many different features the richest path below `node` looks at."""
        feature = self._nodes.features[node]
        if feature == LEAF:
            return len(seen)
        seen = seen | {feature}
        return max(self._width(node + 1, seen), self._width(node + self._nodes.jumps[node], seen))

    def _mean(self, node: int) -> float:
        nodes = self._nodes
        if nodes.features[node] == LEAF:
            return nodes.numbers[node]
        left, right = node + 1, node + nodes.jumps[node]
        whole = nodes.covers[left] + nodes.covers[right]
        return (nodes.covers[left] * self._mean(left) + nodes.covers[right] * self._mean(right)) / whole

    def _below(self, node: int, products: Sequence[float]) -> Sequence[float]:
        """Return, a point each, the sum of product times value over the leaves below; add their shares."""
        nodes = self._nodes
        feature, number = nodes.features[node], nodes.numbers[node]
        if feature == LEAF:
            return [number * product for product in products]
        left, right = node + 1, node + nodes.jumps[node]
        goes_left = self._row[feature] <= number
        goes, part = before = self._path[feature]
        part /= nodes.covers[left] + nodes.covers[right]
        sums = self._branch(left, products, feature, (goes * goes_left, part * nodes.covers[left]))
        others = self._branch(right, products, feature, (goes * (not goes_left), part * nodes.covers[right]))
        self._path[feature] = before
        return [one + other for one, other in zip(sums, others, strict=True)]

    def _branch(
        self, node: int, products: Sequence[float], feature: int, state: tuple[float, float]
    ) -> Sequence[float]:
        """Return what `_below` returns, with `feature` in its new state there.

        The deepest split on a feature counts for its leaves, so what the split above on the same feature
        says of them is taken back.
        """
        (goes_before, part_before), (goes, part) = self._path[feature], state
        before = [goes_before * t + part_before * (1.0 - t) for t in self._places]
        factors = [goes * t + part * (1.0 - t) for t in self._places]
        self._path[feature] = state
        sums = self._below(
            node, [p * new / old for p, new, old in zip(products, factors, before, strict=True)]
        )
        self._path[feature] = (goes_before, part_before)
        gain = (goes - part) * sum(total / new for total, new in zip(sums, factors, strict=True))
        if goes_before != part_before:
            gain -= (goes_before - part_before) * sum(
                total / old for total, old in zip(sums, before, strict=True)
            )
        self.shares[feature] += gain
        return sums


@cache
def _points(count: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return places and weights of Gauss-Legendre quadrature from 0 to 1 with `count` points (1 at least).

    The places are the roots of the Legendre polynomial, found by Newton's method.
    """
    count = max(count, 1)
    places, weights = [], []
    for index in range(count):
        x = math.cos(math.pi * (index + 0.75) / (count + 0.5))
        for _ in range(100):
            value, slope = _legendre(count, x)
            step = value / slope
            x -= step
            if abs(step) < 1e-16:
                break
        _, slope = _legendre(count, x)
        places.append((1.0 + x) / 2.0)
        weights.append(1.0 / ((1.0 - x * x) * slope * slope))
    return tuple(places), tuple(weights)


def _legendre(degree: int, x: float) -> tuple[float, float]:
    """Return the Legendre polynomial of `degree` (1 at least) at `x`, and its slope there."""
    before, value = 1.0, x
    for order in range(2, degree + 1):
        before, value = value, ((2 * order - 1) * x * value - (order - 1) * before) / order
    return value, degree * (x * value - before) / (x * x - 1.0)
