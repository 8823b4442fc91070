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
from dataclasses import dataclass, field
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

_YIELD_S = 2 * _PAUSE_S[1]
"""Seconds in which the threads of one process let another process that waits have the turn."""
_TURN, _WAITING = 0, 1
"""The bytes of the file that are locked: by who has the turn, and by a process that waits for it."""


@dataclass(slots=True)
class _Here:
    """What the threads of this process know of one turn. Record locks are the process's, not the thread's:
    threads take turns by this one."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    yields_until: float = 0.0
    """Monotonic seconds. A thread is woken at once and a process looks now and then: without this, threads
    would hand the turn to one another for as long as there are any."""


_TAKEN_HERE: dict[str, _Here] = {}
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
            here = _TAKEN_HERE.setdefault(str(path), _Here())
        # Before the file is opened: to close a descriptor of it would end the lock of the thread that has it.
        if not here.lock.acquire(timeout=deadline.remaining()):
            raise self._too_long(what)
        try:
            time.sleep(max(0.0, here.yields_until - time.monotonic()))
            descriptor = self._open(path)
            try:
                self._take(descriptor, what, deadline)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, str(os.getpid()).encode(), 0)
                yield
            finally:
                if not _is_locked(descriptor, _WAITING):
                    here.yields_until = time.monotonic() + _YIELD_S
                os.close(descriptor)
        finally:
            here.lock.release()

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
        while not _is_locked(descriptor, _TURN):
            # Whoever has the turn sees by this that it is waited for; one that waits is enough.
            _is_locked(descriptor, _WAITING)
            if deadline.remaining() == 0:
                raise self._too_long(what)
            if not is_told:
                holder = os.pread(descriptor, 20, 0).decode("ascii", "replace")
                by = f" in process {holder}" if holder.isdigit() else ""
                self._notify(f"waiting for {what}{by}, for at most {self._timeout_s:g} s")
                is_told = True
            time.sleep(min(pause, deadline.remaining()))
            pause = min(2 * pause, longest)
        fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, _WAITING)

    def _too_long(self, what: str) -> JournalConflict:
        return JournalConflict(
            f"{what} has been going on for {self._timeout_s:g} s",
            hint="nothing was signed: let it end, or end it, and start again",
        )


def _is_locked(descriptor: int, byte: int) -> bool:
    """Lock one byte for this process, and say whether it could be had."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except BlockingIOError:
        return False
    except PermissionError:
        # What some systems say instead.
        return False
    return True
