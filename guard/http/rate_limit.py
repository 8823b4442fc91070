"""How often one caller may ask.

What belongs here: counting. What must not: who a caller is (`access.py`).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from guard.http.settings import Rate

MAX_CALLERS = 10_000
"""Callers remembered; beyond that the one that was silent longest is forgotten."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class RateLimit:
    """A token bucket a caller, in the memory of this process; safe for several threads."""

    def __init__(
        self, rate: Rate | None, *, callers: int = MAX_CALLERS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Let each caller ask `rate.count` times at once, and as often again in each `rate.seconds`."""
        self._rate = rate
        self._callers = callers
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, caller: str) -> float:
        """Count one request and return 0.0; or, if there were too many, the seconds to wait."""
        if self._rate is None:
            return 0.0
        with self._lock:
            now = self._clock()
            bucket = self._buckets.setdefault(caller, _Bucket(float(self._rate.count), now))
            self._buckets.move_to_end(caller)
            if len(self._buckets) > self._callers:
                self._buckets.popitem(last=False)
            a_second = self._rate.count / self._rate.seconds
            bucket.left = min(float(self._rate.count), bucket.left + (now - bucket.at) * a_second)
            bucket.at = now
            if bucket.left >= 1.0:
                bucket.left -= 1.0
                return 0.0
            return (1.0 - bucket.left) / a_second
