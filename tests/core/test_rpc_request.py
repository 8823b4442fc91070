from __future__ import annotations

import json
from typing import Any

import pytest

from guard.core.authorization import Delegation
from guard.core.rpc_bundle import parse_bundle
from guard.core.rpc_request import METHODS, parse_request
from guard.core.rpc_transaction import transaction_object
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TRANSFER
from guard.core.signature_request import BareHash, PersonalMessage, SignatureRequest
from guard.core.signed import decode_signed
from guard.core.typed_data import parse_typed_data
from guard.errors import CallerError, InvalidAddress, InvalidRequest
from tests.core.test_rpc_bundle import BUNDLE
from tests.core.typed_documents import mail, one_member
from tests.core.values import RAW_MARKET

HASH = "0x" + "ab" * 32
AUTHORIZATION: dict[str, Any] = {"from": SENDER, "address": FRIEND, "chainId": "0x0", "nonce": "0x7"}


def asked(method: str, *parameters: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}


def message(data: bytes) -> SignatureRequest:
    return SignatureRequest(sender=SENDER, content=PersonalMessage(data=data))


@pytest.mark.parametrize("method", ["eth_sendTransaction", "eth_signTransaction"])
@pytest.mark.parametrize("rest", [[], ["latest"], ["pending"]])
def test_a_transaction_is_read_with_or_without_a_block(method: str, rest: list[str]) -> None:
    assert parse_request(asked(method, transaction_object(TRANSFER), *rest)) == TRANSFER


def test_signed_bytes_are_left_to_be_attributed() -> None:
    assert parse_request(asked("eth_sendRawTransaction", "0x" + RAW_MARKET.hex())) == decode_signed(
        RAW_MARKET
    )


def test_a_bundle_is_read() -> None:
    assert parse_request(asked("wallet_sendCalls", BUNDLE)) == parse_bundle(BUNDLE)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("0x", b""),
        ("0x68656c6C6f", b"hello"),
        ("hello", b"hello"),
        ("deadbeef", b"deadbeef"),
        ("", b""),
        ("h\u00e9", b"h\xc3\xa9"),
        (HASH, b"\xab" * 32),
    ],
)
def test_a_message_and_an_account_are_told_apart_in_both_orders(text: str, data: bytes) -> None:
    assert parse_request(asked("personal_sign", text, SENDER)) == message(data)
    assert parse_request(asked("personal_sign", SENDER.lower(), text)) == message(data)


def test_a_bare_hash_is_read() -> None:
    content = BareHash(data=b"\xab" * 32)
    assert parse_request(asked("eth_sign", SENDER, HASH)) == SignatureRequest(sender=SENDER, content=content)


@pytest.mark.parametrize(
    "named", [{}, {"contractAddress": FRIEND.lower()}, {"contractAddress": FRIEND, "address": FRIEND}]
)
def test_an_authorization_is_read_under_both_names_of_the_delegate(named: dict[str, Any]) -> None:
    fields = (
        AUTHORIZATION
        if not named
        else {**{k: v for k, v in AUTHORIZATION.items() if k != "address"}, **named}
    )
    assert parse_request(asked("wallet_signAuthorization", fields)) == SignatureRequest(
        sender=SENDER, content=Delegation(chain_id=0, delegate=FRIEND, nonce=7)
    )


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({}, "no params"),
        ({"method": "eth_sign"}, "no params"),
        ({"method": "eth_sign", "params": []}, "no params"),
        ({"method": "eth_sign", "params": {"0": SENDER}}, "no params"),
        ({"method": "eth_sign", "params": "0x"}, "no params"),
        ({"method": 5, "params": [1]}, "'5' cannot be read"),
        ({"params": [1]}, "'None' cannot be read"),
        (asked("eth_signTypedData_v9", 1), "cannot be read by this version"),
        (asked("ETH_SIGN", 1), "cannot be read by this version"),
        (asked("eth_sign ", 1), "cannot be read by this version"),
        (asked("eth_\u0455ign", 1), "cannot be read by this version"),
        (asked("eth_sign\x00", 1), "'eth_sign\\x00' cannot be read"),
        (asked("eth_sendBundle", {}), "cannot be read by this version"),
        (asked("eth_sign", SENDER, HASH) | {"chainId": "0x1"}, "not understood: chainId"),
        (asked("eth_sendTransaction", {}, "soon"), "2 params, and only the first"),
        (asked("eth_sendTransaction", {}, "latest", {}), "3 params, and only the first"),
        (asked("eth_sendTransaction", "0x"), "the parameter cannot be '0x'"),
        (asked("eth_sendRawTransaction", "0x", "latest"), "2 params, and only the first"),
        (asked("eth_sendRawTransaction", {}), "the signed bytes cannot be {}"),
        (asked("eth_sendRawTransaction", "0x1"), "the signed bytes cannot be '0x1'"),
        (asked("wallet_sendCalls", []), "the parameter cannot be []"),
        (asked("wallet_sendCalls", BUNDLE, BUNDLE), "2 params, and only the first"),
        (asked("personal_sign", "0x"), "1 params, and two are understood"),
        (asked("personal_sign", "0x", SENDER, "password"), "3 params, and two are understood"),
        (asked("personal_sign", FRIEND, SENDER), "which parameter is the message"),
        (asked("personal_sign", "hello", "world"), "which parameter is the message"),
        (asked("personal_sign", "0x1", SENDER), "the message cannot be '0x1'"),
        (asked("personal_sign", "0Xab", SENDER), "the message cannot be '0Xab'"),
        (asked("personal_sign", "0xzz", SENDER), "the message cannot be '0xzz'"),
        (asked("personal_sign", 5, SENDER), "the message cannot be 5"),
        (asked("personal_sign", "\ud800", SENDER), "the message cannot be"),
        (asked("eth_sign", HASH, SENDER), "the hash cannot be"),
        (asked("eth_sign", 5, HASH), "the account cannot be 5"),
        (asked("eth_sign", SENDER, "0x" + "ab" * 31), "the hash cannot be"),
        (asked("eth_sign", SENDER, "hello"), "the hash cannot be 'hello'"),
        (asked("wallet_signAuthorization", AUTHORIZATION | {"address": None}), "address cannot be None"),
        (
            asked("wallet_signAuthorization", AUTHORIZATION | {"contractAddress": STRANGER}),
            "no delegate, or two",
        ),
        (asked("wallet_signAuthorization", {"from": SENDER}), "no delegate, or two"),
        (asked("wallet_signAuthorization", AUTHORIZATION | {"nonce": None}), "nonce cannot be None"),
        (asked("wallet_signAuthorization", AUTHORIZATION | {"chainId": 1}), "chainId cannot be 1"),
        (asked("wallet_signAuthorization", AUTHORIZATION | {"from": None}), "from cannot be None"),
        (asked("wallet_signAuthorization", AUTHORIZATION | {"v": 1}), "not understood: v"),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_refused(document: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_request(document)
    assert problem in caught.value.message


@pytest.mark.parametrize("method", ["personal_sign", "eth_sign"])
def test_an_account_with_a_wrong_checksum_is_refused(method: str) -> None:

    wrong = SENDER.replace("d8dA", "D8dA")

    with pytest.raises(InvalidAddress):
        parse_request(asked(method, wrong, HASH))


def test_every_method_signs_or_sends_and_is_named_in_the_hint() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_request(asked("eth_call", {}))
    assert all(method in caught.value.hint for method in METHODS)


@pytest.mark.parametrize("document", [mail(), json.dumps(mail())], ids=["an object", "its text"])
@pytest.mark.parametrize("method", ["eth_signTypedData", "eth_signTypedData_v3", "eth_signTypedData_v4"])
def test_typed_data_is_read_as_an_object_and_as_its_text(method: str, document: object) -> None:
    assert parse_request(asked(method, SENDER, document)) == SignatureRequest(
        sender=SENDER, content=parse_typed_data(mail())
    )


@pytest.mark.parametrize(
    ("method", "parameters", "told"),
    [
        ("eth_signTypedData_v4", [SENDER], "has 1 params"),
        ("eth_signTypedData_v4", [SENDER, mail(), 1], "has 3 params"),
        ("eth_signTypedData_v4", [SENDER, 5], "the typed data cannot be 5"),
        ("eth_signTypedData_v4", [5, mail()], "the account cannot be 5"),
        ("eth_signTypedData_v4", [mail(), SENDER], "not JSON"),
        ("eth_signTypedData_v1", [[], SENDER], "version 1 of eth_signTypedData"),
        ("eth_signTypedData_v1", [SENDER, []], "version 1 of eth_signTypedData"),
        ("eth_signTypedData_v1", [SENDER, mail()], "the typed data cannot be"),
        ("eth_signTypedData", [SENDER, []], "version 1 of eth_signTypedData"),
        ("eth_signTypedData_v3", [SENDER, one_member("uint8[]", [1])], "version 3 does not know"),
    ],
)
def test_typed_data_that_may_be_read_in_two_ways_is_refused(
    method: str, parameters: list[object], told: str
) -> None:
    with pytest.raises(CallerError) as caught:
        parse_request(asked(method, *parameters))
    assert told in caught.value.message
