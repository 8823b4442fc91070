"""Entries about single addresses: in whatever order they stand, they come to the same."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.core.address import Address
from guard.core.entries import Allow, Deny
from guard.core.policy import DENIED_ID, Policy
from guard.core.review import review
from guard.core.rules.examples import (
    CONTRACT,
    ETHER,
    FRIEND,
    NOW,
    ROUTER,
    STATE,
    STRANGER,
    TOKEN,
    TRANSFER,
    call,
    calldata,
    told,
)
from guard.core.verdict import Decision, Severity, Verdict

PARTIES = (FRIEND, STRANGER, TOKEN, ROUTER)
MOST = 2**256 - 1
RULES = ("approval.unlimited", "approval.unknown-spender", "recipient.first-time", "payload.undecoded")
REQUESTS = (
    replace(TRANSFER, to=STRANGER, value=ETHER),
    call(TOKEN, "approve(address,uint256)", STRANGER, MOST),
    call(
        TOKEN,
        "multicall(bytes[])",
        (calldata("approve(address,uint256)", ROUTER, MOST), bytes.fromhex("deadbeef")),
    ),
)
WORLD = told(accounts=dict.fromkeys(PARTIES, CONTRACT), tokens={TOKEN: STATE})

denials = st.lists(st.builds(lambda one: Deny(address=one), st.sampled_from(PARTIES)), max_size=3)
allowances = st.lists(
    st.builds(
        lambda rule, one, expiry: Allow(rule=rule, counterparty=one, expires_at=expiry),
        st.sampled_from(RULES),
        st.sampled_from(PARTIES),
        st.sampled_from([None, NOW - 1, NOW]),
    ),
    max_size=5,
)


def judged(request: object, denied: list[Deny], allowed: list[Allow]) -> Verdict:
    policy = Policy(denied=tuple(denied), allowed=tuple(allowed))
    return review(request, WORLD, policy, NOW)  # type: ignore[arg-type]


def said(verdict: Verdict) -> tuple[object, ...]:
    """Return all of a verdict but the number of the entry that decided, which tells where it stands."""
    findings = [replace(one, decided_by="an entry" if one.decided_by else "") for one in verdict.findings]
    return verdict.decision, verdict.confirmation, findings


@settings(max_examples=300)
@given(st.sampled_from(REQUESTS), denials, allowances, st.integers(0, 2**32))
def test_no_order_of_deny_and_allow_entries_changes_a_verdict(
    request_: object, denied: list[Deny], allowed: list[Allow], seed: int
) -> None:
    """C8: any permutation of them."""
    other_denied, other_allowed = list(denied), list(allowed)
    chance = random.Random(seed)
    chance.shuffle(other_denied)
    chance.shuffle(other_allowed)
    assert said(judged(request_, denied, allowed)) == said(judged(request_, other_denied, other_allowed))


@pytest.mark.parametrize("request_", REQUESTS)
@settings(max_examples=50)
@given(allowances)
def test_no_allow_entry_lifts_a_deny_entry(request_: object, allowed: list[Allow]) -> None:
    """C8: deny before allow."""
    involved = [*PARTIES[1:]]
    verdict = judged(request_, [Deny(address=one) for one in involved], allowed)
    assert verdict.decision is Decision.BLOCK
    assert verdict.findings[0].severity is Severity.BLOCK
    assert DENIED_ID in [finding.rule for finding in verdict.findings]


def test_an_allow_entry_is_about_one_rule_one_counterparty_and_a_time() -> None:
    entry = Allow(rule="a.b", counterparty=FRIEND, expires_at=NOW)
    assert entry.holds("a.b", FRIEND, NOW)
    assert not entry.holds("a.b", FRIEND, NOW + 1)
    assert not entry.holds("a.b", STRANGER, NOW)
    assert not entry.holds("a.c", FRIEND, NOW)
    assert not entry.holds("a.b", None, NOW)
    assert replace(entry, expires_at=None).holds("a.b", Address(FRIEND), 2**40)
