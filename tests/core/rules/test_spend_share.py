from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.evidence import Observed
from guard.core.policy import Policy
from guard.core.rules.examples import (
    ETHER,
    EVIDENCE,
    FRIEND,
    SENDER,
    STRANGER,
    TOKEN,
    TRANSFER,
    call,
    holding,
    token_transfer,
)
from guard.core.rules.spend_share import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask


def test_more_than_a_fifth_of_the_ether_is_noted() -> None:
    evidence = replace(EVIDENCE, balance=Observed(2 * ETHER, "node"))
    assert ask(RULE, replace(TRANSFER, value=ETHER), evidence) == (
        Finding(
            rule="spend.share",
            severity=Severity.INFO,
            confidence=Confidence.HIGH,
            message="50 % of the account's ether leaves with this",
            advice="look at the amount once more",
            facts={"percent": 50, "asset": "ether", "amount": ETHER},
        ),
    )


@pytest.mark.parametrize(
    ("amount", "percents"), [(200, []), (201, [20]), (1000, [100]), (1001, []), (10**30, [])]
)
def test_a_token_counts_by_what_is_held_of_it(amount: int, percents: list[int]) -> None:
    findings = ask(RULE, token_transfer(FRIEND, amount), holding(TOKEN, 1000))
    assert [finding.facts["percent"] for finding in findings] == percents


def test_what_nobody_holds_or_nobody_told_has_no_share() -> None:
    request = token_transfer(FRIEND, 5)
    assert ask(RULE, request, holding(TOKEN, 0)) == ask(RULE, request) == ()


def test_a_pull_of_somebody_elses_tokens_and_a_transfer_to_oneself_are_quiet() -> None:
    pull = "transferFrom(address,address,uint256)"
    others = call(TOKEN, pull, FRIEND, STRANGER, 1000)
    own = call(TOKEN, pull, SENDER, SENDER, 1000)
    assert [ask(RULE, request, holding(TOKEN, 1000)) for request in (others, own)] == [(), ()]


def test_the_share_is_the_policys() -> None:
    request = token_transfer(FRIEND, 500)
    assert ask(RULE, request, holding(TOKEN, 1000), Policy(portfolio_percent=50)) == ()
