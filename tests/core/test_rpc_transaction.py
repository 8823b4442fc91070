from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.core.request import LegacyFee, MarketFee, TransactionRequest
from guard.core.rpc_transaction import parse_transaction, transaction_object
from guard.core.rpc_values import parse_data
from guard.core.rules.examples import FRIEND, SENDER
from guard.errors import InvalidAddress, InvalidRequest
from tests.core.strategies import requests

FROM = {"from": SENDER}
SEND = {"from": SENDER, "to": FRIEND, "value": "0x1"}


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
        ({"type": "0x2"}, "says type 2, and its fees are not of that type"),
        ({"type": "0x2", "gasPrice": "0x1"}, "says type 2, and its fees are not of that type"),
        ({"type": "0x0", "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x1"}, "says type 0"),
        ({"type": "0x1", "gasPrice": "0x1"}, "says type 1"),
        ({"type": "0x3", "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x1"}, "says type 3"),
        ({"type": "0x4", "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x1"}, "says type 4"),
        ({"accessList": [{"address": FRIEND, "storageKeys": []}]}, "access lists are not supported"),
        ({"authorizationList": []}, "fields that are not understood: authorizationList"),
        ({"gasLimit": "0x1"}, "fields that are not understood: gasLimit"),
        ({"Value": "0x1", "\x1b": "0x1"}, "fields that are not understood: Value, \\x1b"),
        ({"from": None}, "from cannot be None"),
        ({"from": 1}, "from cannot be 1"),
        ({"to": 0}, "to cannot be 0"),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_refused(change: dict[str, Any], message: str) -> None:
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


@given(st.binary(max_size=40))
def test_calldata_is_read_as_it_is_written(data: bytes) -> None:
    assert parse_data("0x" + data.hex(), "data") == data
    assert parse_data("0x" + data.hex().upper(), "data") == data
