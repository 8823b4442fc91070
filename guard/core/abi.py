"""Contract ABI arguments, read with bounds and compared with their one canonical encoding.

What belongs here: types, reading, writing. What must not: what any function means.

Source: https://docs.soliditylang.org/en/latest/abi-spec.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from guard.core.address import Address
from guard.errors import UnreadableArguments

Value: TypeAlias = Any
"""Address, int (uint, int), bool, bytes (bytes, bytesN), str, or a tuple of values (array, tuple)."""

_WORD = 32
MAX_VALUES = 4096
"""Values in the arguments of one request, all its calls together; no request of a person has as many."""

_TOP = re.compile(r"(?P<base>address|bool|string|bytes(?P<size>\d*)|u?int(?P<bits>\d*))\Z")


@dataclass(frozen=True, slots=True)
class Type:
    """One ABI type, parsed."""

    name: str
    """Its elementary name; `tuple` or `array` for the compound ones."""
    size: int = 0
    """Bits of an integer, bytes of bytesN; for a fixed array its length, -1 for a dynamic one."""
    parts: tuple[Type, ...] = ()
    """A tuple's members, or an array's one element type."""

    @property
    def is_dynamic(self) -> bool:
        """Whether it is written behind an offset."""
        if self.name in ("bytes", "string"):
            return True
        if self.name == "array":
            return self.size < 0 or self.parts[0].is_dynamic
        return any(part.is_dynamic for part in self.parts)

    @property
    def words(self) -> int:
        """How many words it takes in its place; an offset takes one."""
        if self.is_dynamic:
            return 1
        if self.name == "array":
            return self.size * self.parts[0].words
        return sum(part.words for part in self.parts) if self.name == "tuple" else 1


@dataclass(frozen=True, slots=True)
class Arguments:
    """What calldata says, and how its bytes differ from the canonical form."""

    values: tuple[Value, ...]
    """One for each type."""
    oddities: tuple[str, ...]
    """In words; empty where the bytes are exactly the canonical ones."""


class Budget:
    """How many more values may be read.

    One for all calls of a request: offsets may lead to the same bytes, so that a few kB of calls, each within
    a bound of its own, could unfold to a million values together.
    """

    def __init__(self, values: int = MAX_VALUES) -> None:
        self._left = values

    @property
    def is_spent(self) -> bool:
        """Whether more was asked for than there was."""
        return self._left < 0

    def spend(self) -> None:
        """Count one value; raises UnreadableArguments where none is left."""
        self._left -= 1
        if self._left < 0:
            raise UnreadableArguments(f"more than {MAX_VALUES} values")


def read(types: str, data: bytes, budget: Budget | None = None) -> Arguments:
    """Read arguments of these types, such as `address,uint256`, from what follows the selector.

    A contract reads more forms than one, so these are read too, and named as oddities: bytes after the
    arguments, arguments that end early (missing bytes are zeros), unused bits that are set, offsets that are
    not the usual ones. Raises UnreadableArguments where an offset or a length leads out of the data, a bool
    is neither 0 nor 1, or there are more values than the budget has; without one it is a new one.
    """
    kinds = parse_types(types)
    head = sum(kind.words for kind in kinds) * _WORD
    missing = head - len(data)
    padded = data + bytes(missing) if missing > 0 else data
    reader = _Reader(padded, budget or Budget())
    values = reader.members(kinds, 0)
    canonical = write(types, values)
    if canonical == data:
        return Arguments(values, ())
    return Arguments(values, _oddities(reader, canonical, data))


def _oddities(reader: _Reader, canonical: bytes, data: bytes) -> tuple[str, ...]:
    found = []
    if len(data) < len(canonical):
        found.append(f"the arguments end {len(canonical) - len(data)} bytes early")
    if reader.is_dirty:
        found.append("unused bits are set")
    if data.startswith(canonical):
        found.append(f"{len(data) - len(canonical)} bytes follow the arguments")
    return tuple(found or ["the arguments are not laid out in the usual way"])


class _Reader:
    """Reads one call's arguments, counting what it reads."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        self._data = data
        self._budget = budget
        self._copied = 0
        self.is_dirty = False

    def members(self, kinds: Sequence[Type], start: int) -> tuple[Value, ...]:
        """Read values that stand one after the other from `start`, to which their offsets count."""
        values = []
        place = start
        for kind in kinds:
            where = start + self._number(place) if kind.is_dynamic else place
            values.append(self._value(kind, where))
            place += kind.words * _WORD
        return tuple(values)

    def _value(self, kind: Type, at: int) -> Value:
        self._budget.spend()
        if kind.name == "tuple":
            return self.members(kind.parts, at)
        if kind.name == "array":
            return self._array(kind, at)
        if kind.name in ("bytes", "string"):
            return self._text(kind, at)
        return self._elementary(kind, at)

    def _array(self, kind: Type, at: int) -> Value:
        length, start = (kind.size, at) if kind.size >= 0 else (self._number(at), at + _WORD)
        if length > MAX_VALUES or start + length * kind.parts[0].words * _WORD > len(self._data):
            raise UnreadableArguments("an array is longer than the data")
        return self.members(kind.parts * length, start)

    def _text(self, kind: Type, at: int) -> Value:
        length, start = self._number(at), at + _WORD
        self._copied += length
        # Several offsets may lead to the same bytes: without this bound 128 kB could unfold to gigabytes.
        if start + length > len(self._data) or self._copied > 2 * len(self._data):
            raise UnreadableArguments("a byte string is longer than the data")
        raw = self._data[start : start + length]
        return raw.decode("utf-8", "replace") if kind.name == "string" else raw

    def _elementary(self, kind: Type, at: int) -> Value:
        word = self._word(at)
        if kind.name == "address":
            self.is_dirty |= any(word[:12])
            return Address.from_bytes(word[12:])
        if kind.name == "fixed-bytes":
            self.is_dirty |= any(word[kind.size :])
            return word[: kind.size]
        number = int.from_bytes(word, "big")
        if kind.name == "bool":
            if number > 1:
                raise UnreadableArguments("a bool is neither 0 nor 1")
            return bool(number)
        low = number & ((1 << kind.size) - 1)
        if kind.name == "int":
            low -= (low >> (kind.size - 1)) << kind.size
            self.is_dirty |= low % 2**256 != number
        else:
            self.is_dirty |= low != number
        return low

    def _number(self, at: int) -> int:
        number = int.from_bytes(self._word(at), "big")
        if number > len(self._data):
            raise UnreadableArguments("an offset or a length leads out of the data")
        return number

    def _word(self, at: int) -> bytes:
        if at + _WORD > len(self._data):
            raise UnreadableArguments("an offset leads out of the data")
        return self._data[at : at + _WORD]


def write(types: str, values: Sequence[Value]) -> bytes:
    """Return the canonical encoding of these values."""
    return _write_members(parse_types(types), values)


def _write_members(kinds: Sequence[Type], values: Sequence[Value]) -> bytes:
    offset = sum(kind.words for kind in kinds) * _WORD
    head, tail = bytearray(), bytearray()
    for kind, value in zip(kinds, values, strict=True):
        encoded = _write_value(kind, value)
        if kind.is_dynamic:
            head += (offset + len(tail)).to_bytes(_WORD, "big")
            tail += encoded
        else:
            head += encoded
    return bytes(head + tail)


def _write_value(kind: Type, value: Value) -> bytes:
    if kind.name == "tuple":
        return _write_members(kind.parts, value)
    if kind.name == "array":
        length = len(value).to_bytes(_WORD, "big") if kind.size < 0 else b""
        return length + _write_members(kind.parts * len(value), value)
    if kind.name in ("bytes", "string"):
        raw = value.encode() if isinstance(value, str) else value
        return len(raw).to_bytes(_WORD, "big") + raw + bytes(-len(raw) % _WORD)
    if kind.name == "address":
        return bytes(12) + bytes(value.to_bytes())
    if kind.name == "fixed-bytes":
        return bytes(value) + bytes(_WORD - kind.size)
    return (int(value) % 2**256).to_bytes(_WORD, "big")


@lru_cache(maxsize=512)
def parse_types(types: str) -> tuple[Type, ...]:
    """Return the types of a list such as `address,(uint256,bytes)[]`; raises UnreadableArguments."""
    return tuple(_parse_type(name) for name in _split(types))


def _parse_type(name: str) -> Type:
    if name.endswith("]"):
        element, _, length = name[:-1].rpartition("[")
        return Type("array", int(length) if length else -1, (_parse_type(element),))
    if name.startswith("("):
        return Type("tuple", 0, parse_types(name[1:-1]))
    match = _TOP.match(name)
    if match is None:
        raise UnreadableArguments(f"there is no type {name}")
    if match["size"]:
        return Type("fixed-bytes", int(match["size"]))
    base = match["base"].rstrip("0123456789")
    return Type(base, int(match["bits"] or 256) if base in ("uint", "int") else 0)


def _split(types: str) -> list[str]:
    names, depth, start = [], 0, 0
    for place, letter in enumerate(types):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            names.append(types[start:place])
            start = place + 1
    return [*names, types[start:]] if types else []
