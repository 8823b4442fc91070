from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.policy import Policy
from guard.core.request import LegacyFee
from guard.core.rules.examples import ETHER, FRIEND, TRANSFER, token_transfer
from guard.core.rules.limit_per_transaction import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

POLICY = Policy(per_transaction_limit_wei=ETHER)


def test_one_wei_above_the_limit_is_blocked() -> None:
    assert ask(RULE, replace(TRANSFER, value=ETHER + 1), policy=POLICY) == (
        Finding(
            rule="limit.per-transaction",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=(
                "a value of 1.000000000000000001 ether is above the policy's limit of 1 ether "
                "for one transaction"
            ),
            advice="send less, or raise the limit in the policy file",
            facts={
                "what": "value",
                "amount": "1.000000000000000001 ether",
                "amount_wei": ETHER + 1,
                "limit": "1 ether",
                "limit_wei": ETHER,
            },
        ),
    )


def test_the_limit_itself_passes() -> None:
    assert ask(RULE, replace(TRANSFER, value=ETHER), policy=POLICY) == ()


def test_a_limit_of_zero_is_a_limit() -> None:
    zero = Policy(per_transaction_limit_wei=0)
    free = LegacyFee(gas_price=0)
    assert len(ask(RULE, replace(TRANSFER, value=1, fee=free), policy=zero)) == 1
    assert ask(RULE, replace(token_transfer(FRIEND), fee=free), policy=zero) == ()


def test_one_wei_of_maximum_fee_above_the_limit_is_blocked_by_itself() -> None:
    fee = ETHER // 100
    dear = replace(TRANSFER, value=0, gas_limit=21_000, fee=LegacyFee(gas_price=fee))
    policy = Policy(per_transaction_limit_wei=21_000 * fee - 1)
    assert ask(RULE, dear, policy=policy) == (
        Finding(
            rule="limit.per-transaction",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=(
                "a maximum fee of 210 ether is above the policy's limit of 209.999999999999999999 ether "
                "for one transaction"
            ),
            advice="send less, or raise the limit in the policy file",
            facts={
                "what": "maximum fee",
                "amount": "210 ether",
                "amount_wei": 210 * ETHER,
                "limit": "209.999999999999999999 ether",
                "limit_wei": 210 * ETHER - 1,
            },
        ),
    )
    assert ask(RULE, dear, policy=Policy(per_transaction_limit_wei=21_000 * fee)) == ()


def test_value_and_fee_are_not_added_up_so_that_the_limit_itself_can_be_sent() -> None:
    both = replace(TRANSFER, value=ETHER, gas_limit=1, fee=LegacyFee(gas_price=ETHER))
    assert ask(RULE, both, policy=POLICY) == ()
    above = replace(both, value=ETHER + 1, fee=LegacyFee(gas_price=ETHER + 1))
    assert [finding.facts["what"] for finding in ask(RULE, above, policy=POLICY)] == ["maximum fee", "value"]


@pytest.mark.parametrize("untold", ["gas_limit", "fee"])
def test_a_fee_that_is_not_told_is_not_compared(untold: str) -> None:
    request = replace(TRANSFER, value=0, **{untold: None})
    assert ask(RULE, request, policy=Policy(per_transaction_limit_wei=0)) == ()


def test_without_a_limit_every_amount_passes() -> None:
    assert ask(RULE, replace(TRANSFER, value=2**256 - 1)) == ()
