"""A witness that is not required gave no answer.

What it finds: a prediction of class UNKNOWN from a witness whose silence leaves the verdict to the others.

Why it matters: the payment was looked at by fewer witnesses than were asked. The other's answer stands, and
is not stronger for this one's silence.

What to do: nothing, if the other witness is enough for you; `[predict] require` in the configuration says so.

Limits: it is never the only model's silence: where one witness is asked, that one is required.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.policy import Policy
from guard.core.prediction import PredictionClass, Required, is_required_silence
from guard.core.rules import examples
from guard.core.rules.model_facts import prediction_facts
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for class UNKNOWN of each witness that is not required."""
    told = subject.evidence.predictions
    for prediction in told:
        is_silent = prediction.prediction_class is PredictionClass.UNKNOWN
        if is_silent and not is_required_silence(prediction, told, subject.policy.required):
            yield Hit(facts=prediction_facts(prediction))


RULE = Rule(
    id="model.silent",
    documentation=__doc__,
    severity=Severity.INFO,
    confidence=Confidence.HIGH,
    needs=(),
    message="the {source} model gave no answer, and none is required of it: {reason}",
    advice="the verdict rests on the other witness and the rules",
    check=check,
    fires=(
        examples.example(
            "a sleeping service beside the embedded model's Safe",
            evidence=examples.both(embedded=PredictionClass.SAFE, external=PredictionClass.UNKNOWN),
            policy=Policy(required=Required.EMBEDDED),
        ),
    ),
    quiet=(
        examples.example("a Safe"),
        examples.example(
            "a silence that leaves no verdict",
            evidence=examples.both(embedded=PredictionClass.SAFE, external=PredictionClass.UNKNOWN),
        ),
    ),
)
