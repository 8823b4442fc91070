"""Two witnesses were asked.

What it finds: that more than one model was asked about the payment, and what each of them said.

Why it matters: the worse answer decides and is shown as the prediction; the other one would not be seen.

What to do: compare them where they differ: one may rest on the recipient's history and the other not.

Limits: two witnesses that agree are not twice as sure, least of all where one knows nothing of the recipient.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.prediction import Prediction, PredictionClass, in_order
from guard.core.rules import examples
from guard.core.rules.model_facts import witness_name
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire where more than one witness was asked."""
    told = in_order(subject.evidence.predictions, subject.policy.required)
    if len(told) > 1:
        lines = tuple(_line(prediction) for prediction in told)
        yield Hit(facts={"deciding": witness_name(told[0]), "said": lines, "text": "; ".join(lines)})


def _line(prediction: Prediction) -> str:
    """Return what one witness said of which vector, in one line."""
    word = prediction.prediction_class.value
    sure = "" if prediction.probability is None else f" (probability of fraud {prediction.probability:.0%})"
    return f"{witness_name(prediction)}, {prediction.features_kind.value} vector: {word}{sure}"


RULE = Rule(
    id="model.witnesses",
    documentation=__doc__,
    severity=Severity.INFO,
    confidence=Confidence.HIGH,
    needs=(),
    message="two models were asked, and the {deciding} one decides: {text}",
    advice="compare them where they differ",
    check=check,
    fires=(
        examples.example(
            "a Fraud beside a Safe",
            evidence=examples.both(embedded=PredictionClass.FRAUD, external=PredictionClass.SAFE),
        ),
    ),
    quiet=(examples.example("one witness"),),
)
