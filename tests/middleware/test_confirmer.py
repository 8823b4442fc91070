"""What the answers of a callback mean, and who answers where it knows nobody."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from guard.core.verdict import Approval, Confirmation, Decision, Declined, Verdict
from guard.errors import CallerError, ConfirmationRequired
from guard.middleware.confirmer import CallbackConfirmer
from guard.testing import ScriptedConfirmer
from tests.adapters.values import request, verdict

SAID = verdict(request())
WARNED = replace(SAID, decision=Decision.WARN, confirmation=Confirmation.WARNING)
TYPED = replace(WARNED, confirmation=Confirmation.TYPED)
SILENT = replace(WARNED, decision=None)
BLOCKED = replace(SAID, decision=Decision.BLOCK, confirmation=Confirmation.NONE)
DIGITS = SAID.digest[2:10]


def answered(answer: Any, said: Verdict, door: ScriptedConfirmer | None = None) -> Any:
    confirmer = CallbackConfirmer(lambda request, verdict: answer, door or ScriptedConfirmer())
    return confirmer.confirm(request(), said)


@pytest.mark.parametrize("said", [WARNED, SILENT])
def test_true_and_the_digits_are_a_yes(said: Verdict) -> None:
    yes = Approval(digest=said.digest, confirmation=Confirmation.WARNING)
    assert answered(True, said) == answered(DIGITS, said) == yes


def test_a_typed_warning_takes_the_digits_alone() -> None:
    assert answered(DIGITS, TYPED) == Approval(digest=SAID.digest, confirmation=Confirmation.TYPED)
    with pytest.raises(ConfirmationRequired, match="WARN: ") as refused:
        answered(True, TYPED)
    assert refused.value.verdict is TYPED
    assert answered(False, TYPED) == Declined()


@pytest.mark.parametrize("no", [False, "", "yes", DIGITS.upper() + "x", DIGITS[:7], "0x" + DIGITS])
def test_everything_else_that_is_an_answer_is_a_no(no: object) -> None:
    assert answered(no, WARNED) == answered(no, TYPED) == Declined()


@pytest.mark.parametrize("answer", [1, 0, [True], object()])
def test_what_is_no_answer_is_an_error(answer: object) -> None:
    with pytest.raises(CallerError, match=f"the confirm callback answered {type(answer).__name__}"):
        answered(answer, WARNED)


def test_none_asks_at_the_door() -> None:
    door = ScriptedConfirmer([True])
    assert answered(None, WARNED, door) == Approval(digest=SAID.digest, confirmation=Confirmation.WARNING)
    assert door.shown == [WARNED]


@pytest.mark.parametrize("said", [SAID, BLOCKED])
def test_the_ordinary_question_and_a_block_are_never_put_to_the_callback(said: Verdict) -> None:
    asked: list[Verdict] = []
    confirmer = CallbackConfirmer(lambda request, verdict: not asked.append(verdict), ScriptedConfirmer())
    assert not confirmer.waits(said)
    confirmer.confirm(request(), said)
    assert asked == []


def test_without_a_callback_nobody_is_waited_for() -> None:
    confirmer = CallbackConfirmer(None, ScriptedConfirmer())
    assert not confirmer.waits(WARNED)
    assert confirmer.confirm(request(), WARNED) is None


def test_a_coroutine_needs_a_loop_to_run_on() -> None:
    async def confirm(request: object, verdict: Verdict) -> bool:
        await asyncio.sleep(0)
        return True

    with pytest.raises(CallerError, match="is asynchronous, and this web3 is not"):
        CallbackConfirmer(confirm, ScriptedConfirmer()).confirm(request(), WARNED)
