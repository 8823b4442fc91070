"""Calls written by the reference encoder, from the signature as it is published."""

from __future__ import annotations

from dataclasses import replace

from eth_abi import encode
from eth_abi.grammar import parse
from eth_utils.abi import function_signature_to_4byte_selector

from guard.core.act import flatten
from guard.core.address import Address
from guard.core.decode import decode, read
from guard.core.intent import Intent
from guard.core.request import TransactionRequest
from guard.core.rules.examples import TOKEN, TRANSFER


def calldata(signature: str, *values: object) -> bytes:
    """Return the calldata of a call with these arguments."""
    return function_signature_to_4byte_selector(signature) + encode(argument_types(signature), values)


def argument_types(signature: str) -> list[str]:
    """Return the types of a function's arguments."""
    listed = signature[signature.index("(") :]
    # The reference's grammar has no empty list.
    return [] if listed == "()" else [one.to_type_str() for one in parse(listed).components]


def call(signature: str, *values: object, to: Address = TOKEN, value: int = 0) -> TransactionRequest:
    """Return a transaction that makes this call."""
    return replace(TRANSFER, to=to, value=value, data=calldata(signature, *values))


def intent_of(signature: str, *values: object, to: Address = TOKEN, value: int = 0) -> Intent:
    """Return what this call is read as; fails where its bytes are not read as canonical."""
    request = call(signature, *values, to=to, value=value)
    assert read(request).oddities == ()
    return decode(request)


def inner_intents(signature: str, *values: object, to: Address = TOKEN) -> list[Intent]:
    """Return what the calls inside of this call are read as, in order."""
    return [act.intent for act in flatten(read(call(signature, *values, to=to))) if act.is_nested]
