from __future__ import annotations

import json
import sys

import pytest

from guard.core.strict_json import parse_document, parse_object
from guard.errors import InvalidJson


def test_an_object_is_read_whole_with_integers_fractions_and_any_script() -> None:
    data = '{"a": [1, -2.5, null, true, "\\ud83d\\ude00é"], "b": {"c": 1e-18}}'.encode()
    assert parse_object(data) == {"a": [1, -2.5, None, True, "😀é"], "b": {"c": 1e-18}}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b'{"a": 01}', "not JSON"),
        (b'{"a": "\x01"}', "not JSON"),
        (b'\xef\xbb\xbf{"a": 1}', "not JSON"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
        (b"[]", "not a JSON object"),
        (b'"x"', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"1", "not a JSON object"),
        (b'{"a": 1, "a": 1}', "a key given twice"),
        (b'{"a": [{"b": 1, "\\u0062": 2}]}', "a key given twice"),
        (b'{"a": NaN}', "NaN or an infinity"),
        (b'{"a": -Infinity}', "NaN or an infinity"),
        (b'{"a": 1e400}', "a number beyond the range of a double"),
        (b'{"a": ' + b"1" * 5000 + b"}", "a number of more than 128 characters"),
        (b'{"a": 0.' + b"1" * 5000 + b"}", "a number of more than 128 characters"),
        (b'{"a": "\\ud800"}', "text with a lone surrogate"),
        (b'{"\\udfff": 1}', "text with a lone surrogate"),
        (b'{"a":' * 32 + b"1" + b"}" * 32, "nested deeper than 32"),
        (b'{"a":' + b"[" * 30000 + b"]" * 30000 + b"}", "nested deeper than 32"),
        (b'{"a": "' + b"x" * 65536 + b'"}', "more than 65536 bytes"),
    ],
    ids=range(27),
)
def test_whatever_is_not_one_strict_object_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(InvalidJson) as caught:
        parse_object(data)
    assert caught.value.message == problem


def test_nesting_up_to_the_limit_is_read() -> None:
    assert parse_object(b'{"a":' * 31 + b"1" + b"}" * 31)["a"]


def test_two_hundred_thousand_levels_within_a_larger_limit_are_refused() -> None:
    with pytest.raises(InvalidJson, match="nested deeper than 32"):
        parse_object(b'{"a":' + b"[" * 200_000, max_bytes=1_000_000)


def test_deep_nesting_is_refused_whatever_recursion_limit_an_import_has_set() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 100_000))
    try:
        with pytest.raises(InvalidJson, match="nested deeper than 32"):
            parse_object(b'{"a":' + b"[" * 65_000)
    finally:
        sys.setrecursionlimit(limit)


def test_brackets_and_quotes_within_text_are_not_counted_as_nesting() -> None:
    text = '[{"' * 40 + "\\"
    assert parse_object(json.dumps({"a": text, "b": [[]] * 40}).encode()) == {"a": text, "b": [[]] * 40}


def test_a_list_is_read_by_the_same_rules() -> None:
    assert parse_document(b'[{"a": 1}, []]') == [{"a": 1}, []]
    for data in (b'[{"a": 1, "a": 2}]', b"[NaN]", b"[" * 33 + b"]" * 33, b'["\\ud800"]', b"1", b"[1] [2]"):
        with pytest.raises(InvalidJson):
            parse_document(data)
