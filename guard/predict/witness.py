"""The external service as all callers of one process share it.

What belongs here: the order in which a question is looked up, joined to one under way, let through and asked.
What must not: each of these steps itself.
"""

from __future__ import annotations

import time

from guard.core.prediction import PredictionSource
from guard.deadline import Deadline
from guard.errors import OutsideError
from guard.predict.cache import AnswerCache
from guard.predict.contract import UpstreamRequest
from guard.predict.exchange import Waiting
from guard.predict.flights import Flights
from guard.predict.gate import Gate
from guard.predict.reading import Reading
from guard.predict.upstream import UpstreamClient
from guard.predict.waking import Known, Waking

MAX_JOINED = 32
"""Callers in all that may wait for an answer that another one asked for: half the threads of a server."""


class SharedUpstream:
    """One service, asked no more often and by no more callers at once than it can bear."""

    def __init__(self, client: UpstreamClient, *, cache_ttl_s: float, ping_first: bool) -> None:
        self._client = client
        self._cache = AnswerCache(ttl_s=cache_ttl_s)
        self._flights: Flights[tuple[Reading, PredictionSource]] = Flights(room=MAX_JOINED)
        self._gate = Gate()
        self._waking = Waking(client.url)
        self._ping_first = ping_first

    def ask(
        self, question: UpstreamRequest, deadline: Deadline, waiting: Waiting | None, *, scope: str
    ) -> tuple[Reading, PredictionSource]:
        """Return the service's reading and whether it came from the service or from the cache.

        Raises what `UpstreamClient.ask` does, and ServiceBusy.
        """
        key = scope.encode() + b"\n" + question.body()
        kept = self._cache.find(key)
        if kept is not None:
            return kept, PredictionSource.CACHE

        def put() -> tuple[Reading, PredictionSource]:
            # Another's flight may have landed between the look above and this one's start.
            kept = self._cache.find(key)
            if kept is not None:
                return kept, PredictionSource.CACHE
            if self._ping_first:
                self._waking.wake(deadline)
            with self._gate.passing(deadline):
                reading = self._timed(question, deadline, waiting)
            self._cache.keep(key, reading)
            return reading, PredictionSource.EXTERNAL

        return self._flights.join(key, put, deadline)

    def look(self) -> Known:
        """Return whether the service can be reached; never raises and never asks it to predict."""
        return self._waking.look()

    def _timed(self, question: UpstreamRequest, deadline: Deadline, waiting: Waiting | None) -> Reading:
        started = time.monotonic()
        try:
            reading = self._client.ask(question, deadline, waiting)
        except OutsideError:
            self._waking.failed()
            raise
        self._waking.answered(time.monotonic() - started)
        return reading
