"""The table of `architecture.md`, row by row, and what it must not be talked into."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from guard.core.prediction import PredictionClass
from guard.predict.reading import Reading, read_upstream

FRAUD, SUSPICIOUS, SAFE, UNKNOWN = (
    PredictionClass.FRAUD,
    PredictionClass.SUSPICIOUS,
    PredictionClass.SAFE,
    PredictionClass.UNKNOWN,
)


def read(**fields: Any) -> Reading:
    return read_upstream(json.dumps(fields).encode())


@pytest.mark.parametrize(
    ("fields", "kind", "probability"),
    [
        ({"prediction": "Fraud", "Type": "Unsafe Transaction"}, FRAUD, None),
        ({"prediction": "Fraud"}, FRAUD, None),
        ({"prediction": "fraud"}, FRAUD, None),
        ({"prediction": " FRAUD\n", "type": "any text at all"}, FRAUD, None),
        ({"prediction": "Fraud", "type": "Safe transaction", "confidence": "97.31%"}, FRAUD, 0.9731),
        ({"prediction": "Fraud", "type": ["x"], "Type": None}, FRAUD, None),
        ({"prediction": "Fraud", "confidence": "0%"}, FRAUD, 0.0),
        ({"prediction": "Safe", "Type": "Safe Transaction"}, SAFE, None),
        ({"prediction": "Safe", "type": " safe TRANSACTION\t"}, SAFE, None),
        ({"prediction": "Non-Fraud", "type": "Safe transaction", "confidence": "93.10%"}, SAFE, 0.069),
        ({"prediction": "Non-Fraud", "type": "Safe transaction", "confidence": "50%"}, SAFE, 0.5),
        ({"prediction": "Non-Fraud", "type": "Safe transaction", "confidence": "100.00%"}, SAFE, 0.0),
        ({"prediction": "Safe", "type": "Safe Transaction", "Type": "safe transaction"}, SAFE, None),
        ({"prediction": "Non-Fraud", "type": "Safe transaction", "confidence": "49.99%"}, SUSPICIOUS, 0.5001),
        ({"prediction": "Non-Fraud", "type": "Safe transaction", "confidence": "40.00%"}, SUSPICIOUS, 0.6),
        ({"prediction": "Non-Fraud", "type": "Mildly Unsafe - x", "confidence": "80.00%"}, SUSPICIOUS, 0.8),
        ({"prediction": "Safe", "Type": "mildly unsafe: é"}, SUSPICIOUS, None),
        ({"prediction": "Non-Fraud"}, SUSPICIOUS, None),
        ({"prediction": "Non-Fraud", "confidence": "99%"}, SUSPICIOUS, None),
        ({"prediction": "Safe", "type": " \n"}, SUSPICIOUS, None),
        ({"prediction": "Safe", "type": None}, SUSPICIOUS, None),
        ({"prediction": "Safe", "type": "Safe Transaction", "Type": ""}, SUSPICIOUS, None),
        ({"prediction": "Safe", "type": "Safe Transaction", "Type": "Mildly Unsafe"}, SUSPICIOUS, None),
        ({"prediction": "Safe", "type": "Mildly Unsafe", "Type": "Safe Transaction"}, SUSPICIOUS, None),
        ({"prediction": "Safe", "type": "Mildly Unsafe", "Type": "something"}, UNKNOWN, None),
        ({"prediction": "Safe", "type": "Unsafe Transaction"}, UNKNOWN, None),
        ({"prediction": "Safe", "type": "Safe Transaction."}, UNKNOWN, None),
        ({"prediction": "Safe", "type": "could not convert string to float"}, UNKNOWN, None),
        ({"prediction": "Safe", "type": 1}, UNKNOWN, None),
        ({"prediction": "Fr\u0430ud"}, UNKNOWN, None),
        ({"prediction": "Fraud\u200b"}, UNKNOWN, None),
        ({"prediction": "\u00a0Safe", "type": "Safe Transaction"}, UNKNOWN, None),
        ({"prediction": "Sa\uff46e", "type": "Safe Transaction"}, UNKNOWN, None),
        ({"prediction": "\u017fafe", "type": "Safe Transaction"}, UNKNOWN, None),
        ({"prediction": "Safe", "type": "Safe Tran\u017faction"}, UNKNOWN, None),
        ({"prediction": "Safe", "type": "M\u0130ldly Unsafe"}, UNKNOWN, None),
        ({"prediction": "Not Fraud", "type": "Safe Transaction"}, UNKNOWN, None),
        ({"prediction": "Safe; Fraud", "type": "Safe Transaction"}, UNKNOWN, None),
        ({"prediction": "", "type": "Safe Transaction"}, UNKNOWN, None),
        ({"prediction": None, "type": "Safe Transaction"}, UNKNOWN, None),
        ({"prediction": 1, "type": "Safe Transaction"}, UNKNOWN, None),
        ({"prediction": ["Safe"], "type": "Safe Transaction"}, UNKNOWN, None),
        ({"type": "Safe Transaction"}, UNKNOWN, None),
        ({"prediction": "Safe", "Prediction": "Fraud", "type": "Safe Transaction"}, UNKNOWN, None),
        ({"prediction": "Safe", "TYPE": "Mildly Unsafe", "type": "Safe Transaction"}, UNKNOWN, None),
        ({}, UNKNOWN, None),
    ],
)
def test_an_answer_is_read_by_the_table(
    fields: dict[str, Any], kind: PredictionClass, probability: float | None
) -> None:
    """B1 B2 B3 B4 B6: the table of the contract, row by row."""
    reading = read_upstream(json.dumps(fields).encode())
    assert (reading.prediction_class, reading.probability) == (kind, probability)
    assert (reading.reason is not None) == (kind in (SUSPICIOUS, UNKNOWN))


@pytest.mark.parametrize(
    "confidence",
    [
        97.31,
        0.97,
        "nan%",
        "-5%",
        "101%",
        "100.01%",
        "1_0%",
        "９７%",
        "97.31",
        "97,31%",
        "%",
        "1e1%",
        ".5%",
        None,
        ["97%"],
        True,
        "5.%",
        "+5%",
        "0x5%",
        "5 %",
        "1000%",
    ],
)
def test_a_confidence_in_any_other_form_is_unknown_and_the_prediction_still_counts(
    confidence: object,
) -> None:
    """B5: any form but `97.31%`."""
    assert read(prediction="Fraud", confidence=confidence) == Reading(prediction_class=FRAUD)
    assert read(prediction="Safe", type="Safe Transaction", confidence=confidence) == Reading(
        prediction_class=SAFE, text="Safe Transaction"
    )


def test_a_confidence_may_have_white_space_around_it() -> None:
    assert read(prediction="Fraud", confidence=" 97.31%\n").probability == 0.9731


@pytest.mark.parametrize(
    "answer",
    [
        b'{"prediction": "Fraud", "prediction": "Safe", "Type": "Safe Transaction"}',
        b'{"prediction": "Safe", "prediction": "Fraud", "Type": "Safe Transaction"}',
        b'{"prediction": "Safe", "Type": "Safe Transaction", "x": NaN}',
        b'{"prediction": "Safe", "Type": "Safe Transaction", "x": 1e400}',
        b'{"prediction": "Safe", "Type": "Safe Transaction"',
        b'[{"prediction": "Safe", "Type": "Safe Transaction"}]',
        b'"Safe"',
        b"",
        b"<html>",
    ],
)
def test_an_answer_that_is_not_strict_json_is_unknown(answer: bytes) -> None:
    """B7: duplicate keys in both orders, and the rest of it."""
    assert read_upstream(answer).prediction_class is UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mred",
        "\x1b]52;c;AAAA\x07",
        "\x1b]8;;https://evil.example\x1b\\click",
        "\x9b31m",
        "\u202eevil\u2066",
        "line\n" * 1000,
        "x" * 60_000,
    ],
)
def test_the_services_text_comes_out_as_one_escaped_line(text: str) -> None:
    """B13: one line, at most 512 characters."""
    for reading in (
        read(prediction="Fraud", type=text),
        read(prediction="Non-Fraud", type=f"Mildly Unsafe {text}"),
    ):
        assert reading.text is not None
        assert len(reading.text) <= 512
        assert reading.text.isprintable()
    reason = read(prediction=text).reason
    assert reason is not None
    assert len(reason) < 200
    assert reason.isprintable()


def test_generated_answers_are_never_safe_unless_the_table_says_so() -> None:
    words = [
        "Safe",
        "Non-Fraud",
        "Fraud",
        "safe ",
        "Sàfe",
        "Safe Transaction",
        "Mildly Unsafe",
        "",
        None,
        1,
        "50%",
    ]
    keys = ["prediction", "type", "Type", "confidence", "Prediction", "extra"]
    choose = random.Random(2)
    for _ in range(3000):
        fields = {key: choose.choice(words) for key in choose.sample(keys, choose.randint(1, 6))}
        reading = read_upstream(json.dumps(fields).encode())
        texts = [fields[key] for key in ("type", "Type") if key in fields]
        by_the_table = (
            fields.get("prediction") in ("Safe", "Non-Fraud", "safe ")
            and texts
            and all(text == "Safe Transaction" for text in texts)
            and "Prediction" not in fields
        )
        assert (reading.prediction_class is SAFE) == bool(by_the_table), fields
