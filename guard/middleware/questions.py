"""What a call was completed to when a person had to be asked about it, for the same call to come again.

What belongs here: remembering it. What must not: answers.

Gas prices move with every block: completed anew, the call that somebody accepted meanwhile with `guard
approve` would be another one, and be asked about for ever.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from guard.core.request import TransactionRequest, digest

LIFETIME_S = 600
"""Seconds for which a call that comes again is the one that was asked about; as long as a question waits."""
MOST_CALLS = 256
"""Calls that are remembered at one time; the oldest give way."""


class OpenQuestions:
    """Remembers what open calls were completed to. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, tuple[int, TransactionRequest]] = OrderedDict()

    def remember(self, given: TransactionRequest, completed: TransactionRequest, *, now: int) -> None:
        """Keep what a call came to, `now` being Unix seconds; what it came to first stays."""
        with self._lock:
            self._asked.setdefault(digest(given), (now + LIFETIME_S, completed))
            if len(self._asked) > MOST_CALLS:
                self._asked.popitem(last=False)

    def recall(self, given: TransactionRequest, *, now: int) -> TransactionRequest | None:
        """Return what the same call came to when it was asked about, or None."""
        with self._lock:
            expires_at, completed = self._asked.get(digest(given), (0, None))
            if expires_at < now:
                self._asked.pop(digest(given), None)
                return None
            return completed

    def forget(self, given: TransactionRequest) -> None:
        """Keep no longer what this call came to: it has passed."""
        with self._lock:
            self._asked.pop(digest(given), None)
