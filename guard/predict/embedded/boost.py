"""Gradient boosting by LightGBM, and its trees turned into the nodes of the packed file.

What belongs here: everything that touches LightGBM. What must not: data, thresholds, files. Needs the
extra `train`; nothing that runs in a wallet imports this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightgbm
import numpy

from guard.predict.embedded.derived import expand
from guard.predict.embedded.pack import LEAF, Nodes
from guard.predict.embedded.recipe import Growth
from guard.predict.embedded.table import Row


def grow(rows: Sequence[Row], growth: Growth, *, seed: int) -> lightgbm.Booster:
    """Train on `rows`; the same rows, growth and seed give the same trees."""
    parameters: dict[str, Any] = {
        "objective": "binary",
        "num_leaves": growth.leaves,
        "learning_rate": growth.learning_rate,
        "feature_fraction": growth.feature_share,
        "min_child_samples": growth.min_leaf_rows,
        "lambda_l2": growth.leaf_penalty,
        "max_bin": growth.thresholds,
        "min_data_in_bin": 1,
        "seed": seed,
        # More threads add numbers up in another order.
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }
    table = lightgbm.Dataset(
        numpy.array([expand(row.features) for row in rows]),
        label=numpy.array([row.is_fraud for row in rows]),
        weight=numpy.array([row.weight for row in rows]),
        free_raw_data=True,
    )
    return lightgbm.train(parameters, table, num_boost_round=growth.trees)


def log_odds(booster: lightgbm.Booster, rows: Sequence[Sequence[float]]) -> list[float]:
    """Return the trainer's own log-odds of each row of features."""
    answers = booster.predict(numpy.array([expand(row) for row in rows]), raw_score=True, num_threads=1)
    return [float(answer) for answer in numpy.asarray(answers)]


def contributions(booster: lightgbm.Booster, rows: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return the trainer's own TreeSHAP of each row of 16: a number for each model feature, then the base."""
    table = numpy.array([expand(row) for row in rows])
    answers = booster.predict(table, pred_contrib=True, num_threads=1)
    return [[float(number) for number in answer] for answer in numpy.asarray(answers)]


def nodes_of(booster: lightgbm.Booster) -> tuple[Nodes, tuple[int, ...]]:
    """Return the booster's trees in pre-order, and where each begins."""
    features: list[int] = []
    numbers: list[float] = []
    jumps: list[int] = []
    covers: list[int] = []
    roots = []

    def lay(node: dict[str, Any]) -> None:
        place = len(features)
        is_split = "split_feature" in node
        features.append(node["split_feature"] if is_split else LEAF)
        numbers.append(float(node["threshold"] if is_split else node["leaf_value"]))
        # A tree that never split has no count of its rows; it explains nothing, whatever stands here.
        covers.append(int(node.get("internal_count" if is_split else "leaf_count", 1)) or 1)
        jumps.append(1)
        if is_split:
            lay(node["left_child"])
            jumps[place] = len(features) - place
            lay(node["right_child"])

    for tree in booster.dump_model()["tree_info"]:
        roots.append(len(features))
        lay(tree["tree_structure"])
    nodes = Nodes(features=tuple(features), numbers=tuple(numbers), jumps=tuple(jumps), covers=tuple(covers))
    return nodes, tuple(roots)
