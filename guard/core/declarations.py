"""The declarations of structured data: which members a structure has, and the text that its hash is made of.

What belongs here: types as EIP-712 writes them, with bounds. What must not: values.

Source: https://eips.ethereum.org/EIPS/eip-712 (definition of encodeType)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from guard.core.text import escape_untrusted
from guard.errors import InvalidRequest

MAX_STRUCTURES = 64
"""Structures that one document declares."""
MAX_MEMBERS = 256
"""Members of all structures together."""
MAX_NESTING = 32
"""Structures inside of structures, and dimensions of an array; a tree of orders has at most 24."""

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,127}")
_ELEMENTARY = re.compile(
    r"address|bool|string|bytes(?:[1-9]|[12][0-9]|3[0-2])?"
    r"|u?int(?:8|16|24|32|40|48|56|64|72|80|88|96|104|112|120|128|136|144|152|160|168|176|184|192|200|208"
    r"|216|224|232|240|248|256)"
)
# What wallets do not agree upon, or what no wallet knows: no structure may be called that either.
_RESERVED = re.compile(r"(?:address|bool|string|function|u?int[0-9]*|byte|bytes[0-9]*|u?fixed[0-9x]*)")
_ARRAY = re.compile(r"(?P<element>.+)\[(?P<length>[1-9][0-9]{0,5})?\]")
_DECLARED = re.compile(r"([A-Za-z_$][A-Za-z0-9_$]*)\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a structure."""

    name: str
    """What it is called."""
    type: str
    """Its type: an elementary one, a structure's name, or an array of them such as `Order[2][]`."""


Structures: TypeAlias = Mapping[str, tuple[Member, ...]]
"""Each structure by its name, with its members in order."""


def read_declarations(types: object) -> dict[str, tuple[Member, ...]]:
    """Read the `types` of a document; raises InvalidRequest for what is no declaration, or too large."""
    if not isinstance(types, Mapping):
        raise refused("`types` is not an object of structures")
    if len(types) > MAX_STRUCTURES:
        raise refused(f"more than {MAX_STRUCTURES} structures are declared")
    structures = {_name(name): _members(str(name), members) for name, members in types.items()}
    if sum(map(len, structures.values())) > MAX_MEMBERS:
        raise refused(f"the structures have more than {MAX_MEMBERS} members")
    return structures


def _name(name: object) -> str:
    if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name) or _RESERVED.fullmatch(name):
        raise refused(f"'{shown(name)}' cannot be a structure's name")
    return name


def _members(structure: str, members: object) -> tuple[Member, ...]:
    if not isinstance(members, Sequence) or isinstance(members, str):
        raise refused(f"the members of {shown(structure)} are not a list")
    read = tuple(_member(structure, member) for member in members)
    if len({member.name for member in read}) != len(read):
        raise refused(f"a member of {shown(structure)} is declared twice")
    return read


def _member(structure: str, member: object) -> Member:
    if not isinstance(member, Mapping) or set(member) != {"name", "type"}:
        raise refused(f"a member of {shown(structure)} has not exactly a name and a type")
    name, kind = member["name"], member["type"]
    if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
        raise refused(f"'{shown(name)}' cannot be the name of a member of {shown(structure)}")
    if not isinstance(kind, str):
        raise refused(f"the type of {shown(structure)}.{name} is not a text")
    return Member(name, kind)


def is_elementary(kind: str) -> bool:
    """Tell whether this is one of the types that EIP-712 calls atomic or dynamic."""
    return _ELEMENTARY.fullmatch(kind) is not None


def array_of(kind: str) -> tuple[str, int | None] | None:
    """Return the element's type and the length (None for any) of an array's type; None for another type."""
    match = _ARRAY.fullmatch(kind)
    if match is None:
        return None
    length = match["length"]
    return match["element"], None if length is None else int(length)


def encode_type(primary: str, structures: Structures) -> str:
    """Return the structure's declaration, then those that it refers to in the order of their names.

    Raises InvalidRequest for a type that is neither elementary nor declared, for a structure that holds
    itself, and for nesting deeper than is read.
    """
    found: dict[str, None] = {}
    _collect(primary, structures, (), found)
    names = [primary, *sorted(set(found) - {primary})]
    return "".join(
        f"{name}({','.join(f'{member.type} {member.name}' for member in structures[name])})" for name in names
    )


def _collect(name: str, structures: Structures, around: tuple[str, ...], found: dict[str, None]) -> None:
    if name in around:
        raise refused(f"the structure {name} holds itself")
    if len(around) > MAX_NESTING:
        raise refused(f"structures are nested more than {MAX_NESTING} deep")
    if name in found:
        return
    if name not in structures:
        raise refused(f"the type '{shown(name)}' is not declared")
    for base in _bases(structures[name]):
        _collect(base, structures, (*around, name), found)
    found[name] = None


def _bases(members: Sequence[Member]) -> Iterator[str]:
    """Yield the structures that the members name, arrays taken apart."""
    for member in members:
        kind = member.type
        for _ in range(MAX_NESTING):
            array = array_of(kind)
            if array is None:
                break
            kind = array[0]
        if not is_elementary(kind):
            yield kind


def parse_encoded_type(encoded: str) -> dict[str, tuple[Member, ...]]:
    """Return the structures of what `encode_type` wrote, the primary one first."""
    return {
        name: tuple(
            Member(text.partition(" ")[2], text.partition(" ")[0])
            for text in filter(None, members.split(","))
        )
        for name, members in _DECLARED.findall(encoded)
    }


def shown(value: object) -> str:
    """Return outside text as it may stand in a message."""
    return escape_untrusted(str(value), limit=80)


def refused(problem: str) -> InvalidRequest:
    """Return the refusal of a document that cannot be read in exactly one way."""
    return InvalidRequest(
        f"the typed data cannot be signed: {problem}",
        hint="wallets may not agree on what it says; ask the site for a document as EIP-712 writes it",
    )
