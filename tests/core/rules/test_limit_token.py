from __future__ import annotations

import pytest

from guard.core.policy import Policy
from guard.core.request import TransactionRequest
from guard.core.rules.examples import FRIEND, STRANGER, TOKEN, call, token_transfer
from guard.core.rules.limit_token import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

LIMIT = Policy(token_limits={TOKEN: 1000})


@pytest.mark.parametrize(
    "request_",
    [
        token_transfer(FRIEND, 1001),
        call(TOKEN, "approve(address,uint256)", FRIEND, 1001),
        call(TOKEN, "increaseAllowance(address,uint256)", FRIEND, 1001),
    ],
)
def test_a_transfer_and_a_right_above_the_limit_are_refused_alike(request_: TransactionRequest) -> None:
    assert ask(RULE, request_, policy=LIMIT) == (
        Finding(
            rule="limit.token",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=f"1001 units of {TOKEN} would leave, or be open to others; the policy's limit is 1000",
            advice="send less, or raise the limit in the policy file",
            facts={"token": TOKEN, "amount": 1001, "limit": 1000},
        ),
    )


def test_the_limit_itself_another_token_and_no_limit_are_quiet() -> None:
    assert ask(RULE, token_transfer(FRIEND, 1000), policy=LIMIT) == ()
    assert ask(RULE, token_transfer(FRIEND, 1001), policy=Policy(token_limits={STRANGER: 1})) == ()
    assert ask(RULE, token_transfer(FRIEND, 1001)) == ()
