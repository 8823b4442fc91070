from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.amounts import MAX_UINT256
from guard.core.evidence import Missing
from guard.core.intent import AllowanceChange, Approve, Batch
from guard.core.policy import Policy
from guard.core.review import judge
from guard.core.rules.approval_unlimited import RULE
from guard.core.rules.examples import (
    CALLING,
    COLLECTION,
    PIECES,
    ROUTER,
    SENDER,
    STATE,
    TOKEN,
    acts_subject,
    approval,
    call_doing,
    told,
)
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import asked, levels

SUPPLY = 40_000_000_000 * 10**6
TOLD = told(tokens={TOKEN: STATE})
SILENT = replace(CALLING, tokens=Missing("the node is down"))


def found(approve: Approve, *, told_of_token: bool = True) -> bool:
    return bool(asked(RULE, acts_subject(approve, TOLD if told_of_token else CALLING)))


def test_2_to_the_64_of_a_token_of_6_decimals_is_named_with_spender_and_amount() -> None:
    """D9: an approval is named with its spender and its amount."""
    assert asked(RULE, acts_subject(approval(amount=2**64 - 1), TOLD)) == (
        Finding(
            rule="approval.unlimited",
            severity=Severity.WARN,
            confidence=Confidence.HIGH,
            message=(
                f"{ROUTER} may take 18446744073709.551615 USDC ({TOKEN}) from now on: that is all there is"
            ),
            advice="approve the amount that is needed; what stands is taken back by approving 0",
            facts={
                "spender": ROUTER,
                "token": TOKEN,
                "amount": 2**64 - 1,
                "what": f"18446744073709.551615 USDC ({TOKEN})",
            },
            counterparty=ROUTER,
        ),
    )


@pytest.mark.parametrize(("amount", "fires"), [(SUPPLY - 1, False), (SUPPLY, True), (2**200, True)])
def test_the_whole_supply_is_without_limit(amount: int, fires: bool) -> None:
    assert found(approval(amount=amount)) is fires


@pytest.mark.parametrize("amount", [2**159, 2**160 - 1, 2**255, MAX_UINT256])
def test_the_largest_numbers_are_without_limit_whatever_is_known_of_the_token(amount: int) -> None:
    assert found(approval(amount=amount), told_of_token=False)
    assert "approval.unlimited" in {
        finding.rule for finding in judge(acts_subject(approval(amount=amount), SILENT)).findings
    }


def test_a_smaller_number_of_an_unknown_token_is_not() -> None:
    assert not found(approval(amount=2**159 - 1), told_of_token=False)


def test_the_policy_says_which_share_of_the_supply_counts() -> None:
    subject = acts_subject(approval(amount=SUPPLY // 2), TOLD)
    half = replace(subject, policy=Policy(unlimited_supply_percent=50))
    assert (levels(RULE, subject), levels(RULE, half)) == ([], [Severity.WARN])


def test_a_token_without_a_supply_has_none_to_measure_by() -> None:
    for supply, fires in ((None, False), (0, True)):
        state = replace(STATE, total_supply=supply)
        assert bool(asked(RULE, acts_subject(approval(), told(tokens={TOKEN: state})))) is fires


def test_0_is_never_without_limit() -> None:
    state = replace(STATE, kind=None, total_supply=0)
    assert not asked(RULE, acts_subject(approval(amount=0), told(tokens={TOKEN: state})))


def test_the_id_of_a_piece_is_no_amount_unless_it_is_the_largest_number() -> None:
    collection = told(tokens={COLLECTION: PIECES})
    for number, fires in ((2**255, False), (10**6, False), (MAX_UINT256, True)):
        subject = acts_subject(approval(amount=number, token=COLLECTION), collection)
        assert bool(asked(RULE, subject)) is fires


def test_an_increase_is_added_to_what_stands_and_to_those_before_it() -> None:
    more = approval(amount=SUPPLY // 2, change=AllowanceChange.INCREASE, form="increase")
    standing = replace(STATE, allowances={(SENDER, ROUTER): SUPPLY // 2})
    assert not found(more)
    assert asked(RULE, acts_subject(more, told(tokens={TOKEN: standing})))
    twice = acts_subject(Batch(form="multicall", calls=(call_doing(more), call_doing(more))), TOLD)
    assert [finding.path for finding in asked(RULE, twice)] == [(2,)]
