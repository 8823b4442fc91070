"""Quantities, bytes and addresses as JSON-RPC writes them, read in exactly one way or refused.

What belongs here: what every method's parameters are made of. What must not: any one method.

Source: https://ethereum.github.io/execution-apis/ (quantities have no leading zeros, data has whole bytes)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set

from guard.core.address import Address
from guard.core.fields import wrong_field
from guard.core.text import escape_untrusted
from guard.errors import InvalidRequest

_QUANTITY = re.compile(r"0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")


def parse_data(text: object, name: str) -> bytes:
    """Read calldata: 0x and an even number of hex digits; raises InvalidRequest for anything else."""
    if not isinstance(text, str) or not _DATA.fullmatch(text):
        raise wrong_field(name, text, "0x and an even number of hex digits")
    return bytes.fromhex(text[2:])


def parse_address(text: object, name: str) -> Address:
    """Read an address; raises InvalidRequest or InvalidAddress for anything else."""
    if not isinstance(text, str):
        raise wrong_field(name, text, "an address")
    return Address.parse(text)


def parse_quantity(fields: Mapping[str, object], name: str) -> int | None:
    """Read a hex quantity without leading zeros, None where it is not told; raises InvalidRequest."""
    text = fields.get(name)
    if text is None:
        return None
    if not isinstance(text, str) or not _QUANTITY.fullmatch(text):
        raise wrong_field(name, text, "a hex quantity without leading zeros, such as 0x0 or 0x1f")
    return int(text, 16)


def needed_quantity(fields: Mapping[str, object], name: str) -> int:
    """Read a hex quantity that must be told; raises InvalidRequest."""
    number = parse_quantity(fields, name)
    if number is None:
        raise wrong_field(name, None, "a hex quantity without leading zeros, such as 0x0 or 0x1f")
    return number


def parse_objects(fields: Mapping[str, object], name: str, names: Set[str]) -> list[Mapping[str, object]]:
    """Read an array of objects that have exactly these names; none where it is not told.

    Raises InvalidRequest for anything else.
    """
    listed = fields.get(name)
    if listed is None:
        return []
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise wrong_field(name, listed, "an array")
    for one in listed:
        if not isinstance(one, Mapping) or set(one) != names:
            raise wrong_field(name, one, f"made of objects with {', '.join(sorted(names))}")
    return list(listed)


def check_names(fields: Mapping[str, object], known: Set[str], what: str) -> None:
    """Raise InvalidRequest for a field that is not understood: nothing is dropped silently."""
    unknown = sorted(escape_untrusted(str(key), limit=40) for key in set(fields) - known)
    if unknown:
        raise InvalidRequest(
            f"{what} has fields that are not understood: {', '.join(unknown)}",
            hint="nothing is dropped silently: remove them, or sign it with a tool that knows them",
        )
