"""Calls are read from a copy that nobody can change, and answers strictly."""

from __future__ import annotations

from typing import Any

import pytest
from hexbytes import HexBytes
from web3._utils.rpc_abi import RPC
from web3.datastructures import AttributeDict

from guard.core.request import TransactionRequest
from guard.core.rpc_methods import MethodKind, kind_of
from guard.core.signature import encode_signature
from guard.errors import InvalidRequest, NodeError
from guard.middleware import reading
from guard.middleware.reading import is_reviewed
from tests.adapters.values import SIGNER, request, signed

HASH = "0x" + "ab" * 32


def described(of: TransactionRequest, **changes: Any) -> dict[str, Any]:
    """Return a payment as nodes describe it."""
    parts = signed(of).signature
    fields = {
        "from": of.sender,
        "to": of.to,
        "value": hex(of.value),
        "input": "0x" + of.data.hex(),
        "nonce": hex(of.nonce or 0),
        "r": hex(parts.r),
        "s": hex(parts.s),
        "v": hex(parts.y_parity),
        "yParity": hex(parts.y_parity),
        "gasPrice": "0x1",
    }
    return {**fields, **changes}


def test_every_method_that_web3_names_is_known() -> None:
    """What web3.py has a method for must not be refused for being unknown."""
    names = {name for key, name in vars(RPC).items() if not key.startswith("_")}
    assert {name for name in names if kind_of(name) is MethodKind.UNKNOWN} == set()
    assert {name for name in names if is_reviewed(name)} == {
        "eth_sendRawTransaction",
        "eth_sendTransaction",
        "eth_sign",
        "eth_signTransaction",
        "eth_signTypedData",
    }


def test_a_snapshot_shares_nothing_with_what_the_caller_holds() -> None:
    payment = {"to": "0x" + "aa" * 20, "data": HexBytes("0x01")}
    copied = reading.snapshot((payment, AttributeDict({"a": b"\x02"})))
    payment["to"] = "0x" + "bb" * 20
    assert copied == [{"to": "0x" + "aa" * 20, "data": "0x01"}, {"a": "0x02"}]
    assert reading.snapshot(None) == []


@pytest.mark.parametrize("parameters", [[object()], [{1, 2}], {"a": 1}, "0x"])
def test_what_json_cannot_hold_or_is_no_list_is_refused(parameters: object) -> None:
    with pytest.raises(InvalidRequest):
        reading.snapshot(parameters)


def test_a_loop_in_the_parameters_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(InvalidRequest, match="cannot be written as JSON"):
        reading.snapshot(loop)


@pytest.mark.parametrize("value", [True, -1, 1.0, None])
def test_numbers_that_are_no_quantities_stay_what_they_are(value: object) -> None:
    transaction = {"from": SIGNER.address, "to": SIGNER.address, "value": value}
    if value is None:
        asked = reading.read_call("eth_sendTransaction", [transaction])
        assert isinstance(asked, TransactionRequest)
        assert asked.value == 0
    else:
        with pytest.raises(InvalidRequest):
            reading.read_call("eth_sendTransaction", [transaction])


@pytest.mark.parametrize("result", [HASH, HASH.upper().replace("0X", "0x"), bytes.fromhex(HASH[2:])])
def test_a_hash_is_read_in_each_form_that_providers_give(result: object) -> None:
    assert reading.hash_in({"result": result}) == HASH


@pytest.mark.parametrize("result", [None, "", "0x", HASH[:-1], 7, [HASH]])
def test_what_is_no_hash_is_no_answer(result: object) -> None:
    with pytest.raises(NodeError, match="answered what cannot be read"):
        reading.hash_in({"result": result})


def test_signed_bytes_are_read_alone_or_beside_their_fields() -> None:
    expected = signed(request())
    raw = "0x" + expected.raw.hex()
    assert (
        reading.signed_in({"result": raw})
        == reading.signed_in({"result": {"raw": raw, "tx": {}}})
        == expected
    )


def test_a_signature_may_end_in_zero_or_one() -> None:
    raw = encode_signature(signed(request()).signature)
    short = raw[:-1] + bytes([raw[-1] - 27])
    assert reading.signature_in({"result": "0x" + raw.hex()}) == raw
    assert reading.signature_in({"result": short}) == raw


@pytest.mark.parametrize("result", [None, "0x1", "hello", 5])
def test_what_is_no_signature_is_no_answer(result: object) -> None:
    with pytest.raises(NodeError):
        reading.signature_in({"result": result})


def test_bytes_are_made_again_from_the_signature_that_a_node_tells() -> None:
    expected = signed(request())
    parity = expected.signature.y_parity
    for changes in ({}, {"yParity": hex(27 + parity)}, {"yParity": 35 + 2 + parity}):
        assert reading.mined_form(described(request(), **changes), request()) == expected


@pytest.mark.parametrize("description", [None, [], {}, {"r": "0x1"}])
def test_without_a_signature_there_are_no_bytes(description: object) -> None:
    with pytest.raises(NodeError):
        reading.mined_form(description, request())


def test_another_payment_is_told_from_the_same() -> None:
    assert not reading.differs(described(request()), request())
    assert not reading.differs(None, request())
    for change in (
        {"to": SIGNER.address},
        {"value": "0x1"},
        {"input": "0x01"},
        {"nonce": "0x63"},
        {"value": "x"},
    ):
        assert reading.differs(described(request(), **change), request())


def test_a_nodes_words_are_read_from_each_form_of_an_error() -> None:
    assert reading.refusal_words({"result": 1}) is None
    assert reading.refusal_words({"error": None}) is None
    assert reading.refusal_words({"error": {"message": "already known"}}) == "already known"
    assert reading.refusal_words({"error": {}}) == "no reason"
    assert reading.refusal_words({"error": "no"}) == "no"
