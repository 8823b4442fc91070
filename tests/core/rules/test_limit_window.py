from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.entries import WindowLimit
from guard.core.evidence import Missing
from guard.core.intent import Grant, Permit
from guard.core.policy import DAY_S, Policy
from guard.core.request import TransactionRequest
from guard.core.review import review
from guard.core.rules import limit_window
from guard.core.rules.examples import (
    ETHER,
    EVIDENCE,
    FRIEND,
    NOW,
    SENDER,
    STRANGER,
    TOKEN,
    TRANSFER,
    call,
    signed_subject,
    spent,
    subject,
    token_transfer,
)
from guard.core.spending import Commitment
from guard.core.verdict import Decision

FEE = TRANSFER.max_fee_wei or 0
WEEK = 7 * DAY_S
NATIVE = Policy(windows=(WindowLimit(seconds=WEEK, native_wei=ETHER),))
TOKENS = Policy(windows=(WindowLimit(seconds=WEEK, tokens={TOKEN: 100}),))


@pytest.mark.parametrize(("over", "hits"), [(0, 0), (1, 1)])
@pytest.mark.parametrize(("age_s", "counts"), [(0, True), (WEEK - 1, True), (WEEK, False)])
def test_the_limit_holds_to_the_wei_and_to_the_second(over: int, hits: int, age_s: int, counts: bool) -> None:
    before = Commitment(at=NOW - age_s, wei=ETHER - TRANSFER.value - FEE + over)
    found = list(limit_window.check(subject(TRANSFER, spent(before), NATIVE)))
    assert len(found) == (hits if counts else 0)


@pytest.mark.parametrize(("amount", "hits"), [(40, 0), (41, 1)])
@pytest.mark.parametrize("form", ["transfer(address,uint256)", "approve(address,uint256)"])
def test_tokens_that_leave_and_rights_to_take_them_count_alike(form: str, amount: int, hits: int) -> None:
    before = Commitment(at=NOW - 5, tokens={TOKEN: 60, FRIEND: 1000})
    request = call(TOKEN, form, STRANGER, amount)
    assert len(list(limit_window.check(subject(request, spent(before), TOKENS)))) == hits


def test_a_permit_that_is_only_signed_counts_as_a_transfer_does() -> None:
    permit = Permit(
        owner=SENDER,
        spender=STRANGER,
        grants=(Grant(token=TOKEN, amount=41, expires_at=None),),
        deadline=None,
        form="permit",
    )
    evidence = spent(Commitment(at=NOW - 5, tokens={TOKEN: 60}))
    of = signed_subject(permit)
    for grants, hits in ((41, 1), (40, 0)):
        intent = replace(permit, grants=(Grant(token=TOKEN, amount=grants, expires_at=None),))
        looked = replace(signed_subject(intent), evidence=evidence, policy=TOKENS)
        assert len(list(limit_window.check(looked))) == hits
    # No ether leaves with a signature, so a limit that is used up is not its concern.
    used_up = spent(Commitment(at=NOW, wei=2 * ETHER))
    assert list(limit_window.check(replace(of, evidence=used_up, policy=NATIVE))) == []


@pytest.mark.parametrize("request_", [token_transfer(FRIEND, 0), TRANSFER])
def test_a_token_that_does_not_move_is_not_looked_at(request_: TransactionRequest) -> None:
    used_up = spent(Commitment(at=NOW, tokens={TOKEN: 1000}))
    assert list(limit_window.check(subject(request_, used_up, TOKENS))) == []


def test_each_window_and_each_asset_is_told_apart() -> None:
    policy = Policy(
        windows=(
            WindowLimit(seconds=1800, native_wei=0, tokens={TOKEN: 0, FRIEND: 0}),
            WindowLimit(seconds=WEEK, native_wei=ETHER),
            WindowLimit(seconds=WEEK + 1, tokens={TOKEN: 6}),
        )
    )
    evidence = spent(Commitment(at=NOW - 3600, wei=1, tokens={TOKEN: 2}))
    found = list(
        limit_window.check(subject(replace(token_transfer(FRIEND, 5), fee=None, value=7), evidence, policy))
    )
    assert [dict(hit.facts) for hit in found] == [
        {"hours": "0.5", "unit": "ether", "amount": "0.000000000000000007", "spent": "0", "limit": "0"},
        {"hours": "0.5", "unit": f"units of {TOKEN}", "amount": "5", "spent": "0", "limit": "0"},
        {"hours": "168", "unit": f"units of {TOKEN}", "amount": "5", "spent": "2", "limit": "6"},
    ]


def test_c14_no_value_and_a_fee_above_the_limit_is_blocked() -> None:
    policy = Policy(windows=(WindowLimit(seconds=WEEK, native_wei=FEE - 1),))
    verdict = review(replace(TRANSFER, value=0), EVIDENCE, policy, NOW)
    assert verdict.decision is Decision.BLOCK


def test_spending_that_cannot_be_learned_leaves_no_verdict() -> None:
    unknown = replace(EVIDENCE, spending=Missing("the journal is damaged"))
    assert review(TRANSFER, unknown, NATIVE, NOW).decision is None
