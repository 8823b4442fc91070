"""Recursive length prefix: writing it, and reading only the one canonical form.

What belongs here: the encoding itself. What must not: what the items mean.

Source: https://ethereum.org/en/developers/docs/data-structures-and-encoding/rlp/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from guard.errors import InvalidRequest

Item: TypeAlias = bytes | Sequence["Item"]

_MAX_DEPTH = 16


def encode(item: Item) -> bytes:
    """Return the encoding of bytes, or of a sequence of items."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _prefix(len(item), 0x80) + item
    payload = b"".join(encode(child) for child in item)
    return _prefix(len(payload), 0xC0) + payload


def encode_integer(number: int) -> bytes:
    """Return a non-negative integer as big-endian bytes without leading zeros; zero is empty."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def decode(encoded: bytes) -> Item:
    """Read exactly one item; raises InvalidRequest for trailing bytes and every non-canonical length."""
    item, end = _decode_at(encoded, 0, 0)
    if end != len(encoded):
        raise _invalid(f"{len(encoded) - end} bytes follow its end")
    return item


def decode_integer(item: Item, what: str) -> int:
    """Read an integer written by `encode_integer`; raises InvalidRequest for a list or a leading zero."""
    if not isinstance(item, bytes):
        raise _invalid(f"{what} is a list")
    if item[:1] == b"\x00":
        raise _invalid(f"{what} has a leading zero")
    return int.from_bytes(item, "big")


def _prefix(length: int, offset: int) -> bytes:
    if length < 56:
        return bytes([offset + length])
    size = encode_integer(length)
    return bytes([offset + 55 + len(size)]) + size


def _decode_at(encoded: bytes, start: int, depth: int) -> tuple[Item, int]:
    if start >= len(encoded):
        raise _invalid("it is cut off")
    if depth > _MAX_DEPTH:
        raise _invalid("it is nested too deeply")
    first = encoded[start]
    if first < 0x80:
        return encoded[start : start + 1], start + 1
    is_list = first >= 0xC0
    begin, end = _bounds(encoded, start, 0xC0 if is_list else 0x80)
    if not is_list:
        if end - begin == 1 and encoded[begin] < 0x80:
            raise _invalid("a single byte has a needless length")
        return encoded[begin:end], end
    children: list[Item] = []
    position = begin
    while position < end:
        child, position = _decode_at(encoded, position, depth + 1)
        children.append(child)
    if position != end:
        raise _invalid("a list's items overrun its length")
    return children, end


def _bounds(encoded: bytes, start: int, offset: int) -> tuple[int, int]:
    """Return where the payload of the item at `start` begins and ends."""
    short = encoded[start] - offset
    begin = start + 1
    length = short
    if short > 55:
        begin += short - 55
        size = encoded[start + 1 : begin]
        if not size or size[0] == 0:
            raise _invalid("a length has a leading zero")
        length = int.from_bytes(size, "big")
        if length < 56:
            raise _invalid("a short length is written in the long form")
    if begin + length > len(encoded):
        raise _invalid("it is cut off")
    return begin, begin + length


def _invalid(problem: str) -> InvalidRequest:
    return InvalidRequest(
        f"the bytes are not canonical RLP: {problem}", hint="give the signed bytes whole and unchanged"
    )
