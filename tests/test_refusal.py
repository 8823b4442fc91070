"""What whoever asks at a door is told of a verdict that does not let it through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.rules.examples import TRANSFER
from guard.core.signature_request import PersonalMessage, SignatureRequest
from guard.core.verdict import Decision, Severity
from guard.errors import ConfirmationRequired, HumanError, NoVerdict, TransactionBlocked
from guard.refusal import refusal
from tests.core.values import NOTE, REVIEWED

WARNING = replace(NOTE.at(Severity.WARN), message="the recipient is new", rule="recipient.first-time")
SILENCE = replace(NOTE, message="the node is silent", rule="evidence.missing", is_unknown=True)
FRAUD = replace(NOTE.at(Severity.BLOCK), message="the model says Fraud", rule="model.fraud")


@pytest.mark.parametrize(
    ("decision", "findings", "kind", "message"),
    [
        (Decision.BLOCK, (FRAUD, WARNING), TransactionBlocked, "BLOCK: the model says Fraud [model.fraud]"),
        (
            Decision.WARN,
            (WARNING, NOTE),
            ConfirmationRequired,
            "WARN: the recipient is new [recipient.first-time]",
        ),
        (None, (SILENCE, NOTE), NoVerdict, "NO VERDICT: the node is silent [evidence.missing]"),
        (None, (), NoVerdict, "NO VERDICT: no finding was made"),
    ],
)
def test_a_refusal_begins_with_the_decision_and_its_first_reason_and_carries_the_verdict(
    decision: Decision | None, findings: tuple[object, ...], kind: type[HumanError], message: str
) -> None:
    verdict = replace(REVIEWED, decision=decision, findings=findings)  # type: ignore[arg-type]
    error = refusal(TRANSFER, verdict)
    assert (type(error), error.message, error.verdict) == (kind, message, verdict)


def test_what_a_person_may_accept_is_named_and_a_block_is_not() -> None:
    way_on = f"guard approve {REVIEWED.digest[:10]}"
    hints = {
        decision: refusal(TRANSFER, replace(REVIEWED, decision=decision)).hint
        for decision in (Decision.WARN, Decision.BLOCK, None)
    }
    assert {decision for decision, hint in hints.items() if way_on in hint} == {Decision.WARN, None}


def test_a_signature_is_called_one() -> None:
    request = SignatureRequest(sender=TRANSFER.sender, content=PersonalMessage(data=b"hello"))
    hint = refusal(request, replace(REVIEWED, decision=Decision.BLOCK)).hint
    assert hint == "the guard refuses this signature: nothing was signed or sent; the findings say why"
