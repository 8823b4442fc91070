from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import NOBODY
from guard.core.request import TransactionRequest
from guard.core.rules.examples import FRIEND, TRANSFER, token_transfer
from guard.core.rules.recipient_zero_address import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask


@pytest.mark.parametrize(
    "request_",
    [
        replace(TRANSFER, to=NOBODY),
        replace(TRANSFER, to=NOBODY, value=0),
        token_transfer(NOBODY),
        replace(token_transfer(FRIEND), to=NOBODY),
        replace(TRANSFER, to=NOBODY, data=b"junk"),
    ],
)
def test_whatever_goes_to_the_zero_address_is_blocked(request_: TransactionRequest) -> None:
    assert ask(RULE, request_) == (
        Finding(
            rule="recipient.zero-address",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=(
                "the recipient is the zero address, 0x0000000000000000000000000000000000000000: "
                "nobody holds its key"
            ),
            advice="give the address that was meant",
            facts={"recipient": NOBODY},
            counterparty=NOBODY,
        ),
    )


def test_a_contact_and_a_creation_are_quiet() -> None:
    assert ask(RULE) == ask(RULE, replace(TRANSFER, to=None)) == ()
