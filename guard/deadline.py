"""One total deadline, shared by everything that a single question sets going.

What belongs here: how much time is left. What must not: what to do when none is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from guard.errors import DeadlineExceeded


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock after which nothing may go on."""

    expires_at: float
    """Seconds on `time.monotonic()`."""

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the deadline `seconds` from now."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Return the seconds left, never below zero."""
        return max(0.0, self.expires_at - time.monotonic())

    def sooner(self, seconds: float) -> Deadline:
        """Return this deadline, or the one `seconds` from now if that comes first."""
        return Deadline(min(self.expires_at, time.monotonic() + seconds))

    def check(self, what: str) -> None:
        """Raise DeadlineExceeded, naming `what` was being waited for, if no time is left."""
        if time.monotonic() >= self.expires_at:
            raise DeadlineExceeded(f"no time was left while {what}")
