"""Looks are taken all at once, under one deadline, and whatever a look does becomes a check."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from guard.deadline import Deadline
from guard.doctor.check import Check, Result, examine
from guard.errors import ConfigurationError, GuardError, JournalDamaged, MissingExtra, ServiceUnavailable

WHOLE = Check(part="a", result=Result.OK, said="it is whole")


def came_to(error: BaseException) -> Check:
    def look(deadline: Deadline) -> Sequence[Check]:
        raise error

    (check,) = examine([("part", look)], Deadline.after(5))
    return replace(check, elapsed_s=0.0)


def test_checks_keep_the_order_of_the_looks_and_tell_their_time() -> None:
    second = replace(WHOLE, part="b")
    checks = examine([("a", lambda _: [WHOLE]), ("b", lambda _: [second, second])], Deadline.after(5))
    assert [replace(check, elapsed_s=0.0) for check in checks] == [WHOLE, second, second]
    assert all(0 < check.elapsed_s < 5 for check in checks)


def test_all_looks_are_taken_at_the_same_time() -> None:
    meeting = threading.Barrier(8, timeout=5)

    def meet(deadline: Deadline) -> Sequence[Check]:
        meeting.wait()
        return [WHOLE]

    checks = examine([(str(number), meet) for number in range(8)], Deadline.after(5))
    assert [check.result for check in checks] == [Result.OK] * 8


def test_a_look_that_never_ends_is_a_failure_at_the_deadline() -> None:
    over = threading.Event()

    def hang(deadline: Deadline) -> Sequence[Check]:
        over.wait()
        return []

    began = time.monotonic()
    checks = examine([("node", hang), ("a", lambda _: [WHOLE])], Deadline.after(0.2))
    over.set()
    assert time.monotonic() - began < 3
    assert (checks[0].part, checks[0].result, checks[0].said) == (
        "node",
        Result.FAIL,
        "it gave no answer within 0.2 s",
    )
    assert checks[1].result is Result.OK


@pytest.mark.parametrize(
    ("error", "is_configuration"),
    [
        (ConfigurationError("it is wrong", hint="mend it"), True),
        (MissingExtra("it is wrong", hint="mend it"), True),
        (JournalDamaged("it is wrong", hint="mend it"), False),
    ],
)
def test_what_a_look_raises_is_told_in_its_own_words(error: GuardError, is_configuration: bool) -> None:
    assert came_to(error) == Check(
        part="part",
        result=Result.FAIL,
        said="it is wrong",
        advice="mend it",
        is_configuration=is_configuration,
    )


def test_an_outside_failure_without_advice_gets_some() -> None:
    assert came_to(ServiceUnavailable("refused")).advice == (
        "see that it runs, and that it can be reached from here"
    )


def test_a_failure_that_nobody_foresaw_tells_its_kind_and_nothing_else() -> None:
    check = came_to(KeyError("https://node.example/secret-key"))
    assert check.said == "looking at it failed in an unexpected way (KeyError)"
    assert check.result is Result.FAIL
