from __future__ import annotations

from typing import Any

import pytest
from eth_abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.core.abi import Arguments, Budget, read, write
from guard.core.address import Address
from guard.core.rules.examples import FRIEND
from guard.errors import UnreadableArguments
from tests.core.strategies import addresses, uint256

ELEMENTARY: dict[str, st.SearchStrategy[Any]] = {
    "address": addresses,
    "bool": st.booleans(),
    "uint256": uint256,
    "uint48": st.integers(0, 2**48 - 1),
    "int24": st.integers(-(2**23), 2**23 - 1),
    "int256": st.integers(-(2**255), 2**255 - 1),
    "bytes": st.binary(max_size=70),
    "bytes4": st.binary(min_size=4, max_size=4),
    "bytes32": st.binary(min_size=32, max_size=32),
    "string": st.text(max_size=20),
}
TRANSFER = "address,uint256"
CANONICAL = write(TRANSFER, (FRIEND, 5))


def _array(inner: tuple[str, Any]) -> tuple[str, Any]:
    return inner[0] + "[]", st.lists(inner[1], max_size=3).map(tuple)


def _pair(inner: tuple[str, Any]) -> tuple[str, Any]:
    return inner[0] + "[2]", st.tuples(inner[1], inner[1])


def _tuple(inner: list[tuple[str, Any]]) -> tuple[str, Any]:
    return f"({','.join(name for name, _ in inner)})", st.tuples(*(values for _, values in inner))


TYPES = st.recursive(
    st.sampled_from(list(ELEMENTARY.items())),
    lambda inner: inner.map(_array) | inner.map(_pair) | st.lists(inner, min_size=1, max_size=3).map(_tuple),
    max_leaves=5,
)


@settings(max_examples=300)
@given(st.lists(TYPES, max_size=4), st.data())
def test_what_the_reference_encoder_writes_is_read_back_and_written_alike(
    types: list[tuple[str, Any]], data: st.DataObject
) -> None:
    names = ",".join(name for name, _ in types)
    values = tuple(data.draw(values) for _, values in types)
    encoded = encode([name for name, _ in types], values)
    assert write(names, values) == encoded
    assert read(names, encoded) == Arguments(values, ())


@settings(max_examples=300)
@given(st.lists(TYPES, max_size=4), st.binary(max_size=400))
def test_junk_is_read_or_refused_and_whatever_is_read_without_oddity_is_canonical(
    types: list[tuple[str, Any]], junk: bytes
) -> None:
    names = ",".join(name for name, _ in types)
    try:
        arguments = read(names, junk)
    except UnreadableArguments:
        return
    assert (write(names, arguments.values) == junk) is (arguments.oddities == ())


@pytest.mark.parametrize(
    ("data", "values", "oddities"),
    [
        (CANONICAL + b"\x00", (FRIEND, 5), ("1 bytes follow the arguments",)),
        (CANONICAL + bytes(32), (FRIEND, 5), ("32 bytes follow the arguments",)),
        (CANONICAL[:-1], (FRIEND, 0), ("the arguments end 1 bytes early",)),
        (b"", (Address.from_bytes(bytes(20)), 0), ("the arguments end 64 bytes early",)),
        (b"\x01" + CANONICAL[1:], (FRIEND, 5), ("unused bits are set",)),
        (
            b"\x01" + CANONICAL[1:-1],
            (FRIEND, 0),
            ("the arguments end 1 bytes early", "unused bits are set"),
        ),
    ],
)
def test_a_form_that_contracts_read_as_well_is_read_and_named(
    data: bytes, values: tuple[Any, ...], oddities: tuple[str, ...]
) -> None:
    assert read(TRANSFER, data) == Arguments(values, oddities)


def test_an_offset_that_is_not_the_usual_one_is_read_and_named() -> None:
    usual = write("bytes", (b"abc",))
    moved = (64).to_bytes(32, "big") + bytes(32) + usual[32:]
    assert read("bytes", moved) == Arguments((b"abc",), ("the arguments are not laid out in the usual way",))


@pytest.mark.parametrize(
    ("types", "word", "value"),
    [
        ("bytes4", b"\x01\x02\x03\x04" + bytes(27) + b"\x01", b"\x01\x02\x03\x04"),
        ("uint48", b"\x01" + bytes(30) + b"\x07", 7),
        ("int24", bytes(29) + b"\xff\xff\xff", -1),
    ],
)
def test_bits_outside_of_a_type_are_ignored_and_named(types: str, word: bytes, value: object) -> None:
    assert read(types, word) == Arguments((value,), ("unused bits are set",))


@pytest.mark.parametrize(
    ("types", "data", "problem"),
    [
        ("bool", bytes(31) + b"\x02", "a bool is neither 0 nor 1"),
        ("bytes", b"\xff" * 32, "an offset or a length leads out of the data"),
        ("bytes", bytes(31) + b"\x20", "an offset leads out of the data"),
        ("bytes", bytes(31) + b"\x20" + bytes(31) + b"\x09" + bytes(8), "a byte string is longer"),
        ("uint256[]", bytes(31) + b"\x20" + bytes(31) + b"\x02" + bytes(32), "an array is longer"),
        ("uint256[]", bytes(31) + b"\x20" + b"\x80" + bytes(31), "an offset or a length leads out"),
        ("quux", bytes(32), "there is no type quux"),
    ],
)
def test_what_leads_nowhere_is_refused_with_its_reason(types: str, data: bytes, problem: str) -> None:
    with pytest.raises(UnreadableArguments, match=problem):
        read(types, data)


def test_many_offsets_to_the_same_bytes_do_not_unfold_without_end() -> None:
    blob = write("bytes[]", ((bytes(2000),),))
    count = 200
    offsets = (count * 32).to_bytes(32, "big") * count
    bomb = (32).to_bytes(32, "big") + count.to_bytes(32, "big") + offsets + blob[96:]
    with pytest.raises(UnreadableArguments, match="a byte string is longer than the data"):
        read("bytes[]", bomb)


def test_more_values_than_anybody_needs_are_refused() -> None:
    values = tuple((number,) * 2 for number in range(2100))
    with pytest.raises(UnreadableArguments, match="more than 4096 values"):
        read("(uint256,uint256)[]", write("(uint256,uint256)[]", (values,)))
    with pytest.raises(UnreadableArguments, match="an array is longer than the data"):
        read("uint256[]", write("uint256[]", (tuple(range(5000)),)))


def test_a_budget_is_one_for_everything_that_is_read_with_it() -> None:
    """D18: values are counted for all calls of a request together."""
    budget = Budget(5)
    data = write("uint256[]", ((1, 2),))
    assert read("uint256[]", data, budget).values == ((1, 2),)
    assert not budget.is_spent
    with pytest.raises(UnreadableArguments, match="more than 4096 values"):
        read("uint256[]", data, budget)
    assert budget.is_spent
