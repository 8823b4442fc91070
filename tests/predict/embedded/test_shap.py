"""TreeSHAP against its definition, against the trainer's own, and against the walker."""

import itertools
import math
from collections.abc import Iterable

import pytest

from guard.predict.embedded import boost
from guard.predict.embedded.derived import MODEL_FEATURE_NAMES, expand
from guard.predict.embedded.pack import LEAF, Nodes, PackedModel
from guard.predict.embedded.predictor import shipped_model
from guard.predict.embedded.recipe import Growth
from guard.predict.embedded.shap import attribute
from guard.predict.embedded.walk import Walker
from tests.predict.embedded.test_pack import SETTINGS, SMALL
from tests.predict.embedded.test_training import invented_rows

DEEP = PackedModel(
    settings=SETTINGS,
    nodes=Nodes(
        # Feature 0 is asked twice on one path.
        features=(0, 1, 0, LEAF, LEAF, LEAF, 2, LEAF, LEAF),
        numbers=(5.0, 2.0, 1.0, 3.0, -1.0, 0.5, 7.0, -2.0, 4.0),
        jumps=(6, 4, 2, 1, 1, 1, 2, 1, 1),
        covers=(100, 60, 40, 30, 10, 20, 40, 25, 15),
    ),
    roots=(0,),
)


def expected(model: PackedModel, row: list[float], known: Iterable[int], node: int = 0) -> float:
    """The tree's answer where only the `known` features are: the definition, word by word."""
    nodes = model.nodes
    feature = nodes.features[node]
    if feature == LEAF:
        return nodes.numbers[node]
    left, right = node + 1, node + nodes.jumps[node]
    if feature in known:
        return expected(model, row, known, left if row[feature] <= nodes.numbers[node] else right)
    return (
        nodes.covers[left] * expected(model, row, known, left)
        + nodes.covers[right] * expected(model, row, known, right)
    ) / nodes.covers[node]


def by_definition(model: PackedModel, row: list[float], feature: int, players: tuple[int, ...]) -> float:
    others = [player for player in players if player != feature]
    total = 0.0
    for size in range(len(others) + 1):
        weight = math.factorial(size) * math.factorial(len(others) - size) / math.factorial(len(players))
        for known in itertools.combinations(others, size):
            with_it = expected(model, row, {*known, feature})
            total += weight * (with_it - expected(model, row, known))
    return total


@pytest.mark.parametrize("values", list(itertools.product((0.0, 3.0, 9.0), (0.0, 9.0), (0.0, 9.0))))
def test_a_tree_is_taken_apart_by_the_definition(values: tuple[float, ...]) -> None:
    row = [*values, *[0.0] * 13]
    found = attribute(DEEP, row)
    assert found.base == pytest.approx(expected(DEEP, row, ()), abs=1e-12)
    assert found.shares[:3] == pytest.approx(
        [by_definition(DEEP, row, feature, (0, 1, 2)) for feature in range(3)], abs=1e-12
    )
    assert not any(found.shares[3:])


def test_a_stump_and_a_tree_that_never_split() -> None:
    row = [0.0] * 16
    found = attribute(SMALL, row)
    assert found.base == pytest.approx(0.6 * -1.0 + 0.4 * 2.0 + 0.125)
    assert found.shares[3] == pytest.approx(-1.0 - 0.2)


def test_it_equals_the_trainers_own_on_three_hundred_scores() -> None:
    rows = invented_rows(1200, 1)
    booster = boost.grow(rows, Growth(trees=12), seed=3)
    nodes, roots = boost.nodes_of(booster)
    model = PackedModel(settings=SETTINGS, nodes=nodes, roots=roots)
    asked = [row.features for row in invented_rows(300, 2)]
    for row, theirs in zip(asked, boost.contributions(booster, asked), strict=True):
        found = attribute(model, row)
        assert [*found.shares, found.base] == pytest.approx(theirs, abs=1e-9)


def test_the_shares_of_the_shipped_model_sum_to_the_score() -> None:
    model, _ = shipped_model()
    walker = Walker(model)
    for row in invented_rows(12, 9):
        found = attribute(model, row.features)
        assert found.base + sum(found.shares) == pytest.approx(walker.log_odds(row.features), abs=1e-9)
        assert len(found.shares) == len(MODEL_FEATURE_NAMES) == len(expand(row.features))
