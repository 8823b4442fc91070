from __future__ import annotations

import threading

from guard.http.rate_limit import RateLimit
from guard.http.settings import Rate
from tests.clock import Clock


def limit(clock: Clock, *, count: int = 3, seconds: float = 60.0, callers: int = 100) -> RateLimit:
    return RateLimit(Rate(count=count, seconds=seconds), callers=callers, clock=clock)


def test_a_caller_may_ask_so_often_at_once_and_then_as_places_grow_back() -> None:
    clock = Clock()
    asked = limit(clock)
    assert [asked.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 20.0]
    clock.now += 5
    assert asked.take("a") == 15.0
    clock.now += 15
    assert [asked.take("a"), asked.take("a")] == [0.0, 20.0]


def test_places_never_grow_beyond_the_count() -> None:
    clock = Clock()
    asked = limit(clock)
    asked.take("a")
    clock.now += 3600
    assert [asked.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 20.0]


def test_one_caller_takes_nothing_from_another() -> None:
    asked = limit(Clock(), count=1)
    assert [asked.take("a"), asked.take("b"), asked.take("a")] == [0.0, 0.0, 60.0]


def test_the_one_who_was_silent_longest_is_forgotten_first() -> None:
    asked = limit(Clock(), count=1, callers=2)
    for caller in ("a", "b", "a", "c"):
        asked.take(caller)
    assert [asked.take("a"), asked.take("c"), asked.take("b")] == [60.0, 60.0, 0.0]


def test_without_a_rate_nobody_is_counted() -> None:
    asked = RateLimit(None)
    assert {asked.take("a") for _ in range(1000)} == {0.0}


def test_threads_together_get_exactly_the_count() -> None:
    asked = limit(Clock(), count=50)
    answers: list[float] = []
    ready = threading.Barrier(10)

    def ask() -> None:
        ready.wait(10)
        answers.extend(asked.take("a") for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (len(answers), answers.count(0.0)) == (200, 50)
