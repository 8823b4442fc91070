from __future__ import annotations

from typing import Any

import pytest
import rlp as oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from rlp.sedes import big_endian_int

from guard.core import rlp
from guard.errors import InvalidRequest

ITEMS = st.recursive(
    st.binary(max_size=80) | st.binary(min_size=55, max_size=57) | st.binary(min_size=250, max_size=300),
    lambda children: st.lists(children, max_size=6),
    max_leaves=20,
)


@settings(max_examples=300)
@given(ITEMS)
def test_what_is_encoded_is_what_the_rlp_library_encodes_and_is_read_back(item: Any) -> None:
    encoded = rlp.encode(item)
    assert encoded == oracle.encode(item)
    assert rlp.decode(encoded) == item == oracle.decode(encoded, strict=True)


@given(st.integers(0, 2**256))
def test_integers_are_written_as_the_rlp_library_writes_them_and_read_back(number: int) -> None:
    written = rlp.encode_integer(number)
    assert written == big_endian_int.serialize(number)
    assert rlp.decode_integer(written, "a number") == number


@settings(max_examples=500)
@given(
    st.binary(max_size=40)
    | st.lists(st.sampled_from([0, 1, 0x7F, 0x80, 0x81, 0xB7, 0xB8, 0xC0, 0xC1, 0xF8]), max_size=12).map(
        bytes
    )
)
def test_any_bytes_are_read_as_the_strict_rlp_library_reads_them_or_refused_alike(encoded: bytes) -> None:
    try:
        expected = oracle.decode(encoded, strict=True)
    except oracle.DecodingError:
        with pytest.raises(InvalidRequest):
            rlp.decode(encoded)
        return
    assert rlp.decode(encoded) == expected
    assert rlp.encode(expected) == encoded


@given(ITEMS, st.data())
def test_no_encoding_survives_a_cut_or_an_added_byte(item: Any, data: st.DataObject) -> None:
    encoded = rlp.encode(item)
    with pytest.raises(InvalidRequest, match="canonical RLP"):
        rlp.decode(encoded + b"\x00")
    with pytest.raises(InvalidRequest, match="canonical RLP"):
        rlp.decode(encoded[: data.draw(st.integers(0, len(encoded) - 1))])


@pytest.mark.parametrize(
    ("encoded", "problem"),
    [
        ("", "it is cut off"),
        ("83646f", "it is cut off"),
        ("c382aa", "it is cut off"),
        ("b9", "a length has a leading zero"),
        ("b90038" + "aa" * 56, "a length has a leading zero"),
        ("b800", "a length has a leading zero"),
        ("b837" + "aa" * 55, "a short length is written in the long form"),
        ("f837" + "aa" * 55, "a short length is written in the long form"),
        ("bf" + "ff" * 8, "it is cut off"),
        ("8100", "a single byte has a needless length"),
        ("817f", "a single byte has a needless length"),
        ("8080", "1 bytes follow its end"),
        ("c00000", "2 bytes follow its end"),
        ("c283646f67", "a list's items overrun its length"),
    ],
)
def test_every_form_but_the_canonical_one_is_refused_with_its_reason(encoded: str, problem: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        rlp.decode(bytes.fromhex(encoded))
    assert caught.value.message == f"the bytes are not canonical RLP: {problem}"


def nested(depth: int) -> bytes:
    encoded = b""
    for _ in range(depth):
        encoded = rlp._prefix(len(encoded), 0xC0) + encoded
    return encoded


def test_nesting_has_a_bound_that_no_input_can_exhaust() -> None:
    assert rlp.encode(rlp.decode(nested(17))) == nested(17)
    for depth in (18, 20_000):
        with pytest.raises(InvalidRequest, match="nested too deeply"):
            rlp.decode(nested(depth))


@pytest.mark.parametrize(
    ("item", "problem"),
    [([], "the nonce is a list"), (b"\x00", "a leading zero"), (b"\x00\x01", "a leading zero")],
)
def test_what_is_no_canonical_integer_is_refused(item: rlp.Item, problem: str) -> None:
    with pytest.raises(InvalidRequest, match=problem):
        rlp.decode_integer(item, "the nonce")
