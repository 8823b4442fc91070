"""A signature before it is made, as JSON: for the journal, for the signer process, and as wallets ask for it.

What belongs here: reading and writing of documents. What must not: what a signature does.

Sources: https://eips.ethereum.org/EIPS/eip-712 (eth_signTypedData),
https://ethereum.github.io/execution-apis/ (eth_sign), https://eips.ethereum.org/EIPS/eip-191 (personal_sign)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from guard.core.address import Address
from guard.core.request import wrong_field
from guard.core.rpc_transaction import parse_data
from guard.core.signature_request import (
    BareHash,
    Content,
    Delegation,
    PersonalMessage,
    SignatureRequest,
)
from guard.core.text import escape_untrusted
from guard.core.typed_data import TypedData, parse_typed_data, typed_data_object
from guard.errors import InvalidRequest

_TYPED_DATA = {
    "eth_signTypedData": 4,
    "eth_signTypedData_v1": 1,
    "eth_signTypedData_v3": 3,
    "eth_signTypedData_v4": 4,
}
METHODS = frozenset({*_TYPED_DATA, "personal_sign", "eth_sign"})
"""The JSON-RPC methods that ask for a signature which is not a transaction."""

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
    return SignatureRequest(sender=_address(document["from"], "from"), content=content, chain_id=chain_id)


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
        delegate=_address(told["address"], "address"),
        nonce=_whole(told["nonce"], "nonce"),
    )


def parse_signature_call(
    method: str, parameters: Sequence[object], *, chain_id: int | None = None
) -> SignatureRequest:
    """Return the signature that a JSON-RPC request asks a wallet for.

    `chain_id` is the chain that the wallet is on. `personal_sign` names the account after the message, and
    some sites the other way round: where both could be the account, it is refused. Raises InvalidRequest for
    any method but METHODS and for parameters that can be read in more than one way.
    """
    if method not in METHODS or len(parameters) != 2:
        raise InvalidRequest(
            f"'{escape_untrusted(method, limit=60)}' with {len(parameters)} parameters asks for no signature "
            "that is known here",
            hint=f"give one of {', '.join(sorted(METHODS))} with the account and what is signed",
        )
    if method == "personal_sign":
        return _personal_sign(parameters, chain_id)
    sender = _address(parameters[0], "the account")
    content: Content
    if method == "eth_sign":
        content = BareHash(data=_hash(parameters[1]))
    else:
        content = _typed_data(parameters[1], _TYPED_DATA[method])
    return SignatureRequest(sender=sender, content=content, chain_id=chain_id)


def _typed_data(given: object, version: int) -> TypedData:
    if version == 1:
        # Whatever it holds, it is refused by its name.
        given = [given]
    if not isinstance(given, Mapping | Sequence):
        raise wrong_field("typed data", given, "an object, or its JSON text")
    return parse_typed_data(given, version=version)


def _personal_sign(parameters: Sequence[object], chain_id: int | None) -> SignatureRequest:
    message, account = parameters
    if _is_address(message):
        if _is_address(account):
            raise InvalidRequest(
                "personal_sign names two accounts, or an account as the message",
                hint="ask the site to sign a text",
            )
        message, account = account, message
    data = parse_data(message, "the message")
    sender = _address(account, "the account")
    return SignatureRequest(sender=sender, content=PersonalMessage(data=data), chain_id=chain_id)


def _is_address(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"0x[0-9a-fA-F]{40}", value) is not None


def _hash(text: object) -> bytes:
    data = parse_data(text, "the hash")
    if len(data) != _HASH_SIZE:
        raise wrong_field("the hash", text, "0x and 64 hex digits")
    return data


def _whole(text: object, name: str) -> int:
    if not isinstance(text, str) or not _WHOLE.fullmatch(text):
        raise wrong_field(name, text, "decimal digits")
    return int(text)


def _address(text: object, name: str) -> Address:
    if not isinstance(text, str):
        raise wrong_field(name, text, "an address")
    return Address.parse(text)
