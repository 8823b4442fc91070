from __future__ import annotations

import pytest

from guard.core.intent import Invoke, Transfer, Unknown
from guard.core.rules.examples import FRIEND, SENDER, STRANGER
from tests.core.decode.structures.reading import MARKET, NAMELESS, declared, read

NONCE = "0x" + "01" * 32
MESSAGE = {"from": FRIEND, "to": STRANGER, "value": 5, "validAfter": 0, "validBefore": 99, "nonce": NONCE}


@pytest.mark.parametrize("start", ["TransferWithAuthorization(", "ReceiveWithAuthorization("])
def test_a_signed_transfer_is_a_transfer_that_waits(start: str) -> None:
    assert read(declared(start), MESSAGE) == Transfer(
        token=MARKET, owner=FRIEND, recipient=STRANGER, amount=5, expires_at=99
    )
    assert isinstance(read(declared(start), MESSAGE, domain=NAMELESS), Unknown)


def test_to_cancel_one_moves_nothing() -> None:
    intent = read(declared("CancelAuthorization("), {"authorizer": SENDER, "nonce": NONCE})
    assert intent == Invoke(function="cancelAuthorization(address,bytes32)")
