from __future__ import annotations

import pytest

from guard.core.address import Address
from guard.core.intent import AllowanceChange, ApproveAll, Batch, Intent
from guard.core.rules.approval_carries_value import RULE
from guard.core.rules.examples import (
    COLLECTION,
    ROUTER,
    SENDER,
    TOKEN,
    acts_subject,
    approval,
    call_doing,
    permit,
)
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels


@pytest.mark.parametrize(
    "intent",
    [
        approval(),
        approval(amount=0),
        approval(change=AllowanceChange.DECREASE, form="decrease"),
        ApproveAll(collection=COLLECTION, owner=SENDER, operator=ROUTER, approved=False),
        permit(),
    ],
)
def test_one_wei_with_a_call_about_a_right_is_blocked_and_none_is_quiet(intent: Intent) -> None:
    assert levels(RULE, acts_subject(call_doing(intent, value=1))) == [Severity.BLOCK]
    assert levels(RULE, acts_subject(call_doing(intent))) == []


def test_it_is_found_inside_of_a_batch_and_names_the_contract_that_is_paid() -> None:
    inner = (call_doing(approval()), call_doing(approval(), value=10**18))
    (finding,) = asked(RULE, acts_subject(Batch(form="multicall", calls=inner)))
    assert (finding.path, finding.counterparty, finding.facts) == (
        (2,),
        TOKEN,
        {"contract": TOKEN, "value": "1 ether", "value_wei": 10**18},
    )


@pytest.mark.parametrize(("spender", "expected"), [(TOKEN, []), (ROUTER, [Severity.BLOCK])])
def test_an_exchange_may_hand_in_a_permit_for_itself_beside_calls_that_take_the_ether(
    spender: Address, expected: list[Severity]
) -> None:
    inner = call_doing(permit(spender=spender), to=TOKEN, value=1)
    assert levels(RULE, acts_subject(Batch(form="multicall", calls=(inner,)))) == expected
    assert levels(RULE, acts_subject(inner)) == [Severity.BLOCK]


def test_ether_that_a_batch_carries_for_others_is_quiet() -> None:
    outer = call_doing(Batch(form="multicall", calls=(call_doing(approval()),)), value=10**18)
    assert levels(RULE, acts_subject(outer)) == []
