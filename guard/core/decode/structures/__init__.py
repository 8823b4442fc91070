"""Structured data that is known, by the hash of its declaration and never by its name.

What belongs here: the registry. A new family is a new file and one entry.
"""

from __future__ import annotations

from guard.core.decode.structures import (
    blur,
    cow,
    forwarding,
    permit,
    permit2,
    safe,
    seaport,
    transfer,
    zero_ex,
)
from guard.core.decode.structures.structure import Reader, Structure
from guard.core.typed_data import TypedData

FAMILIES: tuple[tuple[Structure, ...], ...] = (
    permit.STRUCTURES,
    permit2.STRUCTURES,
    transfer.STRUCTURES,
    seaport.STRUCTURES,
    blur.STRUCTURES,
    zero_ex.STRUCTURES,
    cow.STRUCTURES,
    safe.STRUCTURES,
    forwarding.STRUCTURES,
)
"""Each family's structures; no two share a hash."""

_READERS = {bytes.fromhex(one.type_hash): one.reader for family in FAMILIES for one in family}


def reader_of(data: TypedData) -> Reader | None:
    """Return what reads this structure, or None where no family knows it.

    Two kinds of structure have many declarations: their beginning, or their shape, tells them.
    """
    return (
        _READERS.get(data.type_hash)
        or permit2.witness_reader(data.encoded_type)
        or seaport.bulk_reader(data.encoded_type)
    )
