"""Calldata from a signature and arguments as a person types them.

What belongs here: reading the arguments by their types. What must not: encoding; eth-abi does it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from guard.core.address import Address, keccak256
from guard.core.amounts import parse_amount
from guard.core.rpc_values import parse_data
from guard.core.text import escape_untrusted
from guard.errors import CallerError
from guard.wiring import missing_extra

_SIGNATURE = re.compile(r"(?P<name>[A-Za-z_$][A-Za-z0-9_$]*)(?P<types>\(.*\))")
_WHOLE = re.compile(r"-?[0-9]+")


def encode_call(signature: str, arguments: Sequence[str]) -> bytes:
    """Return selector and arguments; raises CallerError naming the argument that does not fit its type.

    Integers are decimal, 0x…, or amounts with a unit; booleans true or false; bytes 0x…; arrays and tuples
    are JSON lists. The signature holds canonical type names, as in `transfer(address,uint256)`.
    """
    try:
        from eth_abi.abi import encode
        from eth_abi.exceptions import EncodingError
    except ModuleNotFoundError as error:
        raise missing_extra("--call", error) from error
    match = _SIGNATURE.fullmatch(signature.replace(" ", ""))
    if match is None:
        raise _unreadable(signature)
    kinds = _kinds(match["types"], signature)
    if len(kinds) != len(arguments):
        raise CallerError(
            f"{len(arguments)} arguments were given for {escape_untrusted(signature, limit=120)}",
            hint=f"give {len(kinds)}, after the signature",
        )
    names = [kind.to_type_str() for kind in kinds]
    canonical = f"{match['name']}({','.join(names)})"
    values = [
        _value(kind, argument, place)
        for place, (kind, argument) in enumerate(zip(kinds, arguments, strict=True), 1)
    ]
    try:
        return keccak256(canonical.encode())[:4] + encode(names, values)
    except EncodingError as error:
        raise CallerError(
            f"the arguments do not fit {escape_untrusted(canonical, limit=120)}: "
            f"{escape_untrusted(str(error), limit=160)}",
            hint="check each argument against its type",
        ) from error


def _kinds(types: str, signature: str) -> Sequence[Any]:
    """Return the parsed types of a parenthesised list; raises CallerError where it cannot be read."""
    from eth_abi.exceptions import ParseError
    from eth_abi.grammar import TupleType, normalize, parse

    if types == "()":
        # eth-abi's grammar has no empty tuple.
        return ()
    try:
        parsed = parse(normalize(types))  # type: ignore[no-untyped-call]
        if not isinstance(parsed, TupleType) or parsed.arrlist:
            raise _unreadable(signature)
        parsed.validate()  # type: ignore[no-untyped-call]
    except (ParseError, ValueError) as error:
        raise _unreadable(signature) from error
    components: Sequence[Any] = parsed.components
    return components


def _value(kind: Any, argument: Any, place: int) -> object:
    """Return one argument as eth-abi takes it; lists come from JSON, the rest from text."""
    if kind.is_array or hasattr(kind, "components"):
        items = _items(argument, place)
        if kind.is_array:
            return [_value(kind.item_type, item, place) for item in items]
        if len(items) != len(kind.components):
            raise _wrong(place, kind, argument)
        return tuple(_value(part, item, place) for part, item in zip(kind.components, items, strict=True))
    text = argument if isinstance(argument, str) else json.dumps(argument)
    if kind.base == "address":
        return Address.parse(text)
    if kind.base in ("uint", "int"):
        return int(text) if _WHOLE.fullmatch(text) else parse_amount(text)
    if kind.base == "bool" and text in ("true", "false"):
        return text == "true"
    if kind.base == "bytes":
        return parse_data(text, f"argument {place}")
    if kind.base == "string":
        return text
    raise _wrong(place, kind, argument)


def _items(argument: Any, place: int) -> list[Any]:
    if isinstance(argument, list):
        return argument
    try:
        items = json.loads(argument)
    except (ValueError, RecursionError, TypeError):
        items = None
    if not isinstance(items, list):
        raise CallerError(
            f"argument {place} is not a JSON list: '{escape_untrusted(str(argument), limit=80)}'",
            hint='write arrays and tuples as in ["0x…", 1]',
        )
    return items


def _wrong(place: int, kind: Any, argument: object) -> CallerError:
    return CallerError(
        f"argument {place} is not of type {kind.to_type_str()}: '{escape_untrusted(str(argument), limit=80)}'"
    )


def _unreadable(signature: str) -> CallerError:
    return CallerError(
        f"'{escape_untrusted(signature, limit=120)}' is not a function signature",
        hint='write it as in "transfer(address,uint256)"',
    )
