"""Generated answers of a service, and an independent reading of the table in the architecture's words.

What belongs here: a seeded generator of bodies, and the oracle. What must not: any import of the reader under
test, or of the parser below it.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

SPACE = r"[ \t\r\n\f\v]*"
_FRAUD, _NOT_FRAUD, _SAFE_TEXT, _MILDLY = (
    re.compile(f"{SPACE}{words}", re.IGNORECASE | re.ASCII | re.DOTALL)
    for words in (
        rf"fraud{SPACE}",
        rf"(?:non-fraud|safe){SPACE}",
        rf"safe transaction{SPACE}",
        r"mildly unsafe.*",
    )
)
_PERCENT = re.compile(rf"{SPACE}([0-9]{{1,3}}(?:\.[0-9]{{1,20}})?)%{SPACE}", re.ASCII)
_RANK = ("SAFE", "SUSPICIOUS", "UNKNOWN", "FRAUD")

_Row = Callable[[random.Random], bytes]


class _Refused(Exception):
    """The bytes are not one object that can be read in exactly one way."""


def class_by_the_table(body: bytes) -> str:
    """Return the name of the class that the table of the contract gives these bytes."""
    try:
        fields = _one_object(body)
    except (_Refused, ValueError, RecursionError):
        return "UNKNOWN"
    known = {"prediction", "confidence", "type", "Type"}
    if any(key not in known and key.strip().lower() in known for key in fields):
        return "UNKNOWN"
    word = fields.get("prediction")
    if not isinstance(word, str):
        return "UNKNOWN"
    if _FRAUD.fullmatch(word):
        return "FRAUD"
    if not _NOT_FRAUD.fullmatch(word):
        return "UNKNOWN"
    texts = [fields[name] for name in ("type", "Type") if name in fields] or [None]
    confidence = _confidence(fields.get("confidence"))
    return max((_row(text, confidence) for text in texts), key=_RANK.index)


def _row(text: object, confidence: float | None) -> str:
    if text is None or (isinstance(text, str) and re.fullmatch(SPACE, text)):
        return "SUSPICIOUS"
    if not isinstance(text, str):
        return "UNKNOWN"
    if _MILDLY.fullmatch(text):
        return "SUSPICIOUS"
    if not _SAFE_TEXT.fullmatch(text):
        return "UNKNOWN"
    return "SUSPICIOUS" if confidence is not None and confidence < 50 else "SAFE"


def _confidence(given: object) -> float | None:
    match = _PERCENT.fullmatch(given) if isinstance(given, str) else None
    number = None if match is None else float(match[1])
    return number if number is not None and number <= 100 else None


def _one_object(body: bytes) -> dict[str, Any]:
    if len(body) > 65_536 or body.count(b"[") + body.count(b"{") > 500:
        raise _Refused
    parsed = json.loads(
        body.decode("utf-8", errors="strict"),
        object_pairs_hook=_without_duplicates,
        parse_int=_short,
        parse_float=_short,
        parse_constant=_never,
    )
    if not isinstance(parsed, dict) or _depth(parsed) > 32:
        raise _Refused
    return parsed


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    texts = [*keys, *(value for _, value in pairs if isinstance(value, str))]
    if len(set(keys)) != len(keys) or any(
        "\ud800" <= letter <= "\udfff" for text in texts for letter in text
    ):
        raise _Refused
    return dict(pairs)


def _short(numeral: str) -> float:
    if len(numeral) > 128 or not math.isfinite(float(numeral)):
        raise _Refused
    return float(numeral)


def _never(constant: str) -> float:
    raise _Refused


def _depth(value: object) -> int:
    """Return how many values stand within one another, the innermost number or text included."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if any("\ud800" <= letter <= "\udfff" for item in inner if isinstance(item, str) for letter in item):
        raise _Refused
    return 1 + max(map(_depth, inner), default=0)


# Control, bidi, zero width, tag, line separator, private, surrogate, combining, full width, look-alike.
NASTY = (
    "\x00\x07\x08\x1b\x7f\x85\x9b\xa0\xad\u034f\u061c\u115f\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029"
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\u206a\u3000\u3164\ufe0f\ufeff\uff41\uffa0"
    "\ufff9\U000e0041\U000e01ef\ue000\u0301\u0336\u0430\u0455\u017f\u212a\u0130"
)
_SEQUENCES = (
    "\x1b[31m",
    "\x1b]52;c;QUJD\x07",
    "\x1b]8;;https://evil.example\x1b\\",
    "\x9b2J",
    "[red]",
    "\r\n",
)
_WORDS = (
    "Safe",
    "Non-Fraud",
    "Fraud",
    "Suspicious",
    "Abstained",
    "Not Fraud",
    "Safe; Fraud",
    "",
    "0",
    "true",
)
_TEXTS = ("Safe Transaction", "Safe transaction", "Unsafe Transaction", "Mildly Unsafe - x", "", "error: x")
_CONFIDENCES = (
    "93.10%",
    "40.00%",
    "50%",
    "49.999%",
    "100%",
    "101%",
    "nan%",
    "-5%",
    "1_0%",
    "９%",
    "0.97",
    "%",
)


def generated(count: int, seed: int) -> Iterator[bytes]:
    """Yield `count` bodies, the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        yield chance.choices(_ROWS, _WEIGHTS)[0](chance)


def _fields(chance: random.Random) -> dict[str, Any]:
    """Return fields that are often a row of the table."""
    word = chance.choice(("Safe", "Safe", "Non-Fraud", "Non-Fraud", "Fraud"))
    fields: dict[str, Any] = {"prediction": _spelled(chance, word)}
    for key in chance.choice((("type",), ("Type",), ("type", "Type"), ())):
        fields[key] = _spelled(chance, chance.choice((*_TEXTS[:2], *_TEXTS)))
    if chance.random() < 0.5:
        fields["confidence"] = chance.choice(_CONFIDENCES)
    return fields


def _spelled(chance: random.Random, word: str) -> str:
    word = chance.choice((word, word, word.lower(), word.upper(), word.swapcase()))
    edges = ("", " ", "\n", "\t ", "\r\n", "\u00a0", "\u200b")
    before, after = chance.choices(edges, (20, 2, 2, 2, 2, 1, 1), k=2)
    return before + word + after


def _documented(chance: random.Random) -> bytes:
    return _dumped(chance, _fields(chance))


def _misspelled(chance: random.Random) -> bytes:
    """One letter of one word is another, missing, or has a companion."""
    fields = _fields(chance)
    key = chance.choice(list(fields))
    text = str(fields[key])
    place = chance.randrange(len(text) + 1)
    fields[key] = (
        text[:place] + chance.choice((chance.choice(NASTY), "", "a")) + text[place + chance.randrange(2) :]
    )
    return _dumped(chance, fields)


def _loud(chance: random.Random) -> bytes:
    """A text that would do something to a terminal, a log or a page."""
    fields = _fields(chance)
    noise = "".join(chance.choice((*_SEQUENCES, *NASTY, "abc ")) for _ in range(chance.randrange(1, 40)))
    key = chance.choice(("type", "Type", "prediction", "confidence", "note" + noise))
    fields[key] = chance.choice(("", "Mildly Unsafe ", "Safe Transaction")) + noise
    return _dumped(chance, fields)


def _wrongly_typed(chance: random.Random) -> bytes:
    fields = _fields(chance)
    for key in chance.sample(("prediction", "type", "Type", "confidence", "extra"), chance.randrange(1, 4)):
        fields[key] = _value(chance, 3)
    return _dumped(chance, fields)


def _value(chance: random.Random, depth: int) -> Any:
    kind = chance.randrange(8 if depth else 6)
    if kind == 6:
        return [_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    if kind == 7:
        return {chance.choice(_TEXTS): _value(chance, depth - 1) for _ in range(chance.randrange(3))}
    return (
        None,
        True,
        chance.randrange(-5, 10**18),
        chance.random(),
        chance.choice(_WORDS),
        chance.choice(NASTY),
    )[kind]


def _twice(chance: random.Random) -> bytes:
    """A key is given twice, in either order."""
    pairs = list(_fields(chance).items())
    pairs.insert(chance.randrange(len(pairs) + 1), (chance.choice(pairs)[0], chance.choice(_WORDS)))
    return ("{" + ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in pairs) + "}").encode()


def _other_case(chance: random.Random) -> bytes:
    fields = _fields(chance)
    key = chance.choice(list(fields))
    fields[chance.choice((key.upper(), key.title(), f" {key}", f"{key}\n", f"{key}\u200b"))] = fields.pop(key)
    return _dumped(chance, fields)


def _odd_number(chance: random.Random) -> bytes:
    number = chance.choice(
        ("NaN", "Infinity", "-Infinity", "1e400", "1" * 129, "-0", "1E5", "0x1", "01", "1.")
    )
    return _dumped(chance, _fields(chance))[:-1] + f', "score": {number}}}'.encode()


def _broken(chance: random.Random) -> bytes:
    """Bytes are cut off, changed, added, or in another encoding."""
    body = _dumped(chance, _fields(chance))
    place = chance.randrange(len(body))
    match chance.randrange(6):
        case 0:
            return body[:place]
        case 1:
            return body[:place] + bytes([chance.randrange(256)]) + body[place + 1 :]
        case 2:
            return body + chance.choice((b"x", b"{}", b"\x00", b" ", b"\n", b",", b"\xff"))
        case 3:
            return b"\xef\xbb\xbf" + body
        case 4:
            return body.decode().encode(chance.choice(("utf-16", "utf-32-le", "utf-7")), "surrogatepass")
        case _:
            return chance.choice((b"", b"null", b'"Safe"', b"[]", b"<html>", b"[" + body + b"]", b"\x00" * 9))


def _nested(chance: random.Random) -> bytes:
    depth = chance.choice((2, 29, 30, 31, 32, 33, 400, 20_000))
    opening, closing = chance.choice((("[", "]"), ('{"a":', "}")))
    inner = (
        opening * depth + ("1" if opening != "[" else "") + closing * chance.choice((depth, depth, depth - 1))
    )
    return _dumped(chance, _fields(chance))[:-1] + f', "more": {inner}}}'.encode()


def _huge(chance: random.Random) -> bytes:
    fields = _fields(chance)
    length = chance.choice((500, 513, 5_000, 65_000, 65_536, 70_000))
    fields[chance.choice(("type", "prediction", "extra"))] = (
        chance.choice(("x", "\n", "é", "\u202e")) * length
    )
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")


def _surrogate(chance: random.Random) -> bytes:
    body = _dumped(chance, _fields(chance))
    return body[:-1] + chance.choice(
        (b', "x": "\\ud800"}', b', "x": ["\\udfff"]}', b', "\\ud83d": 1}', b', "x": "\\ud83d\\ude00"}')
    )


def _dumped(chance: random.Random, fields: dict[str, Any]) -> bytes:
    keys = list(fields)
    chance.shuffle(keys)
    text = json.dumps({key: fields[key] for key in keys}, ensure_ascii=chance.random() < 0.5)
    return text.encode("utf-8", "surrogatepass")


_ROWS: tuple[_Row, ...] = (
    _documented, _misspelled, _loud, _wrongly_typed, _twice, _other_case, _odd_number, _broken, _nested,
    _huge, _surrogate,
)  # fmt: skip
_WEIGHTS = (30, 15, 15, 10, 6, 5, 5, 8, 2, 1, 3)
