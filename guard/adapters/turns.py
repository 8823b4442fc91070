"""Turns among processes, as locks on small files that the kernel gives back when their holder dies.

What belongs here: taking and giving back. What must not: what is done in a turn.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from guard.adapters.files import make_folder
from guard.core.address import Address
from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.errors import JournalConflict, JournalDamaged
from guard.ports import Notify

DEFAULT_TIMEOUT_S = 300.0
"""Seconds that one process waits for its turn: fifty that wait for one another fit into it."""

_PAUSE_S = (0.002, 0.05)
"""The first and the longest pause between two tries, seconds: a killed holder is noticed well within one."""

_TAKEN_HERE: dict[str, threading.Lock] = {}
"""Record locks are the process's, not the thread's: threads of one process take turns by these."""
_TAKEN_HERE_GUARD = threading.Lock()
# A child has none of the threads that held these in its parent; the parent's files keep it waiting.
os.register_at_fork(after_in_child=_TAKEN_HERE.clear)


class TurnFiles:
    """Implements the Turns port in one folder.

    POSIX record locks: unlike those of flock they do not pass to a child process, so that a signer process
    that outlives a killed wallet holds nobody up.
    """

    def __init__(self, folder: Path, notify: Notify, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        self._folder = folder
        self._notify = notify
        self._timeout_s = timeout_s

    @contextmanager
    def account(self, chain_id: int, sender: Address) -> Iterator[None]:
        """Hold the turn to choose a nonce of this account and to sign."""
        with self._turn(f"account-{chain_id}-{sender.lower()}", f"another payment of {sender}"):
            yield

    @contextmanager
    def key(self, idempotency_key: str) -> Iterator[None]:
        """Hold the turn to decide on the payment under this key."""
        # The key may be of any length and hold what no file name may.
        name = hashlib.sha256(idempotency_key.encode()).hexdigest()
        with self._turn(f"key-{name}", "the payment under this idempotency key"):
            yield

    @contextmanager
    def _turn(self, name: str, what: str) -> Iterator[None]:
        path = self._folder / name
        deadline = Deadline.after(self._timeout_s)
        with _TAKEN_HERE_GUARD:
            here = _TAKEN_HERE.setdefault(str(path), threading.Lock())
        # Before the file is opened: to close a descriptor of it would end the lock of the thread that has it.
        if not here.acquire(timeout=deadline.remaining()):
            raise self._too_long(what)
        try:
            descriptor = self._open(path)
            try:
                self._take(descriptor, what, deadline)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, str(os.getpid()).encode(), 0)
                yield
            finally:
                os.close(descriptor)
        finally:
            here.release()

    def _open(self, path: Path) -> int:
        try:
            make_folder(self._folder)
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise JournalDamaged(
                f"the lock {escape_untrusted(str(path))} cannot be used: {error.strerror}",
                hint="nothing is sent without it: mend the folder of the journal",
            ) from error

    def _take(self, descriptor: int, what: str, deadline: Deadline) -> None:
        pause, longest = _PAUSE_S
        is_told = False
        while not _is_taken(descriptor):
            if deadline.remaining() == 0:
                raise self._too_long(what)
            if not is_told:
                holder = os.pread(descriptor, 20, 0).decode("ascii", "replace")
                by = f" in process {holder}" if holder.isdigit() else ""
                self._notify(f"waiting for {what}{by}, for at most {self._timeout_s:g} s")
                is_told = True
            time.sleep(min(pause, deadline.remaining()))
            pause = min(2 * pause, longest)

    def _too_long(self, what: str) -> JournalConflict:
        return JournalConflict(
            f"{what} has been going on for {self._timeout_s:g} s",
            hint="nothing was signed: let it end, or end it, and start again",
        )


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except PermissionError:
        # What some systems say instead.
        return False
    return True
