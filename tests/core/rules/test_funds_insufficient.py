from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.evidence import Observed
from guard.core.rules.examples import EVIDENCE, TRANSFER
from guard.core.rules.funds_insufficient import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

NEEDED = TRANSFER.value + 21_000 * 20 * 10**9


def test_one_wei_short_of_value_and_maximum_fee_is_blocked() -> None:
    assert ask(RULE, evidence=replace(EVIDENCE, balance=Observed(NEEDED - 1, "node"))) == (
        Finding(
            rule="funds.insufficient",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=(
                "value and maximum fee come to 0.10042 ether, "
                "and the account holds 0.100419999999999999 ether"
            ),
            advice="send less, lower the gas price, or fund the account first",
            facts={
                "needed": "0.10042 ether",
                "needed_wei": NEEDED,
                "balance": "0.100419999999999999 ether",
                "balance_wei": NEEDED - 1,
            },
        ),
    )


@pytest.mark.parametrize("more", [0, 1])
def test_exactly_enough_is_enough(more: int) -> None:
    assert ask(RULE, evidence=replace(EVIDENCE, balance=Observed(NEEDED + more, "node"))) == ()


@pytest.mark.parametrize("untold", ["gas_limit", "fee"])
def test_while_the_fee_is_not_told_the_value_alone_counts(untold: str) -> None:
    request = replace(TRANSFER, **{untold: None})
    rich, poor = (replace(EVIDENCE, balance=Observed(TRANSFER.value - less, "node")) for less in (0, 1))
    assert (ask(RULE, request, rich), len(ask(RULE, request, poor))) == ((), 1)
