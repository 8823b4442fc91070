from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.policy import Policy
from guard.core.request import LegacyFee, MarketFee
from guard.core.rules.examples import ETHER, TRANSFER
from guard.core.rules.fee_high import RULE
from guard.core.verdict import Confidence, Confirmation, Finding, Severity
from tests.core.rules.asking import ask

LIMIT = ETHER // 20
AT_THE_LIMIT = replace(TRANSFER, gas_limit=50_000, fee=LegacyFee(gas_price=LIMIT // 50_000))


def test_a_maximum_fee_above_the_limit_for_fees_is_asked_about() -> None:
    request = replace(TRANSFER, gas_limit=LIMIT + 1, fee=LegacyFee(gas_price=1))
    assert ask(RULE, request) == (
        Finding(
            rule="fee.high",
            severity=Severity.WARN,
            confidence=Confidence.HIGH,
            message=(
                "the fee may come to 0.050000000000000001 ether; the policy's limit for fees is 0.05 ether"
            ),
            advice="compare the gas price with another source, or set it with --gas-price",
            facts={
                "fee": "0.050000000000000001 ether",
                "fee_wei": LIMIT + 1,
                "limit": "0.05 ether",
                "limit_wei": LIMIT,
            },
            confirmation=Confirmation.WARNING,
        ),
    )


def test_the_limit_itself_passes() -> None:
    assert AT_THE_LIMIT.max_fee_wei == LIMIT
    assert ask(RULE, AT_THE_LIMIT) == ()


def test_what_counts_is_the_most_that_a_unit_of_gas_may_cost() -> None:
    dear = MarketFee(max_fee_per_gas=LIMIT // 50_000 + 1, max_priority_fee_per_gas=0)
    assert len(ask(RULE, replace(AT_THE_LIMIT, fee=dear))) == 1


def test_the_policy_sets_the_limit_and_zero_is_a_limit() -> None:
    assert ask(RULE, replace(AT_THE_LIMIT, gas_limit=60_000), policy=Policy(fee_limit_wei=ETHER)) == ()
    assert len(ask(RULE, TRANSFER, policy=Policy(fee_limit_wei=0))) == 1
    assert ask(RULE, replace(TRANSFER, fee=LegacyFee(gas_price=0)), policy=Policy(fee_limit_wei=0)) == ()


@pytest.mark.parametrize("untold", ["gas_limit", "fee"])
def test_a_fee_that_is_not_told_is_quiet(untold: str) -> None:
    assert ask(RULE, replace(TRANSFER, **{untold: None}), policy=Policy(fee_limit_wei=0)) == ()
