from __future__ import annotations

from guard.core.rules.examples import (
    ROUTER,
    TOKEN,
    UNIT,
    acts_subject,
    approval,
    knowing,
    permit,
    signed_subject,
)
from guard.core.rules.permit_unknown_spender import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels


def test_a_stranger_is_named_with_what_it_could_take() -> None:
    (finding,) = asked(RULE, signed_subject(permit()))
    assert finding.facts == {
        "spender": ROUTER,
        "token": TOKEN,
        "amount": 100 * UNIT,
        "what": f"{100 * UNIT} of the smallest unit of {TOKEN}",
    }
    assert (finding.severity, finding.counterparty) == (Severity.WARN, ROUTER)


def test_a_contact_a_permit_of_nothing_and_an_approval_are_quiet() -> None:
    assert levels(RULE, signed_subject(permit(), knowing(ROUTER))) == []
    assert levels(RULE, signed_subject(permit(amount=0))) == []
    assert list(RULE.check(acts_subject(approval()))) == []
