from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.core.act import flatten
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.bundle import CallBundle
from guard.core.decode import decode, read
from guard.core.intent import Authorization, Batch, Call, Delegate, Deploy, Intent, Transfer, Unknown
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN, TRANSFER, token_transfer
from guard.core.signature import Signature
from guard.core.signature_request import SignatureRequest
from tests.core.decode.calling import call, calldata

TRANSFERRED = calldata("transfer(address,uint256)", FRIEND, 5)
MOVED = Transfer(token=TOKEN, owner=SENDER, recipient=FRIEND, amount=5)
AUTHORIZATION = SignedAuthorization(
    delegation=Delegation(chain_id=0, delegate=STRANGER, nonce=8),
    signature=Signature(y_parity=0, r=1, s=1),
    authority=SENDER,
)
HANDED_OVER = Authorization(chain_id=0, delegate=STRANGER, nonce=8, authority=SENDER)


def test_a_recipient_and_no_payload_are_a_transfer_of_the_chains_own_coin() -> None:
    assert decode(TRANSFER) == Transfer(token=None, owner=SENDER, recipient=FRIEND, amount=10**17)


def test_no_recipient_is_a_creation_whatever_the_payload() -> None:
    creation = replace(TRANSFER, to=None, data=TRANSFERRED)
    assert decode(creation) == Deploy(code_size=68, value=TRANSFER.value)


@pytest.mark.parametrize(
    ("data", "intent"),
    [
        (b"\x01", Unknown(reason="the payload is shorter than a selector", selector=None)),
        (b"\x01\x02\x03", Unknown(reason="the payload is shorter than a selector", selector=None)),
        (
            bytes.fromhex("deadbeef") + bytes(64),
            Unknown(
                reason="the function called is not one that this version can read", selector="0xdeadbeef"
            ),
        ),
    ],
)
def test_what_no_family_reads_is_unknown_with_a_reason(data: bytes, intent: Intent) -> None:
    assert decode(replace(TRANSFER, data=data)) == intent


@pytest.mark.parametrize(
    ("data", "oddity"),
    [
        (TRANSFERRED + b"\x00", "1 bytes follow the arguments"),
        (TRANSFERRED + bytes(32), "32 bytes follow the arguments"),
        (TRANSFERRED[:-1] + b"", "the arguments end 1 bytes early"),
        (TRANSFERRED[:4] + b"\x01" + TRANSFERRED[5:], "unused bits are set"),
    ],
)
def test_another_form_than_the_canonical_one_is_read_and_named(data: bytes, oddity: str) -> None:
    """D6: of a transfer."""
    asked = read(replace(TRANSFER, to=TOKEN, value=0, data=data))
    assert isinstance(asked.intent, Transfer)
    assert asked.intent.recipient == FRIEND
    assert asked.oddities == (oddity,)


def test_ether_sent_along_with_a_function_that_takes_none_is_named() -> None:
    asked = read(replace(token_transfer(FRIEND), value=1))
    assert isinstance(asked.intent, Transfer)
    assert asked.oddities == ("it carries ether that the function does not take",)


def test_a_call_tells_who_makes_it_of_whom_and_how_large_it_is() -> None:
    assert read(call("transfer(address,uint256)", FRIEND, 5)) == Call(
        actor=SENDER, to=TOKEN, value=0, data_size=68, selector="0xa9059cbb", intent=MOVED
    )


def test_a_set_code_transaction_hands_accounts_over_and_then_makes_its_call() -> None:
    request = replace(call("transfer(address,uint256)", FRIEND, 5), authorizations=(AUTHORIZATION,))
    made = read(replace(request, authorizations=()))
    delegate = Delegate(authorizations=(HANDED_OVER,), call=made)
    assert read(request) == replace(made, intent=delegate)
    assert [(act.path, act.intent) for act in flatten(read(request))] == [((), delegate), ((1,), MOVED)]


def test_how_the_call_of_a_set_code_transaction_is_odd_is_told_once() -> None:
    request = replace(token_transfer(FRIEND), value=1, authorizations=(AUTHORIZATION,))
    oddities = [act.call.oddities for act in flatten(read(request))]
    assert oddities == [(), ("it carries ether that the function does not take",)]


def test_an_authorization_alone_hands_over_the_account_that_signs_it() -> None:
    asked = SignatureRequest(sender=SENDER, content=AUTHORIZATION.delegation)
    assert decode(asked) == Delegate(authorizations=(HANDED_OVER,), call=None)


def test_blobs_change_nothing_of_what_a_call_does() -> None:
    request = call("transfer(address,uint256)", FRIEND, 5)
    with_blobs = replace(request, blob_versioned_hashes=(b"\x01" * 32,), max_fee_per_blob_gas=1)
    assert read(with_blobs) == read(request)


def test_a_bundle_is_a_batch_of_its_calls() -> None:
    bundle = CallBundle(sender=SENDER, calls=(TRANSFER, call("transfer(address,uint256)", FRIEND, 5)))
    assert decode(bundle) == Batch(
        form="wallet_sendCalls", calls=(read(TRANSFER), read(call("transfer(address,uint256)", FRIEND, 5)))
    )


def test_the_257th_call_of_a_request_is_beyond_the_bound() -> None:
    intent = decode(CallBundle(sender=SENDER, calls=(TRANSFER,) * 257))
    assert isinstance(intent, Batch)
    assert intent.calls[255].intent == decode(TRANSFER)
    assert intent.calls[256].intent == Unknown(
        reason="there are more than 256 calls", selector=None, is_beyond_bound=True
    )


def test_the_ninth_call_inside_of_a_call_is_beyond_the_bound() -> None:
    data = TRANSFERRED
    for _ in range(9):
        data = calldata("upgradeToAndCall(address,bytes)", TOKEN, data)
    acts = flatten(read(replace(TRANSFER, to=TOKEN, value=0, data=data)))
    assert max(len(act.path) for act in acts) == 9
    assert [act.intent for act in acts if len(act.path) == 9] == [
        Unknown(reason="calls are nested more than 8 deep", selector="0x3659cfe6", is_beyond_bound=True)
    ]


def test_the_largest_calldata_is_decoded_without_recursion() -> None:
    data = TRANSFERRED[:4] + bytes(128 * 1024 - 4)
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(400)
        assert isinstance(decode(replace(TRANSFER, data=data)), Transfer)
    finally:
        sys.setrecursionlimit(limit)


BATCH = "0d58b1db"
"""Permit2's transferFrom of an array."""


@pytest.mark.parametrize(
    "arguments",
    [
        # An array of 2^255 items, and one whose offset is as far away.
        (32).to_bytes(32, "big") + (2**255).to_bytes(32, "big"),
        (2**255).to_bytes(32, "big"),
        # As many items as the data could hold, and as many as it says it does.
        (32).to_bytes(32, "big") + (4096).to_bytes(32, "big") + bytes(128 * 1024 - 68),
        (32).to_bytes(32, "big") + (1023).to_bytes(32, "big") + bytes(128 * 1024 - 68),
    ],
)
def test_a_length_that_no_data_bears_out_is_unknown(arguments: bytes) -> None:
    intent = decode(replace(TRANSFER, data=bytes.fromhex(BATCH) + arguments))
    assert isinstance(intent, Unknown)
    assert intent.reason.startswith("transferFrom((address,address,uint160,address)[]): ")


@settings(max_examples=300)
@given(st.binary(max_size=200), st.sampled_from([None, FRIEND]), st.sampled_from([0, 1]))
def test_no_calldata_makes_decoding_raise(data: bytes, to: object, value: int) -> None:
    assert decode(replace(TRANSFER, data=data, to=to, value=value)) is not None
