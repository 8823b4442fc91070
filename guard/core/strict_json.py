"""Bytes into one JSON object, or a list, that can be read in exactly one way, or a refusal.

What belongs here: the parse, used alike for what callers send and for what services answer. What must not:
any knowledge of keys and meanings.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from guard.errors import InvalidJson

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_NUMERAL = 128
"""Characters of one number: 2^256 has 78 digits, and every double has a shorter form."""

_STRUCTURE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{\]}]', re.DOTALL)
"""Strings, to be passed over, and the brackets outside them."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_object(data: bytes, *, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Read `data` as one JSON object.

    Raises InvalidJson for anything but UTF-8 without a byte order mark, more than `max_bytes`, more than one
    value or another value than an object, a key given twice at any level, NaN, infinities and numbers beyond
    a double, numerals above 128 characters, nesting deeper than 32, and lone surrogates.
    """
    parsed = parse_document(data, max_bytes=max_bytes)
    if not isinstance(parsed, dict):
        raise _refused("not a JSON object")
    return parsed


def parse_document(data: bytes, *, max_bytes: int = MAX_BYTES) -> dict[str, Any] | list[Any]:
    """Read `data` as one JSON object or one list, by the same rules."""
    if len(data) > max_bytes:
        raise _refused(f"more than {max_bytes} bytes")
    try:
        text = data.decode("utf-8")
        _check_depth(text)
        parsed = json.loads(
            text,
            object_pairs_hook=_object_without_duplicates,
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise _refused("not UTF-8") from error
    except json.JSONDecodeError as error:
        raise _refused("not JSON") from error
    if not isinstance(parsed, dict | list):
        raise _refused("not a JSON object")
    _check_tree(parsed)
    return parsed


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser, which recurses in C, can meet it.

    Its RecursionError cannot be relied on: py_ecc, which eth-account imports, raises the limit to 100,000,
    and the stack ends before that.
    """
    depth = 0
    for match in _STRUCTURE.finditer(text):
        if match[0] in ("[", "{"):
            depth += 1
        elif match[0] in ("]", "}"):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _refused(f"nested deeper than {MAX_DEPTH}")


def _check_tree(root: dict[str, Any] | list[Any]) -> None:
    """Refuse deep nesting and lone surrogates; iterative, for the depth is what is in doubt."""
    level: list[Any] = [root]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner.extend(value.keys())
                inner.extend(value.values())
            elif isinstance(value, list):
                inner.extend(value)
            elif isinstance(value, str) and _SURROGATE.search(value):
                raise _refused("text with a lone surrogate")
        if not inner:
            return
        level = inner
    raise _refused(f"nested deeper than {MAX_DEPTH}")


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise _refused("a key given twice")
    return mapping


def _integer(numeral: str) -> int:
    _check_length(numeral)
    return int(numeral)


def _fraction(numeral: str) -> float:
    _check_length(numeral)
    number = float(numeral)
    if not math.isfinite(number):
        raise _refused("a number beyond the range of a double")
    return number


def _constant(_: str) -> NoReturn:
    raise _refused("NaN or an infinity")


def _check_length(numeral: str) -> None:
    if len(numeral) > MAX_NUMERAL:
        raise _refused(f"a number of more than {MAX_NUMERAL} characters")


def _refused(problem: str) -> InvalidJson:
    return InvalidJson(problem, hint="give one JSON object in UTF-8, each key once, finite numbers only")
