from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.errors import InvalidJson
from guard.proxy.batches import split_list

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.lists(JSON), st.sampled_from([(", ", ": "), (",", ":"), (" , ", " : ")]), st.booleans())
def test_the_members_of_a_list_are_the_bytes_they_are(
    members: list[object], separators: tuple[str, str], is_ascii: bool
) -> None:
    text = json.dumps(members, separators=separators, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    parts = split_list(text)
    assert [json.loads(part) for part in parts] == members
    assert all(part in text for part in parts)


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"1", b"[1", b"1]", b"[1]]", b"[1],[2]", b"[[1]", b'["]', b"[}]1]"]
)
def test_what_is_no_list_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidJson):
        split_list(text)


def test_depth_costs_nothing() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    assert split_list(deep) == [deep[1:-1]]
