"""How open requests were completed, for as long as a person may still say yes to one.

What belongs here: remembering. What must not: completing. The nonce is left open here and chosen at the send:
while nobody uses it, the same request has the same digest, and a yes to it counts.
"""

from __future__ import annotations

import threading

from guard.core.request import TransactionRequest
from guard.ports import Clock

LIFETIME_S = 1200
"""Seconds: an approval can be given for ten minutes, and then waits ten more for its request."""
MOST = 1000
"""Requests remembered at one time; beyond it the oldest is forgotten."""


class Completions:
    """Completed requests by the digest of what was asked for; safe among threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[int, TransactionRequest]] = {}

    def find(self, name: str) -> TransactionRequest | None:
        """Return how the request of this digest was completed, or None."""
        with self._lock:
            until, completed = self._kept.get(name, (0, None))
            return completed if self._clock.now() < until else None

    def keep(self, name: str, completed: TransactionRequest) -> None:
        """Remember it, from now on."""
        with self._lock:
            self._kept.pop(name, None)
            self._kept[name] = (self._clock.now() + LIFETIME_S, completed)
            while len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]

    def forget(self, name: str) -> None:
        """Forget it: it was signed, and who asks again wants another."""
        with self._lock:
            self._kept.pop(name, None)
