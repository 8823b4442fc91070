from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.request import TransactionRequest
from guard.core.rules.examples import STRANGER, TOKEN, call
from guard.core.rules.gas_revocation import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

REVOCATIONS = [
    call(TOKEN, "approve(address,uint256)", STRANGER, 0),
    call(TOKEN, "decreaseAllowance(address,uint256)", STRANGER, 5),
    call(TOKEN, "setApprovalForAll(address,bool)", STRANGER, False),
]
GRANTS = [
    call(TOKEN, "approve(address,uint256)", STRANGER, 1),
    call(TOKEN, "setApprovalForAll(address,bool)", STRANGER, True),
    call(TOKEN, "transfer(address,uint256)", STRANGER, 0),
]


@pytest.mark.parametrize("request_", REVOCATIONS)
def test_a_right_that_is_dear_to_take_back_is_asked_about(request_: TransactionRequest) -> None:
    assert ask(RULE, replace(request_, gas_limit=1_000_001)) == (
        Finding(
            rule="gas.revocation",
            severity=Severity.WARN,
            confidence=Confidence.MEDIUM,
            message=(
                "taking a right back would be given 1000001 units of gas; it needs a small part of 1000000"
            ),
            advice="leave a token that you never bought alone",
            facts={"gas": 1_000_001, "limit": 1_000_000},
            counterparty=TOKEN,
        ),
    )
    for gas in (1_000_000, None):
        assert ask(RULE, replace(request_, gas_limit=gas)) == ()


@pytest.mark.parametrize("request_", GRANTS)
def test_what_gives_a_right_or_moves_tokens_is_another_matter(request_: TransactionRequest) -> None:
    assert ask(RULE, replace(request_, gas_limit=9_000_000)) == ()
