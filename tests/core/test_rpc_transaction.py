from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from guard.core.access_list import AccessEntry
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.request import LegacyFee, MarketFee, TransactionRequest
from guard.core.rpc_transaction import parse_transaction, transaction_object
from guard.core.rules.examples import FRIEND, SENDER
from guard.core.signature import Signature
from guard.errors import InvalidAddress, InvalidRequest
from tests.core.strategies import requests

FROM = {"from": SENDER}
SEND = {"from": SENDER, "to": FRIEND, "value": "0x1"}

TUPLE: dict[str, Any] = {
    "chainId": "0x0",
    "address": FRIEND,
    "nonce": "0x1",
    "yParity": "0x0",
    "r": "0x1",
    "s": "0x1",
}
SET_CODE: dict[str, Any] = {"authorizationList": [TUPLE]}


@given(requests())
def test_a_request_is_read_back_from_what_json_rpc_writes(request: TransactionRequest) -> None:
    assert parse_transaction(transaction_object(request)) == request


def test_every_field_of_a_transaction_object_is_read() -> None:
    written = {
        "from": SENDER.lower(),
        "to": FRIEND.lower(),
        "value": "0x10",
        "data": "0xABcd",
        "chainId": "0x1",
        "nonce": "0x0",
        "gas": "0x5208",
        "maxFeePerGas": "0x2",
        "maxPriorityFeePerGas": "0x1",
        "type": "0x2",
        "accessList": [],
    }
    assert parse_transaction(written) == TransactionRequest(
        sender=SENDER,
        to=FRIEND,
        value=16,
        data=b"\xab\xcd",
        chain_id=1,
        nonce=0,
        gas_limit=21_000,
        fee=MarketFee(max_fee_per_gas=2, max_priority_fee_per_gas=1),
    )


def test_what_is_left_out_or_null_stays_untold() -> None:
    nulls = dict.fromkeys(("to", "value", "data", "input", "chainId", "nonce", "gas", "gasPrice"))
    assert parse_transaction(FROM) == parse_transaction(FROM | nulls)
    assert parse_transaction(FROM) == TransactionRequest(sender=SENDER, to=None)


def test_type_0_belongs_to_a_gas_price() -> None:
    request = parse_transaction(SEND | {"gasPrice": "0x5", "type": "0x0"})
    assert request.fee == LegacyFee(gas_price=5)


@pytest.mark.parametrize("listed", [{"type": "0x1"}, {"accessList": []}, {"type": "0x1", "accessList": []}])
def test_a_gas_price_with_a_list_or_the_type_of_one_is_type_1_though_the_list_be_empty(
    listed: dict[str, Any],
) -> None:
    request = parse_transaction(SEND | {"gasPrice": "0x5"} | listed)
    assert (request.type_byte, request.has_empty_access_list) == (1, True)
    assert parse_transaction(transaction_object(request)) == request


def test_an_empty_list_beside_two_prices_or_none_changes_nothing() -> None:
    assert parse_transaction(SEND | {"accessList": []}) == parse_transaction(SEND)
    prices = SEND | {"maxFeePerGas": "0x2", "maxPriorityFeePerGas": "0x1"}
    assert parse_transaction(prices | {"accessList": []}) == parse_transaction(prices)


def test_every_field_of_the_newer_types_is_read() -> None:
    key = "0x" + "01" * 32
    shared = {"accessList": [{"address": FRIEND.lower(), "storageKeys": [key]}]}
    request = parse_transaction(SEND | shared | SET_CODE | {"type": "0x4"})
    assert request == TransactionRequest(
        sender=SENDER,
        to=FRIEND,
        value=1,
        access_list=(AccessEntry(address=FRIEND, storage_keys=(b"\x01" * 32,)),),
        authorizations=(
            SignedAuthorization(
                delegation=Delegation(chain_id=0, delegate=FRIEND, nonce=1),
                signature=Signature(y_parity=0, r=1, s=1),
            ),
        ),
    )
    blobs = parse_transaction(SEND | {"type": "0x3", "blobVersionedHashes": [key], "maxFeePerBlobGas": "0x7"})
    assert (blobs.blob_versioned_hashes, blobs.max_fee_per_blob_gas) == ((b"\x01" * 32,), 7)


@pytest.mark.parametrize(
    "calldata",
    [{"data": "0x01"}, {"input": "0x01"}, {"data": "0x01", "input": "0x01"}, {"data": None, "input": "0x01"}],
)
def test_data_and_input_are_two_names_of_one_field(calldata: dict[str, Any]) -> None:
    assert parse_transaction(SEND | calldata).data == b"\x01"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": "0x01", "input": "0x02"}, "`data` and `input` differ"),
        ({"data": "0x", "input": "0x02"}, "`data` and `input` differ"),
        ({"data": "0x1"}, "data cannot be '0x1'"),
        ({"data": "0x95ea7b3"}, "data cannot be '0x95ea7b3'"),
        ({"data": "01"}, "data cannot be '01'"),
        ({"data": "0X01"}, "data cannot be '0X01'"),
        ({"data": "0x0g"}, "data cannot be '0x0g'"),
        ({"data": "0x01\n"}, "data cannot be '0x01"),
        ({"data": 1}, "data cannot be 1"),
        ({"input": []}, "input cannot be []"),
        ({"value": "ffffffffffffff"}, "value cannot be 'ffffffffffffff'"),
        ({"value": "0x_ff"}, "value cannot be '0x_ff'"),
        ({"value": " 0x1 "}, "value cannot be ' 0x1 '"),
        ({"value": "-0x1"}, "value cannot be '-0x1'"),
        ({"value": "0x"}, "value cannot be '0x'"),
        ({"value": "0x00"}, "value cannot be '0x00'"),
        ({"value": "0x01"}, "value cannot be '0x01'"),
        ({"value": "0X1"}, "value cannot be '0X1'"),
        ({"value": "0x1\n"}, "value cannot be '0x1"),
        ({"value": "0x" + "f" * 65}, "value cannot be '0xfff"),
        ({"value": 1}, "value cannot be 1"),
        ({"value": True}, "value cannot be True"),
        ({"value": "0x１"}, "value cannot be '0x１'"),
        ({"chainId": "0x0"}, "chain id cannot be 0"),
        ({"chainId": "0x0001"}, "chainId cannot be '0x0001'"),
        ({"nonce": "0x8000000000000000"}, "nonce cannot be 9223372036854775808"),
        ({"gas": "0x0"}, "gas limit cannot be 0"),
        ({"gasPrice": "0x1", "maxFeePerGas": "0x1"}, "has both gasPrice and maxFeePerGas"),
        ({"gasPrice": "0x1", "maxPriorityFeePerGas": "0x1"}, "has both gasPrice and maxFeePerGas"),
        ({"maxFeePerGas": "0x1"}, "has only one of maxFeePerGas and maxPriorityFeePerGas"),
        ({"maxPriorityFeePerGas": "0x1"}, "has only one of maxFeePerGas and maxPriorityFeePerGas"),
        ({"maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x2"}, "the priority fee, 2 wei, is above"),
        ({"type": "0x2"}, "says type 2, and its fields are not of that type"),
        ({"type": "0x2", "gasPrice": "0x1"}, "says type 2, and its fields are not of that type"),
        ({"type": "0x0", "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x1"}, "says type 0"),
        ({"type": "0x1"}, "says type 1"),
        ({"type": "0x1", "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x1"}, "says type 1"),
        ({"type": "0x0", "gasPrice": "0x1", "accessList": []}, "says type 0"),
        ({"type": "0x2", **SET_CODE}, "says type 2"),
        ({"type": "0x5", "gasPrice": "0x1"}, "says type 5"),
        ({"accessList": {}}, "accessList cannot be {}"),
        ({"accessList": "0x"}, "accessList cannot be '0x'"),
        ({"accessList": [[]]}, "accessList cannot be []"),
        ({"accessList": [{"address": FRIEND}]}, "accessList cannot be {"),
        ({"accessList": [{"address": FRIEND, "storageKeys": [], "x": 1}]}, "accessList cannot be {"),
        ({"accessList": [{"address": 1, "storageKeys": []}]}, "the access list's address cannot be 1"),
        ({"accessList": [{"address": FRIEND, "storageKeys": "0x"}]}, "storageKeys cannot be '0x'"),
        ({"accessList": [{"address": FRIEND, "storageKeys": {}}]}, "storageKeys cannot be {}"),
        ({"accessList": [{"address": FRIEND, "storageKeys": ["0x0"]}]}, "storageKeys cannot be '0x0'"),
        ({"accessList": [{"address": FRIEND, "storageKeys": ["0x00"]}]}, "the access list's storage key"),
        ({"authorizationList": []}, "authorizationList cannot be []"),
        ({"authorizationList": {}}, "authorizationList cannot be {}"),
        ({"authorizationList": [TUPLE | {"v": "0x1b"}]}, "authorizationList cannot be {"),
        ({"authorizationList": [TUPLE | {"nonce": None}]}, "nonce cannot be None"),
        ({"authorizationList": [TUPLE | {"chainId": "0x01"}]}, "chainId cannot be '0x01'"),
        ({"authorizationList": [TUPLE | {"yParity": "0x2"}]}, "parity is not 0 or 1"),
        ({"authorizationList": [TUPLE | {"s": "0x0"}]}, "not in its canonical range"),
        (SET_CODE | {"gasPrice": "0x1"}, "and this one has a gas price"),
        (SET_CODE | {"to": None}, "cannot create a contract"),
        ({"blobVersionedHashes": []}, "blobVersionedHashes cannot be []"),
        ({"blobVersionedHashes": "0x"}, "blobVersionedHashes cannot be '0x'"),
        ({"blobVersionedHashes": {"0x": 1}}, "blobVersionedHashes cannot be {"),
        ({"blobVersionedHashes": ["0x1"]}, "blobVersionedHashes cannot be '0x1'"),
        ({"blobVersionedHashes": ["0x00"]}, "blob hash cannot be"),
        ({"maxFeePerBlobGas": "0x1"}, "has a blob fee and no blobs"),
        ({"blobs": ["0x00"]}, "fields that are not understood: blobs"),
        ({"type": "0x3", "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x1"}, "says type 3"),
        ({"type": "0x4", "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x1"}, "says type 4"),
        ({"gasLimit": "0x1"}, "fields that are not understood: gasLimit"),
        ({"Value": "0x1", "\x1b": "0x1"}, "fields that are not understood: Value, \\x1b"),
        ({"from": None}, "from cannot be None"),
        ({"from": 1}, "from cannot be 1"),
        ({"to": 0}, "to cannot be 0"),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_refused(change: dict[str, Any], message: str) -> None:
    """D1 D2 D5: in transaction objects."""
    with pytest.raises(InvalidRequest) as caught:
        parse_transaction(SEND | change)
    assert message in caught.value.message


@pytest.mark.parametrize("to", ["", "0x", "vitalik.eth", FRIEND[:-2], FRIEND.swapcase()])
def test_an_address_that_cannot_be_read_is_refused_and_is_no_creation(to: str) -> None:
    with pytest.raises(InvalidAddress):
        parse_transaction(SEND | {"to": to})


def test_without_a_sender_nothing_is_read() -> None:
    with pytest.raises(InvalidRequest, match="no `from`"):
        parse_transaction({"to": FRIEND})


def test_an_authorization_that_the_wallet_is_to_sign_itself_is_refused_by_its_code() -> None:
    unsigned = {"chainId": "0x0", "address": FRIEND, "nonce": "0x1"}
    asked = {"from": SENDER, "to": SENDER, "type": "0x4", "authorizationList": [unsigned]}
    with pytest.raises(InvalidRequest) as caught:
        parse_transaction(asked)
    assert caught.value.message == (
        f"it asks for an authorization by which the account runs the code of {FRIEND} (EIP-7702)"
    )
    for other in ([{"chainId": "0x0"}], ["0x"], "0x", 5):
        with pytest.raises(InvalidRequest, match="authorizationList"):
            parse_transaction({**asked, "authorizationList": other})
