from __future__ import annotations

from dataclasses import replace

from guard.core.policy import Policy
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
            message=("1.000000000000000001 ether is above the policy's limit of 1 ether for one transaction"),
            advice="send less, or raise the limit in the policy file",
            facts={
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
    assert len(ask(RULE, replace(TRANSFER, value=1), policy=zero)) == 1
    assert ask(RULE, token_transfer(FRIEND), policy=zero) == ()


def test_without_a_limit_every_amount_passes() -> None:
    assert ask(RULE, replace(TRANSFER, value=2**256 - 1)) == ()
