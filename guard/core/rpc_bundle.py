"""The parameter of `wallet_sendCalls` (EIP-5792), read in exactly one way or refused.

What belongs here: the reading of bundles. What must not: other methods' parameters.

Source: https://eips.ethereum.org/EIPS/eip-5792
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guard.core.address import Address
from guard.core.bundle import CallBundle
from guard.core.fields import wrong_field
from guard.core.request import TransactionRequest
from guard.core.rpc_transaction import parse_calldata
from guard.core.rpc_values import check_names, needed_quantity, parse_address, parse_quantity
from guard.errors import InvalidRequest

_VERSION = "2.0.0"
"""The only version whose `atomicRequired` and `chainId` say for themselves what is asked for."""
_MAX_ID = 4096
"""Bytes of an id, EIP-5792."""
_BUNDLE_FIELDS = frozenset({"version", "id", "from", "chainId", "atomicRequired", "calls", "capabilities"})
_CALL_FIELDS = frozenset({"to", "value", "data", "capabilities"})


def parse_bundle(bundle: Mapping[str, object]) -> CallBundle:
    """Return the bundle that a `wallet_sendCalls` object tells.

    Raises InvalidRequest for another version than 2.0.0, unknown fields, capabilities (what they add cannot
    be reviewed), a missing chain or sender, no calls, and every number or address not in its one canonical
    form.
    """
    check_names(bundle, _BUNDLE_FIELDS, "the bundle")
    if bundle.get("version") != _VERSION:
        raise wrong_field("version", bundle.get("version"), f'"{_VERSION}"')
    _check_id(bundle.get("id"))
    _check_capabilities(bundle)
    is_atomic, calls = bundle.get("atomicRequired"), bundle.get("calls")
    if not isinstance(is_atomic, bool):
        raise wrong_field("atomicRequired", is_atomic, "true or false")
    if not isinstance(calls, Sequence) or isinstance(calls, str):
        raise wrong_field("calls", calls, "an array")
    sender = parse_address(bundle.get("from"), "from")
    chain_id = needed_quantity(bundle, "chainId")
    return CallBundle(
        sender=sender,
        calls=tuple(_call(call, sender, chain_id) for call in calls),
        chain_id=chain_id,
        is_atomic=is_atomic,
    )


def _call(call: object, sender: Address, chain_id: int) -> TransactionRequest:
    if not isinstance(call, Mapping):
        raise wrong_field("a call", call, "an object with to, value and data")
    check_names(call, _CALL_FIELDS, "a call of the bundle")
    _check_capabilities(call)
    recipient = call.get("to")
    return TransactionRequest(
        sender=sender,
        to=None if recipient is None else parse_address(recipient, "to"),
        value=parse_quantity(call, "value") or 0,
        data=parse_calldata(call),
        chain_id=chain_id,
    )


def _check_id(name: object) -> None:
    if name is not None and (not isinstance(name, str) or len(name) > _MAX_ID):
        raise wrong_field("id", name, f"a text of at most {_MAX_ID} characters")


def _check_capabilities(fields: Mapping[str, object]) -> None:
    if fields.get("capabilities"):
        raise InvalidRequest(
            "the bundle asks for capabilities, and what they add cannot be reviewed",
            hint="ask the site to do without: leave capabilities out",
        )
