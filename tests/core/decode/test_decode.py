from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.core.decode import DECODERS, creation, decode, erc20, native
from guard.core.intent import Deploy, Intent, Transfer, Unknown
from guard.core.rules.examples import FRIEND, SENDER, TOKEN, TRANSFER, token_transfer

SELECTORS = [erc20.TRANSFER_SELECTOR, erc20.TRANSFER_FROM_SELECTOR, bytes.fromhex("095ea7b3")]
JUNK = st.binary(max_size=200) | st.builds(
    lambda selector, rest: selector + rest, st.sampled_from(SELECTORS), st.binary(max_size=140)
)


@settings(max_examples=500)
@given(JUNK, st.sampled_from([None, FRIEND]), st.sampled_from([0, 1]))
def test_no_calldata_makes_decoding_raise(data: bytes, to: object, value: int) -> None:
    intent = decode(replace(TRANSFER, data=data, to=to, value=value))
    assert isinstance(intent, Transfer | Deploy | Unknown)


@pytest.mark.parametrize(
    ("data", "intent"),
    [
        (b"\x01", Unknown(reason="the payload is shorter than a selector", selector=None)),
        (b"\x01\x02\x03", Unknown(reason="the payload is shorter than a selector", selector=None)),
        (
            bytes.fromhex("095ea7b3") + bytes(64),
            Unknown(
                reason="the function called is not one that this version can read", selector="0x095ea7b3"
            ),
        ),
        (
            bytes(4),
            Unknown(
                reason="the function called is not one that this version can read", selector="0x00000000"
            ),
        ),
    ],
)
def test_what_no_family_reads_is_unknown_with_a_reason(data: bytes, intent: Intent) -> None:
    assert decode(replace(TRANSFER, data=data)) == intent


def test_a_request_belongs_to_at_most_one_family() -> None:
    requests = [
        TRANSFER,
        replace(TRANSFER, to=None),
        replace(TRANSFER, to=None, data=token_transfer(FRIEND).data),
        token_transfer(FRIEND),
        replace(TRANSFER, data=b"junk"),
    ]
    families = [[decoder(request) is not None for decoder in DECODERS] for request in requests]
    assert families == [
        [False, True, False],
        [True, False, False],
        [True, False, False],
        [False, False, True],
        [False, False, False],
    ]
    assert (creation.decode, native.decode, erc20.decode) == DECODERS


def test_the_largest_calldata_is_decoded_without_recursion() -> None:
    data = erc20.TRANSFER_SELECTOR + bytes(128 * 1024 - 4)
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(400)
        assert isinstance(decode(replace(TRANSFER, data=data)), Unknown)
    finally:
        sys.setrecursionlimit(limit)


def test_the_sender_is_the_owner_of_a_plain_send() -> None:
    assert decode(TRANSFER) == Transfer(token=None, owner=SENDER, recipient=FRIEND, amount=TRANSFER.value)
    assert decode(replace(TRANSFER, to=TOKEN, value=0)) == Transfer(
        token=None, owner=SENDER, recipient=TOKEN, amount=0
    )
