"""A yes that was given apart from its question: what it covers, and everything that it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.consent import Consent, approval_from, consent_to
from guard.core.rules.examples import FRIEND, STRANGER
from guard.core.verdict import Approval, Confirmation, Decision, Severity, Verdict
from tests.core.values import NOTE, NOW, REVIEWED

UNKNOWN = replace(NOTE, rule="evidence.missing", message="the node is silent", is_unknown=True)
ASKED = replace(
    REVIEWED,
    decision=Decision.WARN,
    confirmation=Confirmation.WARNING,
    findings=(NOTE.at(Severity.WARN), replace(NOTE, rule="another.note")),
)
UNDECIDED = replace(ASKED, decision=None, findings=(UNKNOWN, NOTE.at(Severity.WARN)))
END = NOW + 600
YES = consent_to(ASKED, expires_at=END)


def test_a_yes_holds_what_was_asked_and_what_was_warned_of() -> None:
    assert (
        Consent(
            digest=REVIEWED.digest,
            confirmation=Confirmation.WARNING,
            warnings=frozenset({"a.note"}),
            has_verdict=True,
            expires_at=END,
        )
        == YES
    )
    assert consent_to(UNDECIDED, expires_at=END) == replace(
        YES, warnings=frozenset({"a.note", "evidence.missing: the node is silent"}), has_verdict=False
    )


@pytest.mark.parametrize("verdict", [ASKED, UNDECIDED])
def test_it_answers_the_same_verdict_until_its_last_second(verdict: Verdict) -> None:
    yes = consent_to(verdict, expires_at=END)
    answer = Approval(digest=REVIEWED.digest, confirmation=Confirmation.WARNING)
    assert approval_from(yes, verdict, END) == answer
    assert approval_from(yes, verdict, END + 1) is None


def test_a_verdict_that_warns_of_less_is_covered_too() -> None:
    less = replace(ASKED, findings=())
    assert approval_from(YES, less, NOW) == Approval(
        digest=REVIEWED.digest, confirmation=Confirmation.WARNING
    )


@pytest.mark.parametrize(
    "changed",
    [
        replace(ASKED, digest="0x" + "1" * 64),
        replace(ASKED, decision=Decision.BLOCK, confirmation=Confirmation.NONE),
        replace(ASKED, confirmation=Confirmation.TYPED),
        replace(ASKED, decision=None),
        replace(ASKED, findings=(*ASKED.findings, replace(NOTE.at(Severity.WARN), rule="new.warning"))),
        replace(ASKED, findings=(*ASKED.findings, UNKNOWN)),
    ],
    ids=["another request", "a block", "a stronger question", "no verdict", "a new warning", "a new silence"],
)
def test_it_covers_nothing_that_was_not_shown(changed: Verdict) -> None:
    assert approval_from(YES, changed, NOW) is None


def test_a_yes_to_one_silence_is_none_to_another() -> None:
    yes = consent_to(UNDECIDED, expires_at=END)
    other = replace(UNKNOWN, message="the lists cannot be read")
    assert approval_from(yes, replace(UNDECIDED, findings=(other,)), NOW) is None
    assert approval_from(yes, ASKED, NOW) is None


def test_a_yes_to_a_small_loss_is_none_to_a_large_one() -> None:
    loss = replace(NOTE.at(Severity.WARN), rule="simulation.hidden-loss", message="you would lose 1 of 0x2f")
    shown = replace(ASKED, findings=(loss,))
    yes = consent_to(shown, expires_at=END)
    assert approval_from(yes, shown, NOW) is not None
    larger = replace(loss, message="you would lose 1000000 of 0x2f")
    assert approval_from(yes, replace(ASKED, findings=(larger,)), NOW) is None


def test_a_yes_about_one_account_is_none_about_another() -> None:
    listed = replace(NOTE.at(Severity.WARN), counterparty=FRIEND)
    shown = replace(ASKED, findings=(listed,))
    yes = consent_to(shown, expires_at=END)
    assert approval_from(yes, shown, NOW) is not None
    another = replace(ASKED, findings=(listed, replace(listed, counterparty=STRANGER)))
    assert approval_from(yes, another, NOW) is None
