from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.core.rules.examples import FRIEND, SENDER, STRANGER
from guard.core.signature_document import (
    METHODS,
    canonical_text,
    parse_signature,
    parse_signature_call,
    signature_object,
)
from guard.core.signature_request import BareHash, Content, Delegation, PersonalMessage, SignatureRequest
from guard.core.typed_data import parse_typed_data
from guard.errors import CallerError, InvalidRequest
from tests.core.typed_documents import mail, one_member

HASH = "0x" + "11" * 32
TYPED = parse_typed_data(mail())
DELEGATION = Delegation(chain_id=0, delegate=STRANGER, nonce=2**64 - 1)
contents: st.SearchStrategy[Content] = (
    st.sampled_from([TYPED, DELEGATION, parse_typed_data(one_member("int8[]", [-1, 2]))])
    | st.binary(max_size=99).map(lambda data: PersonalMessage(data=data))
    | st.binary(min_size=32, max_size=32).map(lambda data: BareHash(data=data))
)


@given(contents, st.none() | st.integers(0, 2**256 - 1))
def test_a_document_is_read_back_to_an_equal_request(content: Content, chain_id: int | None) -> None:
    request = SignatureRequest(sender=SENDER, content=content, chain_id=chain_id)
    assert parse_signature(signature_object(request)) == request
    text = canonical_text(request)
    assert parse_signature(json.loads(text)) == request
    assert canonical_text(parse_signature(json.loads(text))) == text


MESSAGE: dict[str, Any] = {"from": SENDER, "message": "0x00"}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"from": SENDER},
        {"message": "0x00"},
        {**MESSAGE, "hash": HASH},
        {**MESSAGE, "more": 1},
        {**MESSAGE, "from": 1},
        {**MESSAGE, "from": "0x1"},
        {**MESSAGE, "chainId": 1},
        {**MESSAGE, "chainId": "01"},
        {**MESSAGE, "chainId": "0x1"},
        {**MESSAGE, "message": "hello"},
        {"from": SENDER, "hash": "0x00"},
        {"from": SENDER, "hash": None},
        {"from": SENDER, "typedData": {}},
        {"from": SENDER, "delegation": {}},
        {"from": SENDER, "delegation": None},
        {"from": SENDER, "delegation": {"chainId": "1", "address": "0x1", "nonce": "0"}},
        {"from": SENDER, "delegation": {"chainId": "1", "address": SENDER, "nonce": 0}},
    ],
)
def test_any_other_document_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(CallerError):
        parse_signature(document)


ASKED: dict[str, tuple[str, list[Any], Content]] = {
    "typed data": ("eth_signTypedData_v4", [SENDER, mail()], TYPED),
    "typed data as text": ("eth_signTypedData_v4", [SENDER, json.dumps(mail())], TYPED),
    "version 3": ("eth_signTypedData_v3", [SENDER, mail()], TYPED),
    "no version": ("eth_signTypedData", [SENDER, mail()], TYPED),
    "text": ("personal_sign", ["0x6869", SENDER], PersonalMessage(data=b"hi")),
    "text, the other way round": ("personal_sign", [SENDER, "0x6869"], PersonalMessage(data=b"hi")),
    "hash": ("eth_sign", [SENDER, HASH], BareHash(data=b"\x11" * 32)),
}


@pytest.mark.parametrize(("method", "parameters", "content"), ASKED.values(), ids=ASKED)
def test_what_sites_ask_wallets_for_is_read(method: str, parameters: list[Any], content: Content) -> None:
    assert method in METHODS
    assert parse_signature_call(method, parameters) == SignatureRequest(sender=SENDER, content=content)
    assert parse_signature_call(method, parameters, chain_id=5).chain_id == 5


@pytest.mark.parametrize(
    ("method", "parameters", "told"),
    [
        ("eth_sendTransaction", [SENDER, {}], "asks for no signature that is known here"),
        ("eth_signTypedData_v4", [SENDER], "with 1 parameters"),
        ("eth_signTypedData_v4", [SENDER, mail(), 1], "with 3 parameters"),
        ("eth_signTypedData_v4", [SENDER, 5], "typed data"),
        ("eth_signTypedData_v4", [5, mail()], "the account"),
        ("eth_signTypedData_v1", [SENDER, mail()], "version 1 of eth_signTypedData"),
        ("eth_signTypedData", [SENDER, []], "version 1 of eth_signTypedData"),
        ("eth_signTypedData_v3", [SENDER, one_member("uint8[]", [1])], "version 3 does not know"),
        ("personal_sign", [SENDER, FRIEND], "names two accounts"),
        ("personal_sign", ["hello", SENDER], "the message"),
        ("personal_sign", ["0x6869", "0x6869"], "not an address"),
        ("eth_sign", [SENDER, "0x11"], "the hash cannot be"),
    ],
)
def test_what_may_be_read_in_two_ways_is_refused(method: str, parameters: list[Any], told: str) -> None:
    with pytest.raises(CallerError) as caught:
        parse_signature_call(method, parameters)
    assert told in caught.value.message


def test_d11_a_bare_hash_and_an_authorization_alone_are_never_signed() -> None:
    from guard.core.signature_request import hash_to_sign

    for content in (BareHash(data=b"\x11" * 32), DELEGATION):
        with pytest.raises(InvalidRequest, match="is never signed here"):
            hash_to_sign(SignatureRequest(sender=SENDER, content=content))
    for signable in (TYPED, PersonalMessage(data=b"hi")):
        request = SignatureRequest(sender=SENDER, content=signable)
        assert hash_to_sign(request) == signable.signing_hash
