from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.amounts import WEI_PER_GWEI
from guard.core.evidence import Observed
from guard.core.policy import Policy
from guard.core.request import LegacyFee, MarketFee
from guard.core.rules.examples import EVIDENCE, FEES, TRANSFER
from guard.core.rules.fee_tip import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

ABOVE_BOTH = 60 * WEI_PER_GWEI


def severities(tip_wei: int, suggested_wei: int | None, policy: Policy | None = None) -> list[Severity]:
    fee = MarketFee(max_fee_per_gas=10**12, max_priority_fee_per_gas=tip_wei)
    fees = replace(FEES, priority_fee=suggested_wei)
    evidence = replace(EVIDENCE, fee_market=Observed(fees, "node"))
    return [finding.severity for finding in ask(RULE, replace(TRANSFER, fee=fee), evidence, policy)]


def test_a_tip_above_the_limit_and_far_above_the_nodes_is_asked_about() -> None:
    fee = MarketFee(max_fee_per_gas=ABOVE_BOTH, max_priority_fee_per_gas=ABOVE_BOTH)
    assert ask(RULE, replace(TRANSFER, fee=fee)) == (
        Finding(
            rule="fee.tip",
            severity=Severity.WARN,
            confidence=Confidence.MEDIUM,
            message="the tip is 60 gwei for a unit of gas; the node suggests 1 gwei",
            advice="compare with another source, or set it with --priority-gas-price",
            facts={
                "tip": "60 gwei",
                "tip_wei": ABOVE_BOTH,
                "suggested": "1 gwei",
                "suggested_wei": WEI_PER_GWEI,
            },
        ),
    )


@pytest.mark.parametrize(
    ("tip", "suggested", "expected"),
    [
        (10 * WEI_PER_GWEI, WEI_PER_GWEI, []),
        (10 * WEI_PER_GWEI + 1, WEI_PER_GWEI, [Severity.WARN]),
        (10 * WEI_PER_GWEI + 1, 5 * WEI_PER_GWEI, [Severity.INFO]),
        (5 * WEI_PER_GWEI, WEI_PER_GWEI // 10, [Severity.INFO]),
        (WEI_PER_GWEI, 1, []),
        (WEI_PER_GWEI + 1, 0, [Severity.INFO]),
        (WEI_PER_GWEI + 1, None, [Severity.INFO]),
    ],
)
def test_one_of_the_two_reasons_is_a_note_and_both_are_a_warning(
    tip: int, suggested: int | None, expected: list[Severity]
) -> None:
    assert severities(tip, suggested) == expected


def test_limit_and_multiple_are_the_policys() -> None:
    policy = Policy(priority_fee_limit_wei=100 * WEI_PER_GWEI, priority_fee_multiple=100)
    assert severities(ABOVE_BOTH, WEI_PER_GWEI, policy) == []


def test_a_price_without_a_tip_and_no_price_are_quiet() -> None:
    legacy = replace(TRANSFER, fee=LegacyFee(gas_price=10**12))
    assert ask(RULE, legacy) == ask(RULE, replace(TRANSFER, fee=None)) == ()
