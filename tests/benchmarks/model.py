"""What the embedded model costs: `python -m tests.benchmarks.model`.

Each figure stands beside a baseline measured in the same run, because absolute times depend on the
machine. Loading and size are compared with the same trees as JSON; walking with LightGBM's own predict on
a forest of the same shape, where LightGBM is installed.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence

from guard.core.features import NUMERIC_FEATURE_NAMES
from guard.predict.embedded import EmbeddedPredictor
from guard.predict.embedded.pack import Nodes, decode
from guard.predict.embedded.predictor import MODEL_FILE
from guard.predict.embedded.walk import Walker

BATCH = 10_000
Row = tuple[float, ...]


def main() -> None:
    raw = MODEL_FILE.read_bytes()
    nodes = decode(raw).nodes
    text = as_json(nodes)
    rows = invented_rows(BATCH)
    predictor = EmbeddedPredictor()
    vectors = [(*row, "", "") for row in rows]
    booster = lightgbm_model(rows[:1000])

    print(f"{'what':<34}{'ours':>12}{'baseline':>12}{'ratio':>8}  baseline is")
    report(
        "load: read, check, lay out",
        milliseconds(load, 20),
        milliseconds(lambda: json.loads(text), 20),
        "JSON",
    )
    one = milliseconds(lambda: predictor.assess(vectors[0]), 300)
    batch = milliseconds(lambda: [predictor.assess(vector) for vector in vectors], 1)
    shap = milliseconds(lambda: predictor.explain(vectors[0]), 10)
    if booster is None:
        for what, ours in (("one row", one), (f"{BATCH:,} rows", batch), ("TreeSHAP of one row", shap)):
            report(what, ours, None, "LightGBM is not installed")
    else:
        report("one row", one, milliseconds(lambda: booster.log_odds(rows[:1]), 100), "LightGBM, one row")
        report(
            f"{BATCH:,} rows", batch, milliseconds(lambda: booster.log_odds(rows), 3), "LightGBM, all at once"
        )
        theirs = milliseconds(lambda: booster.contributions(rows[:1]), 20)
        report("TreeSHAP of one row", shap, theirs, "LightGBM, one row")
    report("file", len(raw) / 1000, len(text) / 1000, "JSON", unit="kB")


def load() -> Walker:
    return Walker(decode(MODEL_FILE.read_bytes()))


def as_json(nodes: Nodes) -> str:
    return json.dumps([nodes.features, nodes.numbers, nodes.jumps, nodes.covers])


def invented_rows(count: int) -> list[Row]:
    chance = random.Random(1)
    return [tuple(chance.lognormvariate(2, 3) for _ in NUMERIC_FEATURE_NAMES) for _ in range(count)]


class Trainer:
    """A LightGBM forest of the shipped one's shape."""

    def __init__(self, rows: Sequence[Row]) -> None:
        from guard.predict.embedded import boost
        from guard.predict.embedded.recipe import Growth
        from guard.predict.embedded.table import Row as Labelled

        chance = random.Random(2)
        labelled = [Labelled(features=row, is_fraud=chance.randrange(2), group="") for row in rows]
        self._boost = boost
        self._booster = boost.grow(labelled, Growth(), seed=1)

    def log_odds(self, rows: Sequence[Row]) -> object:
        return self._boost.log_odds(self._booster, rows)

    def contributions(self, rows: Sequence[Row]) -> object:
        return self._boost.contributions(self._booster, rows)


def lightgbm_model(rows: Sequence[Row]) -> Trainer | None:
    try:
        return Trainer(rows)
    except ImportError:
        return None


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    """Return the best of `repeats` runs: the others tell about the machine's other work."""
    work()
    best = float("inf")
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begin)
    return best * 1000


def report(what: str, ours: float, baseline: float | None, against: str, unit: str = "ms") -> None:
    compared = "" if baseline is None else f"{baseline:.3f} {unit}"
    ratio = "" if baseline is None else f"{ours / baseline:.2f}"
    print(f"{what:<34}{f'{ours:.3f} {unit}':>12}{compared:>12}{ratio:>8}  {against}")


if __name__ == "__main__":
    main()
