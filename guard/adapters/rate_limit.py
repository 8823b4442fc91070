"""A turn for each question to a service that counts them: so many a second, over all threads and processes.

What belongs here: waiting for a turn. What must not: what a service answers to those who do not wait.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from guard.adapters.files import make_folder
from guard.deadline import Deadline
from guard.errors import DeadlineExceeded

_LOCK_PATIENCE_S = 1.0
"""How long the shared file is waited for; whoever holds it needs microseconds, unless it was stopped."""
_LOCK_PAUSE_S = 0.005
_HORIZON_S = 60.0
"""A next turn later than this is none: the file is older than the machine's last start."""


class RateLimit:
    """Evenly spaced turns. With `file`, every process of this user that names it shares them."""

    def __init__(
        self, per_second: float, *, file: Path | None = None, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._interval_s = 1 / per_second
        self._file = file
        self._wait = wait
        self._lock = threading.Lock()
        self._next = 0.0

    def take(self, deadline: Deadline) -> None:
        """Wait for the next free turn; raises DeadlineExceeded at once when it comes after `deadline`."""
        with self._lock, _shared(self._file) as descriptor:
            now = time.monotonic()
            turn = max(now, self._next, _read(descriptor, now))
            if turn >= deadline.expires_at:
                raise DeadlineExceeded("no turn to ask is free before the deadline")
            self._next = turn + self._interval_s
            _write(descriptor, self._next)
        self._wait(turn - now)


@contextlib.contextmanager
def _shared(path: Path | None) -> Iterator[int | None]:
    """Yield the shared file, locked; None where it cannot be had, and turns are this process's own."""
    if path is None:
        yield None
        return
    try:
        make_folder(path.parent)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o600)
    except OSError:
        yield None
        return
    try:
        yield descriptor if _locked(descriptor) else None
    finally:
        # Closing lets the lock go.
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    until = time.monotonic() + _LOCK_PATIENCE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= until:
                return False
            time.sleep(_LOCK_PAUSE_S)
        else:
            return True


def _read(descriptor: int | None, now: float) -> float:
    """Return the next free turn that the file tells, on the monotonic clock that all processes share."""
    if descriptor is None:
        return 0.0
    try:
        turn = float(os.pread(descriptor, 32, 0))
    except (OSError, ValueError):
        return 0.0
    return turn if turn <= now + _HORIZON_S else 0.0


def _write(descriptor: int | None, turn: float) -> None:
    if descriptor is None:
        return
    # A disk that is full costs the other processes their share of this turn, and nobody a verdict.
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{turn:.6f}".encode(), 0)
