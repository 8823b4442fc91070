"""One exchange for all who ask the same thing at the same time.

What belongs here: who asks and who waits. What must not: what is asked.
"""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from guard.deadline import Deadline
from guard.errors import DeadlineExceeded, ServiceBusy, ServiceUnavailable

T = TypeVar("T")


class Flights(Generic[T]):
    """Exchanges under way, by question; the first caller asks, the others get what it got."""

    def __init__(self, *, room: int | None = None, retry_s: float = 5.0) -> None:
        """Let `room` callers in all wait for others' exchanges; those beyond are told to come in `retry_s`.

        Each of them holds a thread of the server; without a bound they could hold all, health checks too.
        """
        self._lock = threading.Lock()
        self._room = room
        self._retry_s = retry_s
        self._waiting = 0
        self._under_way: dict[Hashable, concurrent.futures.Future[T]] = {}

    def join(self, question: Hashable, ask: Callable[[], T], deadline: Deadline) -> T:
        """Return what `ask` returns, called by this thread or by the one that came first.

        A failure is shared like an answer: the question was put, and it is not put again on behalf of those
        who waited. Raises what `ask` raised; DeadlineExceeded when the wait outlasts `deadline`; ServiceBusy
        when too many wait already.
        """
        with self._lock:
            flight = self._under_way.get(question)
            if flight is None:
                own: concurrent.futures.Future[T] = concurrent.futures.Future()
                self._under_way[question] = own
            elif self._room is not None and self._waiting >= self._room:
                raise ServiceBusy("too many are waiting for the same answers", retry_after_s=self._retry_s)
            else:
                self._waiting += 1
        if flight is None:
            return self._fly(question, ask, own)
        try:
            return _landed(flight, deadline)
        finally:
            with self._lock:
                self._waiting -= 1

    def _fly(self, question: Hashable, ask: Callable[[], T], own: concurrent.futures.Future[T]) -> T:
        try:
            answer = ask()
        except Exception as error:
            self._land(question)
            own.set_exception(error)
            raise
        except BaseException:
            # A person stopped the one who asked; the others were not stopped.
            self._land(question)
            own.set_exception(ServiceUnavailable("the call that put this question was stopped"))
            raise
        self._land(question)
        own.set_result(answer)
        return answer

    def _land(self, question: Hashable) -> None:
        with self._lock:
            del self._under_way[question]


def _landed(flight: concurrent.futures.Future[T], deadline: Deadline) -> T:
    try:
        return flight.result(timeout=deadline.remaining())
    except concurrent.futures.TimeoutError:
        if flight.done():
            return flight.result()
        raise DeadlineExceeded("the same question is still being asked, and no time is left") from None
