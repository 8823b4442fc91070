"""Model gave no answer.

What it finds: a prediction of class UNKNOWN from a witness whose answer is required: the service was asleep,
unreachable, too slow, or did not speak its contract.

Why it matters: a guard that lets payments pass when its witness is silent can be switched off by silencing
the witness.

What to do: try again in a minute, or choose another witness with --predict-url. A person at a terminal may
accept the payment without a verdict; unattended, nothing is signed.

Limits: an answer that cannot be understood counts as silence, however friendly it sounds. Where two witnesses
are asked, `[predict] require` in the configuration says whose silence counts.
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
    """Fire for class UNKNOWN of each witness that is required, at the level of `[missing]`."""
    told = subject.evidence.predictions
    for prediction in told:
        if is_required_silence(prediction, told, subject.policy.required):
            yield Hit(facts=prediction_facts(prediction), severity=subject.policy.missing)


RULE = Rule(
    id="model.unknown",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=(),
    message="the {source} model gave no answer: {reason}",
    advice="try again in a minute, or choose another witness with --predict-url",
    check=check,
    fires=(
        examples.example(
            "a service that sleeps",
            evidence=examples.said(PredictionClass.UNKNOWN, probability=None, reason="the service is asleep"),
        ),
    ),
    quiet=(
        examples.example("a Safe"),
        examples.example(
            "an abstention", evidence=examples.said(PredictionClass.ABSTAINED, reason="no history")
        ),
        examples.example(
            "the silence of a witness that is not required",
            evidence=examples.both(embedded=PredictionClass.SAFE, external=PredictionClass.UNKNOWN),
            policy=Policy(required=Required.EMBEDDED),
        ),
    ),
    is_unknown=True,
)
