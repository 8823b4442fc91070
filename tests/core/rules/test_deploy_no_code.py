from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.request import TransactionRequest
from guard.core.rules.deploy_no_code import RULE
from guard.core.rules.examples import ETHER, FRIEND, TRANSFER, token_transfer
from guard.core.verdict import Confidence, Confirmation, Finding, Severity
from tests.core.rules.asking import ask


@pytest.mark.parametrize(("value", "amount"), [(ETHER, "1 ether"), (0, "0 ether")])
def test_no_recipient_and_no_code_is_blocked_with_or_without_value(value: int, amount: str) -> None:
    assert ask(RULE, replace(TRANSFER, to=None, value=value)) == (
        Finding(
            rule="deploy.no-code",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=(
                f"there is no recipient and no creation code: {amount} would go to an account without a key"
            ),
            advice="name the recipient, or give the creation code",
            facts={"amount": amount, "amount_wei": value},
            confirmation=Confirmation.WARNING,
        ),
    )


@pytest.mark.parametrize(
    "request_",
    [
        replace(TRANSFER, to=None, data=b"\x00"),
        replace(TRANSFER, to=None, value=0, data=b"\x60\x80"),
        TRANSFER,
        replace(TRANSFER, data=b"junk"),
        token_transfer(FRIEND),
    ],
)
def test_code_of_one_byte_or_a_recipient_is_quiet(request_: TransactionRequest) -> None:
    assert ask(RULE, request_) == ()
