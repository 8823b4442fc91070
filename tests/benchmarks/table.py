"""Timing and printing, for the benchmark scripts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence


def median_s(action: Callable[[], object], *, repeats: int) -> float:
    """Return the median of so many runs, seconds of wall clock."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def print_table(title: str, rows: Sequence[tuple[str, float]]) -> None:
    """Print seconds and their ratio to the first row, the baseline."""
    baseline = rows[0][1]
    print(title)
    for name, seconds in rows:
        print(f"  {name:<48} {_human(seconds):>10} {seconds / baseline:>9.2f}x")


def _human(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.1f} {unit}"
    return f"{seconds / 1e-9:.0f} ns"
