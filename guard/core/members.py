"""The values of structured data: each read in its one canonical form, and encoded for hashing.

What belongs here: what a JSON value of a type may look like, and its 32 bytes. What must not: declarations.

Source: https://eips.ethereum.org/EIPS/eip-712 (definition of encodeData)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from guard.core.abi import Value
from guard.core.address import Address, keccak256
from guard.core.declarations import MAX_NESTING, Structures, array_of, encode_type, refused, shown

MAX_VALUES = 8192
"""Values of one document, all depths together."""
MAX_BYTES = 256 * 1024
"""Bytes of all texts and byte strings of one document together."""
MAX_EXACT = 2**53 - 1
"""The largest integer that a JSON number means alike everywhere: wallets in JavaScript round beyond it."""

_DECIMAL = re.compile(r"-?[1-9][0-9]{0,77}|0")
_HEX = re.compile(r"0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})")
_BYTES = re.compile(r"0x((?:[0-9a-fA-F]{2})*)")


class MemberReader:
    """Reads the values of one document, counting them."""

    def __init__(self, structures: Structures) -> None:
        self._structures = structures
        self._values = 0
        self._bytes = 0
        self._depth = 0

    def structure(self, name: str, given: object, place: str) -> Mapping[str, Value]:
        """Return a structure's members; raises InvalidRequest for one that is missing, or not declared."""
        if not isinstance(given, Mapping):
            raise refused(f"{place} is not an object")
        members = self._structures[name]
        extra = sorted(shown(key) for key in set(given) - {member.name for member in members})
        if extra:
            raise refused(f"{place} has what {name} does not declare: {', '.join(extra[:5])}")
        missing = [member.name for member in members if member.name not in given]
        if missing:
            raise refused(f"{place} lacks what {name} declares: {', '.join(missing[:5])}")
        return MappingProxyType(
            {
                member.name: self._value(member.type, given[member.name], f"{place}.{member.name}")
                for member in members
            }
        )

    def _value(self, kind: str, given: object, place: str) -> Value:
        self._values += 1
        if self._values > MAX_VALUES:
            raise refused(f"it has more than {MAX_VALUES} values")
        array = array_of(kind)
        if array is None and kind not in self._structures:
            return self._elementary(kind, given, place)
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise refused(f"its values are nested more than {MAX_NESTING} deep")
        value = self.structure(kind, given, place) if array is None else self._array(*array, given, place)
        self._depth -= 1
        return value

    def _elementary(self, kind: str, given: object, place: str) -> Value:
        value = _ELEMENTARY[_family(kind)](kind, given, place)
        if kind in ("string", "bytes"):
            self._bytes += len(value.encode() if isinstance(value, str) else value)
            if self._bytes > MAX_BYTES:
                raise refused(f"its texts have more than {MAX_BYTES} bytes")
        return value

    def _array(self, element: str, length: int | None, given: object, place: str) -> Value:
        if not isinstance(given, Sequence) or isinstance(given, str):
            raise refused(f"{place} is not a list")
        if length is not None and len(given) != length:
            raise refused(f"{place} has {len(given)} values instead of {length}")
        return tuple(self._value(element, item, f"{place}[{number}]") for number, item in enumerate(given))


def _family(kind: str) -> str:
    return "fixed bytes" if kind.startswith("bytes") and kind != "bytes" else kind.rstrip("0123456789")


def _integer(kind: str, given: object, place: str) -> int:
    number = _number(given)
    if number is None:
        raise refused(
            f"{place} is not an integer in a form that all wallets read alike: '{shown(given)}' (a whole "
            "JSON number up to 2^53-1, or a text of digits or of 0x and hex digits, without leading zeros)"
        )
    bits = int(kind.lstrip("uint"))
    low, high = (0, 2**bits) if kind.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    if not low <= number < high:
        raise refused(f"{place} does not fit into {kind}")
    return number


def _number(given: object) -> int | None:
    if isinstance(given, str):
        if _DECIMAL.fullmatch(given):
            return int(given)
        return int(given, 16) if _HEX.fullmatch(given) else None
    is_exact = isinstance(given, int) and not isinstance(given, bool) and abs(given) <= MAX_EXACT
    return given if is_exact and isinstance(given, int) else None


def _address(_: str, given: object, place: str) -> Address:
    if not isinstance(given, str):
        raise refused(f"{place} is not an address: '{shown(given)}' (0x and 40 hex digits)")
    return Address.parse(given)


def _bool(_: str, given: object, place: str) -> bool:
    if not isinstance(given, bool):
        raise refused(f"{place} is neither true nor false: '{shown(given)}'")
    return given


def _text(_: str, given: object, place: str) -> str:
    if not isinstance(given, str):
        raise refused(f"{place} is not a text")
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise refused(f"{place} is not a text that can be encoded") from error
    return given


def _byte_string(_: str, given: object, place: str) -> bytes:
    match = _BYTES.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise refused(f"{place} is not 0x and an even number of hex digits: '{shown(given)}'")
    return bytes.fromhex(match[1])


def _fixed_bytes(kind: str, given: object, place: str) -> bytes:
    value, size = _byte_string(kind, given, place), int(kind.removeprefix("bytes"))
    if len(value) != size:
        raise refused(f"{place} has {len(value)} bytes instead of {size}")
    return value


_ELEMENTARY: Mapping[str, Callable[[str, object, str], Value]] = {
    "address": _address,
    "bool": _bool,
    "bytes": _byte_string,
    "fixed bytes": _fixed_bytes,
    "int": _integer,
    "string": _text,
    "uint": _integer,
}


class StructureHasher:
    """Hashes values of declared structures; each declaration is hashed once."""

    def __init__(self, structures: Structures) -> None:
        self._structures = structures
        self._type_hashes: dict[str, bytes] = {}

    def structure_hash(self, name: str, members: Mapping[str, Value]) -> bytes:
        """Return the 32 bytes of hashStruct: the declaration's hash, then every member's 32 bytes."""
        encoded = [self._encode(member.type, members[member.name]) for member in self._structures[name]]
        return keccak256(self._type_hash(name) + b"".join(encoded))

    def _type_hash(self, name: str) -> bytes:
        if name not in self._type_hashes:
            self._type_hashes[name] = keccak256(encode_type(name, self._structures).encode())
        return self._type_hashes[name]

    def _encode(self, kind: str, value: Value) -> bytes:
        array = array_of(kind)
        if array is not None:
            return keccak256(b"".join(self._encode(array[0], item) for item in value))
        if kind in self._structures:
            return self.structure_hash(kind, value)
        if kind in ("string", "bytes"):
            return keccak256(value.encode() if isinstance(value, str) else value)
        if kind == "address":
            return bytes(12) + bytes(value.to_bytes())
        if isinstance(value, bytes):
            return value + bytes(32 - len(value))
        return (int(value) % 2**256).to_bytes(32, "big")


def plain(value: Value) -> object:
    """Return a value as JSON writes it here: integers as texts of digits, bytes as 0x and hex digits."""
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return value if isinstance(value, str | bool) else str(value)
