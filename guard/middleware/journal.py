"""One journal for all threads of a program, opened when it is first needed.

What belongs here: who may use it at one time. What must not: what is written.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from guard.ports import Journal, SignatureJournal


class DoorJournal(Journal, SignatureJournal, Protocol):
    """A journal of payments and of signatures, as the home's is."""


class SharedJournal:
    """Hands one journal to one thread at a time, for one change or one question."""

    def __init__(self, open_journal: Callable[[], DoorJournal]) -> None:
        self._open = open_journal
        self._lock = threading.RLock()
        self._journal: DoorJournal | None = None

    @contextmanager
    def held(self) -> Iterator[DoorJournal]:
        """Hold the journal; raises JournalDamaged where it cannot be opened."""
        with self._lock:
            if self._journal is None:
                self._journal = self._open()
                close = getattr(self._journal, "close", None)
                if close is not None:
                    weakref.finalize(self, close)
            yield self._journal
