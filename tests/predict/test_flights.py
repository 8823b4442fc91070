from __future__ import annotations

import threading

import pytest

from guard.deadline import Deadline
from guard.errors import DeadlineExceeded, ServiceBusy, ServiceInvalid, ServiceUnavailable
from guard.predict.flights import Flights


class Exchange:
    """One exchange that waits until it is let go on."""

    def __init__(self, end: str | BaseException = "answer") -> None:
        self.calls = 0
        self.under_way = threading.Event()
        self.go_on = threading.Event()
        self._end = end

    def __call__(self) -> str:
        self.calls += 1
        self.under_way.set()
        assert self.go_on.wait(10)
        if isinstance(self._end, BaseException):
            raise self._end
        return self._end


class Caller(threading.Thread):
    """Joins a question in a thread of its own and remembers how that ended."""

    def __init__(self, flights: Flights[str], exchange: Exchange, *, question: str = "q") -> None:
        super().__init__()
        self._arguments = (question, exchange, Deadline.after(10))
        self._flights = flights
        self.end: str | BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.end = self._flights.join(*self._arguments)
        except BaseException as error:  # noqa: BLE001  how it ended is what the test looks at
            self.end = error


def fly(exchange: Exchange, *, callers: int = 5) -> list[str | BaseException | None]:
    """Let the first caller ask, the others join, and return how it ended for each."""
    flights: Flights[str] = Flights()
    first = Caller(flights, exchange)
    assert exchange.under_way.wait(10)
    others = [Caller(flights, Exchange("asked again")) for _ in range(callers - 1)]
    exchange.go_on.set()
    for caller in (first, *others):
        caller.join(10)
    return [caller.end for caller in (first, *others)]


def test_callers_of_one_question_at_one_time_share_one_exchange() -> None:
    exchange = Exchange()
    flights: Flights[str] = Flights()
    first = Caller(flights, exchange)
    assert exchange.under_way.wait(10)
    late = Exchange("asked again")
    with pytest.raises(DeadlineExceeded):
        flights.join("q", late, Deadline.after(0))
    exchange.go_on.set()
    first.join(10)
    assert (first.end, exchange.calls, late.calls) == ("answer", 1, 0)


def test_a_failure_is_shared_and_the_question_is_not_put_again_for_those_who_waited() -> None:
    failure = ServiceInvalid("nonsense")
    ends = fly(Exchange(failure))
    assert ends[0] is failure
    assert set(ends) <= {failure, "asked again"}


def test_an_interruption_stops_the_one_who_asked_alone() -> None:
    flights: Flights[str] = Flights()
    exchange = Exchange(KeyboardInterrupt())
    first = Caller(flights, exchange)
    assert exchange.under_way.wait(10)
    joined = Caller(flights, Exchange("asked again"))
    exchange.go_on.set()
    first.join(10)
    joined.join(10)
    assert isinstance(first.end, KeyboardInterrupt)
    assert joined.end == "asked again" or isinstance(joined.end, ServiceUnavailable)


def test_other_questions_do_not_wait() -> None:
    flights: Flights[str] = Flights()
    slow, quick = Exchange(), Exchange("quick")
    first = Caller(flights, slow, question="slow")
    assert slow.under_way.wait(10)
    quick.go_on.set()
    assert flights.join("quick", quick, Deadline.after(10)) == "quick"
    slow.go_on.set()
    first.join(10)
    assert first.end == "answer"


def test_the_same_question_after_an_exchange_is_a_new_one() -> None:
    flights: Flights[str] = Flights()
    exchange = Exchange()
    exchange.go_on.set()
    for _ in range(2):
        assert flights.join("q", exchange, Deadline.after(10)) == "answer"
    failing = Exchange(ServiceInvalid("nonsense"))
    failing.go_on.set()
    for _ in range(2):
        with pytest.raises(ServiceInvalid):
            flights.join("q", failing, Deadline.after(10))
    assert (exchange.calls, failing.calls) == (2, 2)


def test_more_callers_than_there_is_room_for_are_told_when_to_come_back_and_the_others_get_the_answer() -> (
    None
):
    flights: Flights[str] = Flights(room=1, retry_s=7.0)
    exchange = Exchange()
    first = Caller(flights, exchange)
    assert exchange.under_way.wait(10)
    others = [Caller(flights, exchange) for _ in range(4)]
    while sum(other.end is not None for other in others) < 3:
        for other in others:
            other.join(0.01)
    exchange.go_on.set()
    for caller in (first, *others):
        caller.join(10)
    busy = [other.end for other in others if isinstance(other.end, ServiceBusy)]
    assert [error.retry_after_s for error in busy] == [7.0, 7.0, 7.0]
    assert (first.end, [other.end for other in others].count("answer"), exchange.calls) == ("answer", 1, 1)
    # Who left gave the place back.
    again = Exchange()
    leader = Caller(flights, again)
    assert again.under_way.wait(10)
    joined = Caller(flights, again)
    again.go_on.set()
    leader.join(10)
    joined.join(10)
    assert (leader.end, joined.end) == ("answer", "answer")
