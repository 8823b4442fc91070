"""One reputation list as it is kept: a file of sorted 20-byte keys, searched by halves.

What belongs here: the file's form and the search in it. What must not: where files are, and how lists are
published.

The file, all integers little-endian: magic, version, the sizes of what follows; facts about the list as JSON;
the sorted keys; for each key the number of its label (30 bits) and its standing (2 bits); the end of each
label; the labels in UTF-8; SHA-256 of everything before. The file is read as a whole, which its checksum
needs anyway, and not mapped: a mapping that another program shortens ends the process.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from guard.adapters.list_formats import Mark
from guard.core.reputation import Listing, Standing
from guard.core.strict_json import parse_object
from guard.errors import ConfigurationError, InvalidJson

MAX_STORE_BYTES = 256 * 1024 * 1024
"""Bytes of one kept list: half a million addresses, each with a label of its own of 80 characters of four."""

_MAGIC = b"TXGLIST\0"
_VERSION = 1
_HEADER = struct.Struct("<8sIIIII")
_NUMBER = struct.Struct("<I")
_KEY_BYTES = 20
_NUMBER_BYTES = 4
_DIGEST_BYTES = 32
_STANDING_BITS = 2
_STANDINGS = (Standing.MALICIOUS, Standing.SUSPICIOUS, Standing.EXCHANGE, Standing.KNOWN)
"""The order is part of the file's form."""
_CODES = {standing: code for code, standing in enumerate(_STANDINGS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFacts:
    """What is kept about a list besides its addresses."""

    name: str
    """The user's name for it."""
    format: str
    """The name of the format that it is published in."""
    origin: str
    """Where updates come from: an absolute path, or a URL."""
    source: str
    """The file name or the URL without its query that it came from, escaped."""
    as_of: int
    """When it was imported or updated, Unix seconds."""
    standing: Standing | None = None
    """How its addresses stand where the format does not say."""
    skips_bad: bool = False
    """Whether rows that cannot be read are left out."""
    left_out: int = 0
    """How many were."""
    counts: Mapping[Standing, int] = field(default_factory=dict)
    """How many addresses stand how; standings that no address has are absent."""

    @property
    def size(self) -> int:
        """How many addresses it has."""
        return sum(self.counts.values())


def pack_list(facts: ListFacts, marks: Mapping[bytes, Mark]) -> bytes:
    """Return the file of a list; `marks` by the 20 bytes of the address."""
    keys = sorted(marks)
    numbers: dict[str, int] = {}
    places = [
        numbers.setdefault(marks[key].label, len(numbers)) << _STANDING_BITS | _CODES[marks[key].standing]
        for key in keys
    ]
    labels = [label.encode() for label in numbers]
    ends, end = [], 0
    for label in labels:
        end += len(label)
        ends.append(end)
    about = json.dumps(_as_object(facts)).encode()
    content = b"".join(
        (
            _HEADER.pack(_MAGIC, _VERSION, len(about), len(keys), len(labels), end),
            about,
            *keys,
            struct.pack(f"<{len(places)}I", *places),
            struct.pack(f"<{len(ends)}I", *ends),
            *labels,
        )
    )
    return content + hashlib.sha256(content).digest()


class KeptList:
    """A list that was read whole and found undamaged; it never changes."""

    def __init__(self, content: bytes, *, name: str) -> None:
        """Check the file's content; raises ConfigurationError for one that is damaged or of another kind."""
        sizes = _sizes(content, name)
        self.facts = _facts(content[_HEADER.size : _HEADER.size + sizes[0]], name)
        about, count, labels, _ = sizes
        self._content = content
        self._count = count
        self._keys = _HEADER.size + about
        self._places = self._keys + count * _KEY_BYTES
        self._ends = self._places + count * _NUMBER_BYTES
        self._labels = self._ends + labels * _NUMBER_BYTES

    def find(self, key: bytes) -> Listing | None:
        """Return what the list says of the address of these 20 bytes, or None."""
        content, keys = self._content, self._keys
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            start = keys + middle * _KEY_BYTES
            if content[start : start + _KEY_BYTES] < key:
                low = middle + 1
            else:
                high = middle
        start = keys + low * _KEY_BYTES
        if low == self._count or content[start : start + _KEY_BYTES] != key:
            return None
        return self._listing(low)

    def keys(self) -> frozenset[bytes]:
        """Return the 20 bytes of every address on the list."""
        starts = range(self._keys, self._places, _KEY_BYTES)
        return frozenset(self._content[start : start + _KEY_BYTES] for start in starts)

    def _listing(self, place: int) -> Listing:
        number = self._number(self._places, place)
        label = number >> _STANDING_BITS
        begin = self._number(self._ends, label - 1) if label else 0
        end = self._number(self._ends, label)
        return Listing(
            list_name=self.facts.name,
            standing=_STANDINGS[number & (1 << _STANDING_BITS) - 1],
            label=self._content[self._labels + begin : self._labels + end].decode(),
            source=self.facts.source,
            as_of=self.facts.as_of,
        )

    def _number(self, start: int, place: int) -> int:
        number: int = _NUMBER.unpack_from(self._content, start + place * _NUMBER_BYTES)[0]
        return number


def _sizes(content: bytes, name: str) -> tuple[int, int, int, int]:
    """Return the bytes of facts, the keys, the labels, and the bytes of labels of an undamaged file."""
    if len(content) < _HEADER.size + _DIGEST_BYTES:
        raise unusable(name, "it is cut short")
    magic, version, *sizes = _HEADER.unpack_from(content)
    if magic != _MAGIC:
        raise unusable(name, "its file is not one of a list")
    if version != _VERSION:
        raise unusable(name, f"it is of version {version}, not {_VERSION}")
    view = memoryview(content)
    if hashlib.sha256(view[:-_DIGEST_BYTES]).digest() != content[-_DIGEST_BYTES:]:
        raise unusable(name, "it is damaged: its checksum is wrong")
    about, count, labels, label_bytes = sizes
    whole = about + count * (_KEY_BYTES + _NUMBER_BYTES) + labels * _NUMBER_BYTES + label_bytes
    if _HEADER.size + whole + _DIGEST_BYTES != len(content):
        raise unusable(name, "it is damaged: its parts do not add up")
    return about, count, labels, label_bytes


def _as_object(facts: ListFacts) -> dict[str, object]:
    return {
        "name": facts.name,
        "format": facts.format,
        "origin": facts.origin,
        "source": facts.source,
        "as_of": facts.as_of,
        "standing": None if facts.standing is None else facts.standing.value,
        "skips_bad": facts.skips_bad,
        "left_out": facts.left_out,
        "counts": {standing.value: count for standing, count in facts.counts.items()},
    }


def _facts(content: bytes, name: str) -> ListFacts:
    """Return the facts that a file holds; raises ConfigurationError for others than this list's."""
    try:
        told: dict[str, Any] = parse_object(content)
        standing = None if told["standing"] is None else Standing(told["standing"])
        counts = {Standing(word): int(count) for word, count in told["counts"].items()}
        facts = ListFacts(**{**told, "standing": standing, "counts": counts})
    except (InvalidJson, KeyError, TypeError, ValueError, AttributeError) as error:
        raise unusable(name, "it is damaged: the facts about it cannot be read") from error
    if facts.name != name:
        raise unusable(name, "its file is that of a list of another name")
    return facts


def unusable(name: str, problem: str) -> ConfigurationError:
    """Return the error of a kept list that cannot be used; `name` is one that a list may have."""
    return ConfigurationError(
        f"the list '{name}' cannot be used: {problem}",
        hint=f"import it again, or `guard lists remove {name}`; a list that fails is never taken for empty",
    )
