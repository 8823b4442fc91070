from __future__ import annotations

from guard.core.rules.examples import EVIDENCE, ROUTER, approval, knowing, permit, signed_subject
from guard.core.rules.permit_witness_unread import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels


def test_what_an_exchange_has_to_give_is_asked_about_even_of_a_contact() -> None:
    signed = permit(form="permit2-witness-transfer")
    for evidence in (EVIDENCE, knowing(ROUTER)):
        assert levels(RULE, signed_subject(signed, evidence)) == [Severity.WARN]
    (finding,) = asked(RULE, signed_subject(signed))
    assert (finding.facts, finding.counterparty) == ({"spender": ROUTER}, ROUTER)


def test_other_permits_and_approvals_are_quiet() -> None:
    for intent in (permit(form="permit2-transfer"), permit(), approval()):
        assert asked(RULE, signed_subject(intent)) == ()
