from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from guard.deadline import Deadline
from guard.gather import Failed, Late, gather

LONG = 30.0
"""Seconds that no test here ever waits."""


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """Return an event that is set only when the test is over, so that what waits for it ends."""
    event = threading.Event()
    yield event
    event.set()


def test_every_question_has_its_answer_by_name() -> None:
    answers = gather({"one": lambda: 1, "two": lambda: None}, Deadline.after(LONG))
    assert answers == {"one": 1, "two": None}


def test_no_questions_have_no_answers() -> None:
    assert gather({}, Deadline.after(LONG)) == {}


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(3), MemoryError()])
def test_whatever_a_question_raises_is_carried_back_as_failed(error: BaseException) -> None:
    def fail() -> object:
        raise error

    assert gather({"bad": fail, "good": lambda: 1}, Deadline.after(LONG)) == {"bad": Failed(error), "good": 1}


def test_questions_are_asked_at_once_and_not_one_after_the_other() -> None:
    meeting = threading.Barrier(3)
    questions = {name: lambda: meeting.wait(LONG) for name in ("a", "b", "c")}
    answers = gather(questions, Deadline.after(LONG))
    assert sorted(answers.values()) == [0, 1, 2]  # type: ignore[type-var]


def test_a_source_that_never_returns_is_late_and_holds_nobody(never: threading.Event) -> None:
    started = threading.Event()

    def hang() -> object:
        started.set()
        return never.wait(LONG)

    def quick() -> object:
        started.wait(LONG)
        return 1

    answers = gather({"hangs": hang, "quick": quick}, Deadline.after(0.2))
    assert answers == {"hangs": Late(), "quick": 1}
    assert not never.is_set()


def test_a_deadline_that_is_over_still_takes_no_time(never: threading.Event) -> None:
    assert gather({"hangs": lambda: never.wait(LONG)}, Deadline.after(0)) == {"hangs": Late()}


def test_an_answer_after_the_deadline_changes_nothing(never: threading.Event) -> None:
    answered = threading.Event()

    def late() -> object:
        never.wait(LONG)
        answered.set()
        return 1

    answers = gather({"late": late}, Deadline.after(0))
    never.set()
    assert answered.wait(LONG)
    assert answers == {"late": Late()}


def test_a_thread_that_hangs_does_not_keep_the_process_alive(never: threading.Event) -> None:
    threads: list[threading.Thread] = []

    def hang() -> object:
        threads.append(threading.current_thread())
        return never.wait(LONG)

    gather({"source": hang}, Deadline.after(0.05))
    assert [(thread.daemon, thread.name) for thread in threads] == [(True, "evidence-source")]
