from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from guard.deadline import Deadline
from guard.gather import Failed, Late, Once, gather

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


def test_no_more_are_asked_at_once_than_was_said_and_all_are_answered() -> None:
    lock = threading.Lock()
    running, most = 0, 0
    pair = threading.Barrier(2)

    def ask() -> object:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        pair.wait(LONG)
        with lock:
            running -= 1
        return most

    answers = gather({str(number): ask for number in range(6)}, Deadline.after(LONG), at_once=2)
    assert list(answers) == [str(number) for number in range(6)]
    assert not any(isinstance(answer, Failed | Late) for answer in answers.values())
    assert most == 2


def test_what_has_not_begun_at_the_deadline_never_does(never: threading.Event) -> None:
    begun: list[str] = []

    def hang() -> object:
        begun.append("first")
        return never.wait(0.3)

    def later() -> object:
        begun.append("second")
        return 1

    answers = gather({"first": hang, "second": later}, Deadline.after(0.05), at_once=1)
    assert answers == {"first": Late(), "second": Late()}
    for thread in [one for one in threading.enumerate() if one.name == "evidence-first"]:
        thread.join(LONG)
    assert begun == ["first"]


def test_a_question_that_several_ask_is_put_once() -> None:
    asked: list[int] = []
    meeting = threading.Barrier(3)

    def question() -> int:
        asked.append(1)
        return len(asked)

    once = Once(question)

    def ask() -> object:
        meeting.wait(LONG)
        return once()

    answers = gather(dict.fromkeys("abc", ask), Deadline.after(LONG))
    assert set(answers.values()) == {1}
    assert asked == [1]


def test_a_question_that_failed_fails_alike_for_everybody_and_is_not_put_again() -> None:
    asked: list[int] = []

    def question() -> int:
        asked.append(1)
        raise ValueError("no")

    once = Once(question)
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            once()
    assert asked == [1]
