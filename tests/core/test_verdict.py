from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from guard.core.verdict import (
    Approval,
    Confirmation,
    Decision,
    Declined,
    Severity,
    check_approval,
)
from guard.errors import DigestMismatch
from tests.core.values import NOTE, REVIEWED

DIGEST = REVIEWED.digest
OTHER = "0x" + "1" * 64
ASKED = replace(REVIEWED, decision=Decision.WARN, confirmation=Confirmation.WARNING)
YES = Approval(digest=DIGEST, confirmation=Confirmation.WARNING)


def test_severities_decisions_and_questions_are_ordered_by_weight() -> None:
    assert Severity.INFO < Severity.WARN < Severity.BLOCK
    assert Decision.ALLOW < Decision.WARN < Decision.BLOCK
    assert Confirmation.NONE < Confirmation.ORDINARY < Confirmation.WARNING < Confirmation.TYPED


def test_a_finding_at_another_level_differs_in_nothing_else() -> None:
    assert NOTE.at(Severity.BLOCK) == replace(NOTE, severity=Severity.BLOCK)


def test_an_approval_holds_nothing_that_could_edit_the_request() -> None:
    assert [field.name for field in fields(Approval)] == ["digest", "confirmation"]
    with pytest.raises(FrozenInstanceError):
        YES.digest = OTHER  # type: ignore[misc]


@pytest.mark.parametrize("confirmation", [Confirmation.WARNING, Confirmation.TYPED])
def test_the_answer_asked_for_or_a_stronger_one_opens_the_door(confirmation: Confirmation) -> None:
    check_approval(ASKED, replace(YES, confirmation=confirmation), DIGEST, now=ASKED.reviewed_at)


def test_the_last_second_of_a_verdict_is_still_in_time() -> None:
    check_approval(ASKED, YES, DIGEST, now=ASKED.expires_at)


def test_a_second_later_it_has_expired() -> None:
    with pytest.raises(DigestMismatch, match="the verdict expired 1 s ago") as caught:
        check_approval(ASKED, YES, DIGEST, now=ASKED.expires_at + 1)
    # It is checked before and after the signature; a hint that denies the signature would be wrong after it.
    assert caught.value.hint == "nothing was sent: start again, what was seen then may no longer hold"


@pytest.mark.parametrize(
    ("verdict_digest", "approval_digest", "current"),
    [(OTHER, DIGEST, DIGEST), (DIGEST, OTHER, DIGEST), (DIGEST, DIGEST, OTHER), (DIGEST, OTHER, OTHER)],
)
def test_three_digests_that_are_not_one_open_nothing(
    verdict_digest: str, approval_digest: str, current: str
) -> None:
    verdict, approval = replace(ASKED, digest=verdict_digest), replace(YES, digest=approval_digest)
    with pytest.raises(DigestMismatch, match="changed after it was scored"):
        check_approval(verdict, approval, current, now=0)


@pytest.mark.parametrize("weaker", [Confirmation.NONE, Confirmation.ORDINARY])
def test_an_answer_to_a_weaker_question_opens_nothing(weaker: Confirmation) -> None:
    with pytest.raises(DigestMismatch, match="does not accept this verdict"):
        check_approval(ASKED, replace(YES, confirmation=weaker), DIGEST, now=0)


@pytest.mark.parametrize("confirmation", list(Confirmation))
def test_no_answer_opens_the_door_of_a_block(confirmation: Confirmation) -> None:
    blocked = replace(REVIEWED, decision=Decision.BLOCK, confirmation=Confirmation.NONE)
    with pytest.raises(DigestMismatch, match="does not accept this verdict"):
        check_approval(blocked, replace(YES, confirmation=confirmation), DIGEST, now=0)


def test_a_clock_that_went_back_does_not_lengthen_a_verdict() -> None:
    with pytest.raises(DigestMismatch, match="the clock went back"):
        check_approval(ASKED, YES, DIGEST, now=ASKED.reviewed_at - 1)


def test_a_persons_no_is_a_value_of_its_own() -> None:
    assert Declined() == Declined()
    assert Declined() is not None
    assert fields(Declined) == ()
