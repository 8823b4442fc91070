"""A kept list: it finds what a dict finds, and a damaged one is an error, never an empty list."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guard.adapters.list_formats import Mark
from guard.adapters.list_store import KeptList, ListFacts, pack_list
from guard.core.reputation import Listing, Standing
from guard.errors import ConfigurationError

NAME = "scams"
FACTS = ListFacts(
    name=NAME,
    format="lines",
    origin="/srv/scams.txt",
    source="scams.txt",
    as_of=1_700_000_000,
    standing=Standing.MALICIOUS,
    skips_bad=True,
    left_out=3,
    counts={Standing.MALICIOUS: 1, Standing.KNOWN: 2},
)
MARKS = {
    bytes(20): Mark(Standing.KNOWN, "zero"),
    b"\x11" * 20: Mark(Standing.MALICIOUS, "thief \u00e9"),
    b"\xff" * 20: Mark(Standing.KNOWN, ""),
}
PACKED = pack_list(FACTS, MARKS)

keys = st.binary(min_size=20, max_size=20) | st.integers(0, 40).map(lambda number: number.to_bytes(20, "big"))
marks = st.builds(
    Mark, st.sampled_from(Standing), st.sampled_from(["", "a", "b\u00e9"]) | st.text("ab\u6bd4", max_size=5)
)


def sealed(content: bytes) -> bytes:
    """Return a file with this content under a right checksum."""
    return content + hashlib.sha256(content).digest()


def listing(mark: Mark) -> Listing:
    return Listing(
        list_name=NAME,
        standing=mark.standing,
        label=mark.label,
        source=FACTS.source,
        as_of=FACTS.as_of,
    )


@given(st.dictionaries(keys, marks, max_size=60), st.lists(keys))
@example({}, [bytes(20)])
@example(MARKS, [])
def test_it_finds_what_a_dict_finds(kept: dict[bytes, Mark], asked: list[bytes]) -> None:
    reading = KeptList(pack_list(FACTS, kept), name=NAME)
    found = {key: reading.find(key) for key in [*asked, *kept]}
    assert found == {key: listing(kept[key]) if key in kept else None for key in [*asked, *kept]}
    assert reading.keys() == kept.keys()


@given(
    st.builds(
        ListFacts,
        name=st.just(NAME),
        format=st.sampled_from(["lines", "csv"]),
        origin=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        source=st.text("ab.", max_size=9),
        as_of=st.integers(0, 2**40),
        standing=st.none() | st.sampled_from(Standing),
        skips_bad=st.booleans(),
        left_out=st.integers(0, 2**32),
        counts=st.dictionaries(st.sampled_from(Standing), st.integers(1, 2**20)),
    )
)
def test_the_facts_about_it_come_back(facts: ListFacts) -> None:
    reading = KeptList(pack_list(facts, {}), name=NAME)
    assert reading.facts == facts
    assert reading.facts.size == sum(facts.counts.values())


def test_what_stands_behind_the_keys_is_not_taken_for_one() -> None:
    kept = {number.to_bytes(20, "big"): Mark(Standing.KNOWN, "") for number in range(5)}
    behind = b"\x03\0\0\0" * 5
    packed = pack_list(FACTS, kept)
    assert packed.index(max(kept) + behind)
    assert KeptList(packed, name=NAME).find(behind) is None


def test_a_label_that_many_share_is_kept_once() -> None:
    one = len(pack_list(FACTS, {bytes(20): Mark(Standing.KNOWN, "x" * 80)}))
    many = {number.to_bytes(20, "big"): Mark(Standing.KNOWN, "x" * 80) for number in range(100)}
    assert len(pack_list(FACTS, many)) == one + 99 * 24


def test_the_order_of_the_entries_does_not_matter() -> None:
    assert pack_list(FACTS, dict(reversed(MARKS.items()))) == PACKED


@pytest.mark.parametrize("length", range(len(PACKED)))
def test_a_file_cut_anywhere_is_an_error(length: int) -> None:
    with pytest.raises(ConfigurationError, match="the list 'scams' cannot be used: it is"):
        KeptList(PACKED[:length], name=NAME)


@given(st.integers(0, len(PACKED) - 1), st.integers(1, 255))
def test_a_file_with_one_byte_changed_is_an_error(place: int, change: int) -> None:
    damaged = bytearray(PACKED)
    damaged[place] ^= change
    with pytest.raises(ConfigurationError, match="the list 'scams' cannot be used"):
        KeptList(bytes(damaged), name=NAME)


def test_a_file_with_something_behind_its_end_is_an_error() -> None:
    for content in (PACKED + b"\0", sealed(PACKED[:-32] + b"\0")):
        with pytest.raises(ConfigurationError, match="it is damaged"):
            KeptList(content, name=NAME)


def test_a_file_of_another_kind_or_version_is_named_as_such() -> None:
    with pytest.raises(ConfigurationError, match="its file is not one of a list"):
        KeptList(b"SQLite format 3\0" + bytes(100), name=NAME)
    newer = bytearray(PACKED[:-32])
    struct.pack_into("<I", newer, 8, 2)
    with pytest.raises(ConfigurationError, match="it is of version 2, not 1"):
        KeptList(sealed(bytes(newer)), name=NAME)


def test_a_file_that_was_given_another_name_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="its file is that of a list of another name"):
        KeptList(PACKED, name="other")


@pytest.mark.parametrize(
    "change",
    [
        {"standing": "good"},
        {"counts": {"good": 1}},
        {"counts": {"known": "x"}},
        {"counts": []},
        {"more": 1},
    ],
)
def test_facts_that_cannot_be_read_are_an_error(change: dict[str, object]) -> None:
    about = {
        "name": NAME,
        "format": "lines",
        "origin": "/x",
        "source": "x",
        "as_of": 1,
        "standing": None,
        "skips_bad": False,
        "left_out": 0,
        "counts": {},
    }
    assert KeptList(_file(about), name=NAME).facts.origin == "/x"
    for told in ({**about, **change}, {key: about[key] for key in about if key not in change}):
        if told != about:
            with pytest.raises(ConfigurationError, match="the facts about it cannot be read"):
                KeptList(_file(told), name=NAME)


def _file(about: dict[str, object]) -> bytes:
    text = json.dumps(about).encode()
    return sealed(struct.pack("<8sIIIII", b"TXGLIST\0", 1, len(text), 0, 0, 0) + text)


def test_the_error_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError) as caught:
        KeptList(b"", name=NAME)
    assert caught.value.as_mapping() == {
        "code": "configuration",
        "message": "the list 'scams' cannot be used: it is cut short",
        "hint": "import it again, or `guard lists remove scams`; a list that fails is never taken for empty",
    }


def test_a_kept_list_never_changes() -> None:
    reading = KeptList(PACKED, name=NAME)
    assert KeptList(pack_list(replace(FACTS, as_of=1), {}), name=NAME).find(bytes(20)) is None
    assert reading.find(bytes(20)) == listing(MARKS[bytes(20)])
