"""A signature before it is made, as JSON: for the journal and for the signer process.

What belongs here: one document, written and read back. What must not: what sites ask wallets for; that is
`rpc_request`'s, nor what a signature does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from guard.core.authorization import Delegation
from guard.core.fields import wrong_field
from guard.core.rpc_values import parse_address, parse_data
from guard.core.signature_request import (
    BareHash,
    Content,
    PersonalMessage,
    SignatureRequest,
)
from guard.core.typed_data import TypedData, parse_typed_data, typed_data_object
from guard.errors import InvalidRequest

_CONTENTS = frozenset({"typedData", "message", "hash", "delegation"})
_WHOLE = re.compile(r"0|[1-9][0-9]{0,77}")
_HASH_SIZE = 32


def signature_object(request: SignatureRequest) -> dict[str, object]:
    """Return `request` as JSON; `parse_signature` reads it back to an equal request."""
    chain = {} if request.chain_id is None else {"chainId": str(request.chain_id)}
    return {"from": request.sender, **chain, **_content_object(request.content)}


def _content_object(content: Content) -> dict[str, object]:
    if isinstance(content, TypedData):
        return {"typedData": typed_data_object(content)}
    if isinstance(content, PersonalMessage):
        return {"message": "0x" + content.data.hex()}
    if isinstance(content, BareHash):
        return {"hash": "0x" + content.data.hex()}
    told = {"chainId": str(content.chain_id), "address": content.delegate, "nonce": str(content.nonce)}
    return {"delegation": told}


def canonical_text(request: SignatureRequest) -> str:
    """Return the one text of this request's document."""
    return json.dumps(signature_object(request), sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def parse_signature(document: Mapping[str, Any]) -> SignatureRequest:
    """Read what `signature_object` wrote; raises a CallerError, such as InvalidRequest, for anything else."""
    told = set(document) & _CONTENTS
    if set(document) - told - {"chainId"} != {"from"} or len(told) != 1:
        raise InvalidRequest("that is not one signature", hint="give from, chainId and one content")
    chain_id = _whole(document["chainId"], "chainId") if "chainId" in document else None
    content = _content(told.pop(), document)
    return SignatureRequest(
        sender=parse_address(document["from"], "from"), content=content, chain_id=chain_id
    )


def _content(name: str, document: Mapping[str, Any]) -> Content:
    told = document[name]
    if name == "typedData":
        return parse_typed_data(told)
    if name == "message":
        return PersonalMessage(data=parse_data(told, "message"))
    if name == "hash":
        return BareHash(data=_hash(told))
    if not isinstance(told, Mapping) or set(told) != {"chainId", "address", "nonce"}:
        raise InvalidRequest("that is not one delegation", hint="give chainId, address and nonce")
    return Delegation(
        chain_id=_whole(told["chainId"], "chainId"),
        delegate=parse_address(told["address"], "address"),
        nonce=_whole(told["nonce"], "nonce"),
    )


def _hash(text: object) -> bytes:
    data = parse_data(text, "the hash")
    if len(data) != _HASH_SIZE:
        raise wrong_field("the hash", text, "0x and 64 hex digits")
    return data


def _whole(text: object, name: str) -> int:
    if not isinstance(text, str) or not _WHOLE.fullmatch(text):
        raise wrong_field(name, text, "decimal digits")
    return int(text)
