"""A whole JSON-RPC request of any method that signs or sends, read in exactly one way or refused.

What belongs here: the table of methods, and the order of their parameters. What must not: what any request
does, or recovering the sender of signed bytes; that is a port's work.

Sources: https://ethereum.github.io/execution-apis/ (eth_*), https://eips.ethereum.org/EIPS/eip-5792
(wallet_sendCalls), https://geth.ethereum.org/docs/interacting-with-geth/rpc/ns-personal (personal_sign),
https://eips.ethereum.org/EIPS/eip-712 (eth_signTypedData),
https://eips.ethereum.org/EIPS/eip-7702 (the authorization; no standard names a method for it yet, and
`wallet_signAuthorization` takes the fields that viem gives it)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from guard.core.authorization import Delegation
from guard.core.fields import wrong_field
from guard.core.rpc_bundle import parse_bundle
from guard.core.rpc_transaction import parse_transaction
from guard.core.rpc_values import check_names, needed_quantity, parse_address, parse_data
from guard.core.signature_request import BareHash, PersonalMessage, SignatureRequest
from guard.core.signed import SignedTransaction, decode_signed
from guard.core.subject import Request
from guard.core.text import escape_untrusted
from guard.core.typed_data import parse_typed_data
from guard.errors import InvalidRequest

Reviewable: TypeAlias = Request | SignedTransaction
"""What a request asks for; of signed bytes the sender is still to be recovered."""

_Reader: TypeAlias = Callable[[Sequence[object]], Reviewable]

_REQUEST_FIELDS = frozenset({"jsonrpc", "id", "method", "params"})
_AUTHORIZATION_FIELDS = frozenset({"from", "address", "contractAddress", "chainId", "nonce"})
_BLOCK_TAGS = ("latest", "pending", "earliest", "safe", "finalized")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_HASH_SIZE = 32


def parse_request(document: Mapping[str, object]) -> Reviewable:
    """Return what a JSON-RPC request asks to be signed or sent.

    Raises InvalidRequest for a method that METHODS does not name, in exactly that spelling, for parameters
    too many or too few, and for every value that can be read in two ways or in none.
    """
    check_names(document, _REQUEST_FIELDS, "the request")
    method, parameters = document.get("method"), document.get("params")
    if not isinstance(parameters, Sequence) or isinstance(parameters, str) or not parameters:
        raise InvalidRequest("the request has no params", hint="give method and params, as a wallet does")
    reader = METHODS.get(method) if isinstance(method, str) else None
    if reader is None:
        raise InvalidRequest(
            f"the method '{escape_untrusted(str(method), limit=60)}' cannot be read by this version",
            hint=f"these can: {', '.join(METHODS)}",
        )
    return reader(parameters)


def _transaction(parameters: Sequence[object]) -> Reviewable:
    # Some sites name a block after the transaction, which changes nothing of it.
    named_block = len(parameters) == 2 and parameters[1] in _BLOCK_TAGS
    return parse_transaction(_only_object(parameters[:1] if named_block else parameters))


def _raw_transaction(parameters: Sequence[object]) -> Reviewable:
    return decode_signed(parse_data(_only(parameters), "the signed bytes"))


def _calls(parameters: Sequence[object]) -> Reviewable:
    return parse_bundle(_only_object(parameters))


def _personal_sign(parameters: Sequence[object]) -> Reviewable:
    """Read data and account, in this order or the other: old libraries swapped them."""
    first, second = _both(parameters)
    if _is_address(first) == _is_address(second):
        raise InvalidRequest(
            "it cannot be told which parameter is the message and which the account",
            hint="give the message first and then the account",
        )
    text, account = (second, first) if _is_address(first) else (first, second)
    return SignatureRequest(
        sender=parse_address(account, "the account"), content=PersonalMessage(data=_message(text))
    )


def _bare_hash(parameters: Sequence[object]) -> Reviewable:
    """Read account and hash. Some nodes put a prefix before what they are given here, others sign it bare."""
    account, text = _both(parameters)
    data = parse_data(text, "the hash")
    if len(data) != _HASH_SIZE:
        raise wrong_field("the hash", text, "32 bytes; a message is signed with personal_sign")
    return SignatureRequest(sender=parse_address(account, "the account"), content=BareHash(data=data))


def _typed_data(version: int) -> _Reader:
    """Return the reader of account and typed data; of the first version it is refused by its name."""

    def read(parameters: Sequence[object]) -> Reviewable:
        account, document = _both(parameters)
        if not isinstance(document, Mapping | Sequence) or (version == 1 and isinstance(document, Mapping)):
            raise wrong_field("the typed data", document, "an object, or its JSON text")
        data = parse_typed_data([] if version == 1 else document, version=version)
        return SignatureRequest(sender=parse_address(account, "the account"), content=data)

    return read


def _authorization(parameters: Sequence[object]) -> Reviewable:
    fields = _only_object(parameters)
    check_names(fields, _AUTHORIZATION_FIELDS, "the authorization")
    delegates = {
        parse_address(fields[name], name) for name in ("address", "contractAddress") if name in fields
    }
    if len(delegates) != 1:
        raise InvalidRequest(
            "the authorization names no delegate, or two", hint="give one address whose code is to run"
        )
    delegation = Delegation(
        chain_id=needed_quantity(fields, "chainId"),
        delegate=delegates.pop(),
        nonce=needed_quantity(fields, "nonce"),
    )
    return SignatureRequest(sender=parse_address(fields.get("from"), "from"), content=delegation)


def _message(text: object) -> bytes:
    """Return the bytes of a message: 0x begins hex digits, and anything else is text, as wallets take it."""
    if not isinstance(text, str):
        raise wrong_field("the message", text, "0x and an even number of hex digits, or a text")
    if text[:2].lower() == "0x":
        return parse_data(text, "the message")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise wrong_field("the message", text, "text in Unicode") from error


def _is_address(parameter: object) -> bool:
    return isinstance(parameter, str) and _ADDRESS.fullmatch(parameter) is not None


def _only(parameters: Sequence[object]) -> object:
    if len(parameters) != 1:
        raise InvalidRequest(
            f"the request has {len(parameters)} params, and only the first is understood",
            hint="nothing is dropped silently: give one at a time",
        )
    return parameters[0]


def _only_object(parameters: Sequence[object]) -> Mapping[str, object]:
    fields = _only(parameters)
    if not isinstance(fields, Mapping):
        raise wrong_field("the parameter", fields, "an object")
    return fields


def _both(parameters: Sequence[object]) -> tuple[object, object]:
    if len(parameters) != 2:
        raise InvalidRequest(
            f"the request has {len(parameters)} params, and two are understood",
            hint="give what is to be signed and the account",
        )
    return parameters[0], parameters[1]


METHODS: Mapping[str, _Reader] = {
    "eth_sendTransaction": _transaction,
    "eth_signTransaction": _transaction,
    "eth_sendRawTransaction": _raw_transaction,
    "wallet_sendCalls": _calls,
    "personal_sign": _personal_sign,
    "eth_sign": _bare_hash,
    "eth_signTypedData": _typed_data(4),
    "eth_signTypedData_v1": _typed_data(1),
    "eth_signTypedData_v3": _typed_data(3),
    "eth_signTypedData_v4": _typed_data(4),
    "wallet_signAuthorization": _authorization,
}
"""Every method that is understood, and how its parameters are read; names are compared as they are."""
