from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.core.authorization import Delegation
from guard.core.rules.examples import SENDER, STRANGER
from guard.core.signature_document import (
    canonical_text,
    parse_signature,
    signature_object,
)
from guard.core.signature_request import BareHash, Content, PersonalMessage, SignatureRequest
from guard.core.typed_data import parse_typed_data
from guard.errors import CallerError, InvalidRequest
from tests.core.typed_documents import mail, one_member

HASH = "0x" + "11" * 32
TYPED = parse_typed_data(mail())
DELEGATION = Delegation(chain_id=0, delegate=STRANGER, nonce=2**63 - 1)
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


def test_d11_a_bare_hash_and_an_authorization_alone_are_never_signed() -> None:
    from guard.core.signature_request import hash_to_sign

    for content in (BareHash(data=b"\x11" * 32), DELEGATION):
        with pytest.raises(InvalidRequest, match="is never signed here"):
            hash_to_sign(SignatureRequest(sender=SENDER, content=content))
    for signable in (TYPED, PersonalMessage(data=b"hi")):
        request = SignatureRequest(sender=SENDER, content=signable)
        assert hash_to_sign(request) == signable.signing_hash
