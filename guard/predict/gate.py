"""How many may be talking to the service at once.

What belongs here: counting and waiting. What must not: what they say.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from guard.deadline import Deadline
from guard.errors import ServiceBusy

WIDTH = 8
"""Connections to the service at once, from one process: it is one small machine, shared by everyone."""
ROOM = 16
"""How many more may wait for one of them."""
PATIENCE_S = 2.0
"""How long each of those waits, seconds: longer than a waking service needs for one answer."""
RETRY_S = 5.0
"""What those who are turned away are asked to wait, seconds."""


class Gate:
    """Lets `width` through at once, keeps `room` waiting for a moment, and turns the others away."""

    def __init__(self, *, width: int = WIDTH, room: int = ROOM, patience_s: float = PATIENCE_S) -> None:
        self._free = threading.BoundedSemaphore(width)
        self._room = threading.BoundedSemaphore(room)
        self._patience_s = patience_s

    @contextmanager
    def passing(self, deadline: Deadline) -> Iterator[None]:
        """Hold one of the places; raises ServiceBusy when none is to be had."""
        if not self._free.acquire(blocking=False):
            self._wait(deadline)
        try:
            yield
        finally:
            self._free.release()

    def _wait(self, deadline: Deadline) -> None:
        if not self._room.acquire(blocking=False):
            raise _busy()
        try:
            if not self._free.acquire(timeout=min(self._patience_s, deadline.remaining())):
                raise _busy()
        finally:
            self._room.release()


def _busy() -> ServiceBusy:
    return ServiceBusy("too many questions are being put to the service at once", retry_after_s=RETRY_S)
