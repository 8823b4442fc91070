from __future__ import annotations

from typing import Any

import pytest

from guard.core.bundle import CallBundle
from guard.core.request import TransactionRequest
from guard.core.rpc_bundle import parse_bundle
from guard.core.rules.examples import FRIEND, SENDER, STRANGER
from guard.errors import InvalidAddress, InvalidRequest

CALL = {"to": FRIEND, "value": "0x1", "data": "0xabcd"}
BUNDLE: dict[str, Any] = {
    "version": "2.0.0",
    "from": SENDER,
    "chainId": "0x1",
    "atomicRequired": True,
    "calls": [CALL],
}


def test_a_bundle_is_the_senders_calls_in_order() -> None:
    more = {"id": "0x12", "capabilities": {}, "calls": [CALL, {"to": STRANGER.lower()}, {"data": "0x60"}]}
    assert parse_bundle(BUNDLE | more) == CallBundle(
        sender=SENDER,
        chain_id=1,
        is_atomic=True,
        calls=(
            TransactionRequest(sender=SENDER, to=FRIEND, value=1, data=b"\xab\xcd", chain_id=1),
            TransactionRequest(sender=SENDER, to=STRANGER, chain_id=1),
            TransactionRequest(sender=SENDER, to=None, data=b"\x60", chain_id=1),
        ),
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "1.0"}, "version cannot be '1.0'"),
        ({"version": None}, "version cannot be None"),
        ({"version": 2}, "version cannot be 2"),
        ({"from": None}, "from cannot be None"),
        ({"chainId": None}, "chainId cannot be None"),
        ({"chainId": "0x0"}, "chain id cannot be 0"),
        ({"chainId": "0x01"}, "chainId cannot be '0x01'"),
        ({"chainId": 1}, "chainId cannot be 1"),
        ({"atomicRequired": None}, "atomicRequired cannot be None"),
        ({"atomicRequired": "true"}, "atomicRequired cannot be 'true'"),
        ({"id": 5}, "id cannot be 5"),
        ({"id": "a" * 4097}, "id cannot be 'aaaa"),
        ({"calls": None}, "calls cannot be None"),
        ({"calls": "0x"}, "calls cannot be '0x'"),
        ({"calls": []}, "a bundle has no calls"),
        ({"calls": ["0x"]}, "a call cannot be '0x'"),
        (
            {"calls": [CALL | {"from": SENDER}]},
            "a call of the bundle has fields that are not understood: from",
        ),
        ({"calls": [CALL | {"gas": "0x1"}]}, "not understood: gas"),
        ({"calls": [CALL | {"capabilities": {"x": {}}}]}, "asks for capabilities"),
        ({"calls": [CALL | {"value": "1"}]}, "value cannot be '1'"),
        ({"calls": [CALL | {"data": "0x1"}]}, "data cannot be '0x1'"),
        ({"capabilities": {"paymasterService": {}}}, "asks for capabilities"),
        ({"extra": 1}, "the bundle has fields that are not understood: extra"),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_bundle(BUNDLE | change)
    assert message in caught.value.message


def test_a_recipient_that_cannot_be_read_is_no_creation() -> None:
    with pytest.raises(InvalidAddress):
        parse_bundle(BUNDLE | {"calls": [{"to": ""}]})
