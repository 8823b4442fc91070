"""What a call of web3.py asks for, and what a node answers to it, read strictly.

What belongs here: a snapshot of a call's parameters that nobody can change any more, and the reading of
answers. What must not: asking anybody, or writing anything down.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from web3 import Web3
from web3.exceptions import Web3Exception

from guard.core.node_answers import NodeAnswer, read_answer
from guard.core.request import TransactionRequest
from guard.core.rpc_methods import MethodKind, is_named_like_a_read, kind_of, spelled
from guard.core.rpc_request import Reviewable, parse_request
from guard.core.rpc_transaction import parse_transaction
from guard.core.rpc_values import parse_data
from guard.core.signature import Signature
from guard.core.signed import SignedTransaction, decode_signed, encode_signed
from guard.core.text import escape_untrusted
from guard.errors import GuardError, InvalidRequest, NodeError

_DESCRIBED = ("from", "to", "value", "input", "nonce")
_TAKE_TRANSACTIONS = frozenset({"eth_sendTransaction", "eth_signTransaction"})
_UNTOUCHED = frozenset({MethodKind.READS, MethodKind.DEVELOPMENT})


def passes_untouched(method: object) -> bool:
    """Say whether a method signs, sends and changes nothing but a test node.

    One that no table names passes where it is called as questions are: what this process asks, it asks for
    itself.
    """
    return kind_of(method) in _UNTOUCHED or is_named_like_a_read(method)


def is_reviewed(method: object) -> bool:
    """Say whether a method is one that signs or sends and can be read."""
    return kind_of(method) is MethodKind.SIGNS_OR_SENDS


def letters(method: Any) -> Any:
    """Return a method as a node is sent it, apart from what a subclass of text says that it is equal to."""
    return spelled(method) if isinstance(method, str) else method


def snapshot(parameters: Any) -> list[Any]:
    """Return the parameters as JSON holds them, apart from every object of the caller's.

    Raises InvalidRequest for what JSON cannot hold.
    """
    try:
        copied = json.loads(Web3.to_json(parameters if parameters is not None else []))
    except (TypeError, ValueError, RecursionError, Web3Exception) as error:
        raise InvalidRequest(
            f"the parameters cannot be written as JSON ({type(error).__name__})",
            hint="give numbers, texts, bytes, lists and mappings",
        ) from error
    if not isinstance(copied, list):
        raise InvalidRequest("the parameters are no list", hint="give a list, also of one")
    return copied


def read_call(method: str, parameters: Sequence[Any]) -> Reviewable:
    """Return what is asked for; raises InvalidRequest for a method, or parameters, that cannot be read."""
    if not is_reviewed(method):
        raise refused_method(method)
    if method in _TAKE_TRANSACTIONS and parameters and isinstance(parameters[0], dict):
        parameters = [_with_quantities(parameters[0]), *parameters[1:]]
    return parse_request({"method": method, "params": parameters})


def _with_quantities(transaction: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with Python's numbers as JSON-RPC writes them: web3.py leaves `type` as it is."""
    return {
        name: hex(value) if type(value) is int and value >= 0 else value
        for name, value in transaction.items()
    }


def refused_method(method: object) -> InvalidRequest:
    """Return the error for a method that passes nowhere."""
    name = escape_untrusted(str(method), limit=60)
    if kind_of(method) is MethodKind.REFUSED:
        return InvalidRequest(
            f"the guard refuses {name}: it signs, sends or changes something in a form that is not reviewed",
            hint="nothing was sent: use eth_sendTransaction or eth_sendRawTransaction",
        )
    return InvalidRequest(
        f"the guard does not know {name}, and refuses what could sign or send",
        hint="nothing was sent: if it only reads, say so to the authors; names are compared letter by letter",
    )


def refusal_words(response: Mapping[str, Any]) -> str | None:
    """Return the node's own words where it answered an error; the journal escapes what it keeps."""
    if response.get("error") is None:
        return None
    error = response["error"]
    told = error.get("message") if isinstance(error, Mapping) else error
    return str(told or "no reason")


def is_known_already(words: str) -> bool:
    """Say whether a node refuses bytes because it has them."""
    return read_answer(words) is NodeAnswer.KNOWN


def chain_id_in(response: Mapping[str, Any]) -> int:
    """Return the chain id that a node names; raises NodeError where it names none."""
    return _number(response.get("result"), "its chain id")


def count_in(response: Mapping[str, Any]) -> int:
    """Return how many payments a node counts; raises NodeError where it tells no number."""
    return _number(response.get("result"), "its count of an account's payments")


def hash_in(response: Mapping[str, Any]) -> str:
    """Return the transaction hash that a node names; raises NodeError where it names none."""
    result = response.get("result")
    text = Web3.to_hex(result) if isinstance(result, bytes) else result
    if isinstance(text, str) and text[:2] == "0x" and len(text) == 66:
        return text.lower()
    raise _unreadable("a payment")


def signed_in(response: Mapping[str, Any]) -> SignedTransaction:
    """Return the signed bytes that answer eth_signTransaction: alone, or as `raw` beside their fields."""
    result = response.get("result")
    raw = result.get("raw") if isinstance(result, Mapping) else result
    return decode_signed(_bytes(raw, "signed bytes"))


def signature_in(response: Mapping[str, Any]) -> bytes:
    """Return the 65 bytes that answer a question for a signature; the last is 27 or 28.

    Some nodes write 0 or 1 there, and mean the same.
    """
    raw = _bytes(response.get("result"), "a signature")
    return raw[:-1] + bytes([raw[-1] + 27]) if len(raw) == 65 and raw[-1] < 2 else raw


def mined_form(description: object, request: TransactionRequest) -> SignedTransaction:
    """Return `request` as signed by whoever the node says signed it.

    The signature alone is the node's word: under it the bytes are made here, and their hash says whether the
    node signed what was scored. Raises InvalidRequest or NodeError where there is no such signature.
    """
    if not isinstance(description, Mapping):
        raise _unreadable("the transaction that it sent")
    r, s = (_number(description.get(name), "a signature") for name in ("r", "s"))
    parity = description.get("yParity", description.get("v"))
    v = _number(parity, "a signature")
    y_parity = v if v in (0, 1) else (v - 27 if v in (27, 28) else (v - 35) % 2)
    return decode_signed(encode_signed(request, Signature(y_parity=y_parity, r=r, s=s)))


def differs(description: object, request: TransactionRequest) -> bool:
    """Say whether a node describes another transaction, in who pays whom what for which call."""
    if not isinstance(description, Mapping):
        return False
    try:
        told = parse_transaction(
            {name: snapshot([description[name]])[0] for name in _DESCRIBED if name in description}
        )
    except GuardError:
        return True
    return (told.sender, told.to, told.value, told.data, told.nonce) != (
        request.sender,
        request.to,
        request.value,
        request.data,
        request.nonce,
    )


def _number(told: object, what: str) -> int:
    if isinstance(told, int) and not isinstance(told, bool):
        return told
    if isinstance(told, bytes):
        return int.from_bytes(told, "big")
    if isinstance(told, str) and told[:2] == "0x":
        try:
            return int(told, 16)
        except ValueError as error:
            raise _unreadable(what) from error
    raise _unreadable(what)


def _bytes(told: object, what: str) -> bytes:
    if isinstance(told, bytes):
        return bytes(told)
    try:
        return parse_data(told, what)
    except InvalidRequest as error:
        raise _unreadable(what) from error


def _unreadable(what: str) -> NodeError:
    return NodeError(
        f"the node was asked for {what} and answered what cannot be read",
        hint="check that the provider is an Ethereum node",
        code="node_invalid",
    )
