"""Whether the service is awake, and how it is woken.

What belongs here: what this process knows of the service, and `GET /ping`. What must not: its predict.

Its host puts it to sleep after 15 minutes without a request; a cold start takes 30 to 60 s, longer than a
serverless function should hold a question.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from guard.deadline import Deadline
from guard.errors import DeadlineExceeded, OutsideError, ServiceUnavailable
from guard.predict.exchange import Answer, exchange
from guard.predict.flights import Flights

AWAKE_S = 14 * 60.0
"""How long after an exchange the service is taken to be awake, seconds: a minute less than its host gives."""
PING_LIMIT_S = 2.0
"""How long one `GET /ping` may take, seconds."""
ASLEEP_RETRY_S = 30.0
"""What callers are asked to wait for a sleeping service, seconds: a cold start takes 30 to 60 s."""
KNOWN_S = 60.0
"""How long what is known of the service is told without asking again, seconds."""

_NOT_READY = (429, 502, 503, 504)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What this process knows of the service."""

    reachable: bool | None = None
    """Whether the last exchange brought an answer; None before the first."""
    last_ms: int | None = None
    """How long the last answer took, milliseconds; None before the first."""


class Waking:
    """What is known of one service; safe for several threads."""

    def __init__(
        self,
        url: str,
        *,
        ping_limit_s: float = PING_LIMIT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the checked address of the service's predict; its `/ping` is on the same host."""
        parts = urlsplit(url)
        self._ping_url = urlunsplit((parts.scheme, parts.netloc, "/ping", "", ""))
        self._ping_limit_s = ping_limit_s
        self._clock = clock
        self._pings: Flights[None] = Flights()
        self._lock = threading.Lock()
        self._known = Known()
        self._known_at: float | None = None

    def known(self) -> Known:
        """Return what the last exchange showed."""
        with self._lock:
            return self._known

    def answered(self, took_s: float) -> None:
        """Note that the service gave a whole answer, of whatever kind, after so many seconds."""
        self._note(Known(reachable=True, last_ms=round(took_s * 1000)))

    def failed(self) -> None:
        """Note that the service gave none."""
        self._note(Known(reachable=False, last_ms=self.known().last_ms))

    def wake(self, deadline: Deadline) -> None:
        """Return at once if an exchange within 14 minutes shows the service awake; else ping it first.

        Raises ServiceUnavailable, asking for 30 s, when the ping is not answered in time; DeadlineExceeded
        when `deadline` passes first; ServiceInvalid when what answers is not HTTP or cannot be trusted.
        """
        if not self._is_awake():
            self._pings.join("ping", lambda: self._ping(deadline), deadline)

    def look(self) -> Known:
        """Return what is known, after a ping where that is older than a minute; never raises."""
        with self._lock:
            stale = self._known_at is None or self._clock() - self._known_at > KNOWN_S
        if stale:
            # Later than the ping's own limit: a silent service is then asleep for whoever joins, not late.
            deadline = Deadline.after(self._ping_limit_s + 1)
            try:
                self._pings.join("ping", lambda: self._ping(deadline), deadline)
            except OutsideError:
                return self.known()
        return self.known()

    def _is_awake(self) -> bool:
        with self._lock:
            return (
                self._known.reachable is True
                and self._known_at is not None
                and self._clock() - self._known_at < AWAKE_S
            )

    def _ping(self, deadline: Deadline) -> None:
        started = self._clock()
        try:
            answer = self._exchange(deadline)
        except OutsideError:
            self.failed()
            raise
        if answer.status in _NOT_READY:
            self.failed()
            raise _asleep(answer.retry_after_s())
        self.answered(self._clock() - started)

    def _exchange(self, deadline: Deadline) -> Answer:
        try:
            return exchange("GET", self._ping_url, deadline=deadline.sooner(self._ping_limit_s))
        except DeadlineExceeded:
            if deadline.remaining() == 0:
                raise
            raise _asleep(None) from None
        except ServiceUnavailable as error:
            raise ServiceUnavailable(error.message, retry_after_s=ASLEEP_RETRY_S) from error

    def _note(self, known: Known) -> None:
        with self._lock:
            self._known = known
            self._known_at = self._clock()


def _asleep(retry_after_s: float | None) -> ServiceUnavailable:
    return ServiceUnavailable(
        "the service sleeps: it did not answer a ping in time; it is waking up now",
        retry_after_s=ASLEEP_RETRY_S if retry_after_s is None else retry_after_s,
    )
