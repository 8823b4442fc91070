from __future__ import annotations

from dataclasses import replace

import pytest
from eth_abi import encode
from hypothesis import given

from guard.core.address import Address
from guard.core.decode.erc20 import TRANSFER_FROM_SELECTOR, TRANSFER_SELECTOR, decode
from guard.core.intent import Transfer, Unknown
from guard.core.request import TransactionRequest
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN, TRANSFER, token_transfer
from tests.core.strategies import addresses, uint256

NOT_CANONICAL = "a token transfer whose arguments are not in canonical form"


def call(data: bytes, value: int = 0) -> TransactionRequest:
    return replace(TRANSFER, to=TOKEN, data=data, value=value)


def moved_from(owner: Address, recipient: Address, amount: int) -> bytes:
    arguments = encode(["address", "address", "uint256"], [owner, recipient, amount])
    return TRANSFER_FROM_SELECTOR + arguments


@given(addresses, uint256)
def test_a_transfer_moves_the_senders_tokens(recipient: Address, amount: int) -> None:
    data = TRANSFER_SELECTOR + encode(["address", "uint256"], [recipient, amount])
    assert decode(call(data)) == Transfer(token=TOKEN, owner=SENDER, recipient=recipient, amount=amount)


@given(addresses, addresses, uint256)
def test_a_transfer_from_moves_the_named_owners_tokens(
    owner: Address, recipient: Address, amount: int
) -> None:
    intent = decode(call(moved_from(owner, recipient, amount)))
    assert intent == Transfer(token=TOKEN, owner=owner, recipient=recipient, amount=amount)


@pytest.mark.parametrize(
    "data",
    [
        token_transfer(FRIEND).data + b"\x00",
        token_transfer(FRIEND).data + bytes(32),
        token_transfer(FRIEND).data[:-1],
        TRANSFER_SELECTOR,
        TRANSFER_SELECTOR + bytes(12) + FRIEND.to_bytes(),
        TRANSFER_SELECTOR + b"\x01" + bytes(11) + FRIEND.to_bytes() + bytes(32),
        TRANSFER_SELECTOR + bytes(11) + b"\x01" + FRIEND.to_bytes() + bytes(32),
        moved_from(FRIEND, STRANGER, 1)[:-32],
        moved_from(FRIEND, STRANGER, 1) + bytes(32),
        TRANSFER_FROM_SELECTOR + bytes(32) + b"\x01" + bytes(31) + bytes(32),
    ],
)
def test_a_transfer_in_another_form_than_the_canonical_one_is_unknown(data: bytes) -> None:
    assert decode(call(data)) == Unknown(reason=NOT_CANONICAL, selector="0x" + data[:4].hex())


def test_the_amount_may_fill_its_whole_word() -> None:
    intent = decode(call(TRANSFER_SELECTOR + bytes(12) + FRIEND.to_bytes() + b"\xff" * 32))
    assert intent == Transfer(token=TOKEN, owner=SENDER, recipient=FRIEND, amount=2**256 - 1)


def test_a_token_transfer_that_carries_ether_is_unknown() -> None:
    assert decode(call(token_transfer(FRIEND).data, value=1)) == Unknown(
        reason="a token transfer that also carries ether", selector="0xa9059cbb"
    )


def test_other_calls_creations_and_plain_sends_are_of_other_families() -> None:
    assert decode(TRANSFER) is None
    assert decode(call(bytes.fromhex("095ea7b3") + bytes(64))) is None
    assert decode(replace(TRANSFER, to=None, data=token_transfer(FRIEND).data)) is None
