from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.core.rpc_values import check_names, needed_quantity, parse_data, parse_objects
from guard.errors import InvalidRequest


@given(st.binary(max_size=40))
def test_calldata_is_read_as_it_is_written(data: bytes) -> None:
    assert parse_data("0x" + data.hex(), "data") == data
    assert parse_data("0x" + data.hex().upper(), "data") == data


def test_a_quantity_that_is_needed_is_not_left_out() -> None:
    assert needed_quantity({"nonce": "0x0"}, "nonce") == 0
    with pytest.raises(InvalidRequest, match="nonce cannot be None"):
        needed_quantity({}, "nonce")


def test_objects_have_exactly_their_names() -> None:
    assert parse_objects({"list": [{"a": 1}]}, "list", {"a"}) == [{"a": 1}]
    assert parse_objects({"list": None}, "list", {"a"}) == parse_objects({}, "list", {"a"}) == []
    with pytest.raises(InvalidRequest, match=r"list cannot be \{\}"):
        parse_objects({"list": [{}]}, "list", {"a"})


def test_a_name_that_is_not_known_is_shown_escaped() -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_names({"a": 1, "\x1b": 1}, {"a"}, "the thing")
    assert caught.value.message == "the thing has fields that are not understood: \\x1b"
