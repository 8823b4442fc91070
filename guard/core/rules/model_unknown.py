"""Model gave no answer.

What it finds: a prediction of class UNKNOWN: the service was asleep, unreachable, too slow, or did not speak
its contract.

Why it matters: a guard that lets payments pass when its witness is silent can be switched off by silencing
the witness.

What to do: try again in a minute, or choose another witness with --predict-url. A person at a terminal may
accept the payment without a verdict; unattended, nothing is signed.

Limits: an answer that cannot be understood counts as silence, however friendly it sounds.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.prediction import PredictionClass
from guard.core.rules import examples
from guard.core.rules.model_facts import prediction_facts
from guard.core.rules.rule import Hit, Rule, Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for class UNKNOWN, at the level of `[missing]`."""
    if subject.evidence.prediction.prediction_class is PredictionClass.UNKNOWN:
        yield Hit(facts=prediction_facts(subject.evidence.prediction), severity=subject.policy.missing)


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
    ),
    is_unknown=True,
)
