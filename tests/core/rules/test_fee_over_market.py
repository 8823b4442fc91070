from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.amounts import WEI_PER_GWEI
from guard.core.evidence import Observed
from guard.core.policy import Policy
from guard.core.request import LegacyFee
from guard.core.rules.examples import EVIDENCE, TRANSFER
from guard.core.rules.fee_over_market import RULE
from guard.core.verdict import Confidence, Finding, Severity
from guard.core.world import FeeMarket
from tests.core.rules.asking import ask

MARKET = 19 * WEI_PER_GWEI
"""Twice the base fee of 9 gwei, and the tip of 1."""


def severities(price: int, market: FeeMarket, policy: Policy | None = None) -> list[Severity]:
    evidence = replace(EVIDENCE, fee_market=Observed(market, "node"))
    request = replace(TRANSFER, fee=LegacyFee(gas_price=price))
    return [finding.severity for finding in ask(RULE, request, evidence, policy)]


def test_a_fifth_above_the_market_is_noted_in_words() -> None:
    price = MARKET * 6 // 5 + 1
    assert ask(RULE, replace(TRANSFER, fee=LegacyFee(gas_price=price))) == (
        Finding(
            rule="fee.over-market",
            severity=Severity.INFO,
            confidence=Confidence.MEDIUM,
            message="a unit of gas may cost 22.800000001 gwei; the node suggests 19 gwei",
            advice="compare with another source, or set it with --gas-price",
            facts={
                "ceiling": "22.800000001 gwei",
                "ceiling_wei": price,
                "market": "19 gwei",
                "market_wei": MARKET,
            },
        ),
    )


@pytest.mark.parametrize(
    ("price", "market", "expected"),
    [
        (240, FeeMarket(base_fee=None, priority_fee=None, gas_price=200), []),
        (241, FeeMarket(base_fee=None, priority_fee=None, gas_price=200), [Severity.INFO]),
        (10 * WEI_PER_GWEI, FeeMarket(base_fee=0, priority_fee=None, gas_price=1), [Severity.INFO]),
        (10 * WEI_PER_GWEI + 1, FeeMarket(base_fee=0, priority_fee=None, gas_price=1), [Severity.WARN]),
        (10 * MARKET, FeeMarket(base_fee=MARKET, priority_fee=0, gas_price=0), [Severity.INFO]),
        (120, FeeMarket(base_fee=10, priority_fee=5, gas_price=100), []),
    ],
)
def test_the_market_is_the_dearer_of_the_nodes_words_and_ten_times_as_much_is_asked_about(
    price: int, market: FeeMarket, expected: list[Severity]
) -> None:
    assert severities(price, market) == expected


def test_the_share_is_the_policys() -> None:
    market = FeeMarket(base_fee=None, priority_fee=None, gas_price=100)
    assert severities(199, market, Policy(fee_over_market_percent=100)) == []


def test_no_price_is_quiet() -> None:
    assert ask(RULE, replace(TRANSFER, fee=None)) == ()
