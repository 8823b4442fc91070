"""How sure the figures are: bootstrap by group, in plain Python.

What belongs here: figures of resampled rows, and intervals of plain rates. What must not: a model.

Near-duplicates carry nearly the same score, so whole groups are drawn, with replacement, and not rows; the
interval of a table with one large group is honestly wide.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from guard.predict.embedded.measure import figures, rate_at

RESAMPLES = 300
"""How many resamples an interval rests on."""
_COVERAGE = 0.95
_NORMAL = 1.959964
"""How many standard deviations hold 95 % of a normal distribution."""

Interval = tuple[float, float]
"""Lowest and highest value; 95 % of what could have been measured lies between."""


def figure_intervals(
    labels: Sequence[int],
    scores: Sequence[float],
    groups: Sequence[str],
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> dict[str, Interval]:
    """Return the interval of each figure, by its name in `Figures`; the same for a seed."""

    def measure(places: Sequence[int]) -> dict[str, float]:
        return asdict(figures([labels[place] for place in places], [scores[place] for place in places]))

    return _bootstrap(measure, labels, groups, seed=seed, resamples=resamples)


def hit_intervals(
    labels: Sequence[int],
    scores: Sequence[float],
    groups: Sequence[str],
    threshold: float,
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> dict[str, Interval]:
    """Return the intervals of the part of `frauds` and of `benign` accounts that reach `threshold`."""

    def measure(places: Sequence[int]) -> dict[str, float]:
        return {
            name: rate_at([scores[place] for place in places if labels[place] == label], threshold)
            for name, label in (("frauds", 1), ("benign", 0))
        }

    return _bootstrap(measure, labels, groups, seed=seed, resamples=resamples)


def rate_interval(hits: int, count: int) -> Interval:
    """Return the Wilson interval of the rate of `hits` among `count` independent accounts (1 at least)."""
    rate, square = hits / count, _NORMAL**2
    middle = (rate + square / (2 * count)) / (1 + square / count)
    half = _NORMAL * math.sqrt(rate * (1 - rate) / count + square / (4 * count**2)) / (1 + square / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def _bootstrap(
    measure: Callable[[Sequence[int]], Mapping[str, float]],
    labels: Sequence[int],
    groups: Sequence[str],
    *,
    seed: int,
    resamples: int,
) -> dict[str, Interval]:
    """Measure so many resamples; one without both classes tells nothing and is drawn again."""
    members: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    drawn_from = list(members.values())
    chance = random.Random(seed)  # noqa: S311 - repeatable by design
    found: list[Mapping[str, float]] = []
    while len(found) < resamples:
        places = [place for _ in drawn_from for place in chance.choice(drawn_from)]
        if 0 < sum(labels[place] for place in places) < len(places):
            found.append(measure(places))
    return {name: _percentiles([one[name] for one in found]) for name in found[0]}


def _percentiles(values: Sequence[float]) -> Interval:
    ordered = sorted(values)
    cut = round((1 - _COVERAGE) / 2 * (len(ordered) - 1))
    return ordered[cut], ordered[-1 - cut]
