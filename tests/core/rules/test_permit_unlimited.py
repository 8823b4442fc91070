from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.amounts import MAX_UINT256
from guard.core.evidence import Missing
from guard.core.intent import Grant
from guard.core.review import judge
from guard.core.rules.examples import (
    COLLECTION,
    EVIDENCE,
    ROUTER,
    STATE,
    TOKEN,
    acts_subject,
    approval,
    permit,
    signed_subject,
    told,
)
from guard.core.rules.permit_unlimited import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import asked, levels

TOLD = told(tokens={TOKEN: STATE})


def test_a_permit_without_limit_is_named_with_spender_and_token() -> None:
    """D9: a permit is named with its spender and its amount."""
    assert asked(RULE, signed_subject(permit(amount=MAX_UINT256), TOLD)) == (
        Finding(
            rule="permit.unlimited",
            severity=Severity.WARN,
            confidence=Confidence.HIGH,
            message=f"the signature lets {ROUTER} take any amount of {TOKEN}: that is all there is",
            advice="sign for the amount that is needed, or do not sign",
            facts={
                "spender": ROUTER,
                "token": TOKEN,
                "amount": MAX_UINT256,
                "what": f"any amount of {TOKEN}",
            },
            counterparty=ROUTER,
        ),
    )


@pytest.mark.parametrize("form", ["permit", "dai-permit", "permit2", "permit2-transfer"])
@pytest.mark.parametrize("amount", [2**160 - 1, MAX_UINT256])
def test_every_form_of_permit_is_judged_even_where_the_node_is_down(form: str, amount: int) -> None:
    silent = replace(EVIDENCE, tokens=Missing("the node is down"), accounts=Missing("the node is down"))
    verdict = judge(signed_subject(permit(amount=amount, form=form), silent))
    assert RULE.id in {finding.rule for finding in verdict.findings}


def test_each_token_of_a_batch_is_judged_by_itself() -> None:
    grants = (
        Grant(token=TOKEN, amount=STATE.total_supply or 0, expires_at=None),
        Grant(token=COLLECTION, amount=10, expires_at=None),
    )
    (finding,) = asked(RULE, signed_subject(permit(grants=grants, form="permit2"), TOLD))
    assert finding.facts["token"] == TOKEN


def test_one_that_is_handed_in_is_judged_like_one_that_is_signed_and_an_approval_is_not() -> None:
    assert levels(RULE, acts_subject(permit(amount=2**200))) == [Severity.WARN]
    assert list(RULE.check(acts_subject(approval(amount=2**200)))) == []
