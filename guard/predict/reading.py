"""The service's answer, read as a class by one table; what the table does not name is UNKNOWN.

What belongs here: the pure reading of one answer's bytes. What must not: asking, and our own route's answers
(`contract.py`), which use other words.

Case and ASCII white space around a word do not matter. Nothing else is forgiven: no look-alike letters, no
Unicode folding, no key in another case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from guard.core.prediction import PredictionClass
from guard.core.strict_json import parse_object
from guard.core.text import escape_untrusted
from guard.errors import InvalidJson

_WORD_KEYS = frozenset({"prediction", "confidence"})
_TEXT_KEYS = ("type", "Type")
_KNOWN_KEYS = _WORD_KEYS.union(_TEXT_KEYS)

_WHITE_SPACE = " \t\r\n\f\v"
_PERCENT = re.compile(r"(?P<number>[0-9]{1,3}(?:\.[0-9]{1,20})?)%")
_EVEN = Decimal("0.5")

# UNKNOWN asks a person where SUSPICIOUS is a note, so it is the worse of the two.
_FROM_GOOD_TO_BAD = (
    PredictionClass.SAFE,
    PredictionClass.SUSPICIOUS,
    PredictionClass.UNKNOWN,
    PredictionClass.FRAUD,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one answer of the service says."""

    prediction_class: PredictionClass
    """The class; UNKNOWN where the table does not name the answer."""
    probability: float | None = None
    """Probability of fraud, 0 to 1; None where it cannot be told."""
    text: str | None = None
    """The service's own words, escaped and cut; None where it sent none."""
    reason: str | None = None
    """Why the class is UNKNOWN or SUSPICIOUS, in one escaped line."""


def read_upstream(answer: bytes) -> Reading:
    """Read the body of a 200; never raises, for what cannot be read is UNKNOWN with a reason."""
    try:
        fields = parse_object(answer)
    except InvalidJson as error:
        return _unknown(error.message)
    for key in fields:
        if key not in _KNOWN_KEYS and key.strip().lower() in _KNOWN_KEYS:
            return _unknown(f"its key '{escape_untrusted(key, limit=40)}' is not spelled as documented")
    word = fields.get("prediction")
    if not isinstance(word, str):
        return _unknown("it has no prediction that is a word")
    texts = [fields[key] for key in _TEXT_KEYS if key in fields]
    confidence = _confidence(fields)
    if _folded(word) == "fraud":
        return _fraud(texts, confidence)
    if _folded(word) not in ("safe", "non-fraud"):
        return _unknown(f"its prediction is '{escape_untrusted(word, limit=80)}'")
    readings = [_not_fraud(text, confidence) for text in texts or [None]]
    return max(readings, key=lambda reading: _FROM_GOOD_TO_BAD.index(reading.prediction_class))


def _fraud(texts: list[Any], confidence: Decimal | None) -> Reading:
    words = [text for text in texts if isinstance(text, str) and text.strip(_WHITE_SPACE)]
    return Reading(
        prediction_class=PredictionClass.FRAUD,
        probability=_float(confidence),
        text=escape_untrusted(words[0]) if words else None,
    )


def _not_fraud(text: object, confidence: Decimal | None) -> Reading:
    """Read "Safe" or "Non-Fraud" together with one text, or with None where there is none."""
    if text is not None and not isinstance(text, str):
        return _unknown("its type is not text")
    if text is None or not text.strip(_WHITE_SPACE):
        return Reading(
            prediction_class=PredictionClass.SUSPICIOUS,
            reason="the service says not fraud, without the text that would tell safe from mildly unsafe",
        )
    shown = escape_untrusted(text)
    if _folded(text).startswith("mildly unsafe"):
        return Reading(
            prediction_class=PredictionClass.SUSPICIOUS,
            probability=_float(confidence),
            text=shown,
            reason="the service says mildly unsafe",
        )
    if _folded(text) != "safe transaction":
        return _unknown(f"its type is '{escape_untrusted(text, limit=80)}', and its prediction is not fraud")
    probability = None if confidence is None else _float(1 - confidence)
    if confidence is not None and confidence < _EVEN:
        return Reading(
            prediction_class=PredictionClass.SUSPICIOUS,
            probability=probability,
            text=shown,
            reason="the service says safe, with a confidence below one half",
        )
    return Reading(prediction_class=PredictionClass.SAFE, probability=probability, text=shown)


def _folded(word: str) -> str:
    """Return `word` in lower case and without ASCII white space around it."""
    # The one foreign letter that lower() turns into a plain one is the Kelvin sign, and no word has a k.
    return word.strip(_WHITE_SPACE).lower()


def _confidence(fields: Mapping[str, Any]) -> Decimal | None:
    """Return the confidence as a fraction of one; None for its absence and for every form but `97.31%`."""
    given = fields.get("confidence")
    if not isinstance(given, str):
        return None
    match = _PERCENT.fullmatch(given.strip(_WHITE_SPACE))
    if match is None or Decimal(match["number"]) > 100:
        return None
    return Decimal(match["number"]) / 100


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


def _unknown(reason: str) -> Reading:
    return Reading(prediction_class=PredictionClass.UNKNOWN, reason=reason)
