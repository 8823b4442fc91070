"""Answers of the service that are not asked for again.

What belongs here: how long which answer is kept, and how many. What must not: failures, which are never kept,
and what an answer means.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from guard.core.prediction import PredictionClass
from guard.predict.reading import Reading

FRAUD_TTL_S = 86_400.0
"""A Fraud is kept for 24 h: the service stores each one and learns from it, so repeating the question would
teach it the same label again."""
MAX_ENTRIES = 4096
"""Answers kept of each kind; one is at most about a kilobyte."""


@dataclass(frozen=True, slots=True)
class _Kept:
    reading: Reading
    until: float


class AnswerCache:
    """The latest answers by question, in the memory of this process; safe for several threads."""

    def __init__(
        self, *, ttl_s: float, entries: int = MAX_ENTRIES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep answers that are no Fraud for `ttl_s` seconds; 0 keeps none of them."""
        self._ttl_s = ttl_s
        self._entries = entries
        self._clock = clock
        self._lock = threading.Lock()
        # Apart, so that a flood of harmless questions cannot push a Fraud out.
        self._frauds: OrderedDict[bytes, _Kept] = OrderedDict()
        self._others: OrderedDict[bytes, _Kept] = OrderedDict()

    def find(self, question: bytes) -> Reading | None:
        """Return the answer that is kept for exactly this question, or None."""
        key = _key(question)
        with self._lock:
            for shelf in (self._frauds, self._others):
                kept = shelf.get(key)
                if kept is not None and kept.until > self._clock():
                    return kept.reading
                shelf.pop(key, None)
        return None

    def keep(self, question: bytes, reading: Reading) -> None:
        """Keep what the service answered; an UNKNOWN is no answer and is not kept."""
        if reading.prediction_class is PredictionClass.UNKNOWN:
            return
        fraud = reading.prediction_class is PredictionClass.FRAUD
        ttl_s = FRAUD_TTL_S if fraud else self._ttl_s
        if ttl_s == 0:
            return
        shelf = self._frauds if fraud else self._others
        with self._lock:
            shelf[_key(question)] = _Kept(reading, self._clock() + ttl_s)
            shelf.move_to_end(_key(question))
            while len(shelf) > self._entries:
                shelf.popitem(last=False)


def _key(question: bytes) -> bytes:
    return hashlib.sha256(question).digest()
