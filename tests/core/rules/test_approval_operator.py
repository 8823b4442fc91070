from __future__ import annotations

from dataclasses import replace

from guard.core.evidence import Missing
from guard.core.intent import ApproveAll
from guard.core.rules.approval_operator import RULE
from guard.core.rules.examples import CALLING, COLLECTION, ROUTER, SENDER, acts_subject, approval, knowing
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import asked, levels

GRANT = ApproveAll(collection=COLLECTION, owner=SENDER, operator=ROUTER, approved=True)


def test_an_operator_is_named_with_the_collection() -> None:
    """D9: setApprovalForAll(true) is named with its operator."""
    assert asked(RULE, acts_subject(GRANT)) == (
        Finding(
            rule="approval.operator",
            severity=Severity.WARN,
            confidence=Confidence.HIGH,
            message=f"{ROUTER} may move everything in {COLLECTION}, now and later",
            advice=(
                "look the operator up where the market publishes its contracts; after a sale, "
                f"`wallet revoke {COLLECTION} {ROUTER}` takes the right back"
            ),
            facts={
                "spender": ROUTER,
                "token": COLLECTION,
                "amount": None,
                "what": f"everything in {COLLECTION}",
            },
            counterparty=ROUTER,
        ),
    )


def test_a_known_operator_is_noted_and_one_that_is_let_go_is_quiet() -> None:
    assert levels(RULE, acts_subject(GRANT, knowing(ROUTER))) == [Severity.INFO]
    assert levels(RULE, acts_subject(replace(GRANT, approved=False))) == []
    assert list(RULE.check(acts_subject(approval()))) == []


def test_without_the_contacts_it_is_asked_about() -> None:
    silent = replace(CALLING, counterparties=Missing("locked"))
    assert Severity.WARN in {
        finding.severity for finding in asked(RULE, acts_subject(GRANT, silent)) if finding.rule == RULE.id
    }
