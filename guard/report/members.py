"""What typed data says where nothing here knows what it means: its members as they stand.

What belongs here: their order, their names and their bounds. What must not: layout, or any meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from guard.core.abi import Value
from guard.core.address import Address
from guard.core.text import escape_untrusted
from guard.core.typed_data import TypedData

MAX_MEMBERS = 200
"""Members that are shown, arrays counted by their elements."""
MAX_VALUE = 1024
"""Characters that are shown of one value."""


def members(data: TypedData) -> Iterator[str]:
    """Yield each member with its place, such as `order.items[2].amount: 5`; what is left out is counted."""
    leaves = _leaves("", data.message)
    yield from islice(leaves, MAX_MEMBERS)
    more = sum(1 for _ in leaves)
    if more:
        yield f"and {more} members more, which only the document shows"


def _leaves(place: str, value: Value) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(f"{place}.{name}" if place else name, inner)
    elif isinstance(value, tuple) and value:
        for number, inner in enumerate(value):
            yield from _leaves(f"{place}[{number}]", inner)
    else:
        yield f"{escape_untrusted(place)}: {_shown(value)}"


def _shown(value: Value) -> str:
    if isinstance(value, Mapping | tuple):
        return "nothing"
    if isinstance(value, bytes):
        return escape_untrusted("0x" + value[:MAX_VALUE].hex(), limit=MAX_VALUE)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and not isinstance(value, Address):
        return f'"{escape_untrusted(value, limit=MAX_VALUE)}"'
    return str(value)
