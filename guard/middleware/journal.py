"""One journal for all threads of a program, opened when it is first needed.

What belongs here: who may use it at one time. What must not: what is written.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from guard.core.address import Address
from guard.core.spending import Spending
from guard.unmanned import DoorJournal


class OwnJournal(DoorJournal, Protocol):
    """One that is opened here, and closed here too."""

    def close(self) -> None:
        """Close the file."""
        ...


class SharedJournal:
    """Hands one journal to one thread at a time, for one change or one question."""

    def __init__(self, open_journal: Callable[[], OwnJournal], given: DoorJournal | None = None) -> None:
        self._open = open_journal
        self._given = given
        self._lock = threading.RLock()
        self._own: tuple[int, OwnJournal] | None = None

    @contextmanager
    def held(self) -> Iterator[DoorJournal]:
        """Hold the journal; raises JournalDamaged where it cannot be opened."""
        with self._lock:
            yield self._opened() if self._given is None else self._given

    def spending(self, chain_id: int, sender: Address, *, since: int, besides: int | None) -> Spending:
        """Return what the account committed itself to from `since` (Unix seconds) on: it is a Ledger too."""
        with self.held() as journal:
            return journal.spending(chain_id, sender, since=since, besides=besides)

    def _opened(self) -> OwnJournal:
        # A connection that was opened before a fork is the parent's alone.
        if self._own is None or self._own[0] != os.getpid():
            self._own = os.getpid(), self._open()
            weakref.finalize(self, _close, *self._own)
        return self._own[1]


def _close(process: int, journal: OwnJournal) -> None:
    if process == os.getpid():
        journal.close()
