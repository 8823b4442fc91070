"""Model leans to fraud.

What it finds: a prediction of class SUSPICIOUS.

Why it matters: where the answer rests on the account's history, it shares traits with accounts that took
part in fraud.

What to do: ask the recipient by another way, or send a small amount first.

Limits: a SUSPICIOUS that rests on the contract vector is only noted, because that vector says nothing about
this recipient or payment. Young ordinary accounts can look suspicious.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.features import FeatureKind
from guard.core.prediction import PredictionClass
from guard.core.rules import examples
from guard.core.rules.model_facts import prediction_facts
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each witness's class SUSPICIOUS, at a level that depends on who was asked about what."""
    for prediction in subject.evidence.predictions:
        if prediction.prediction_class is PredictionClass.SUSPICIOUS:
            yield Hit(facts=prediction_facts(prediction), severity=subject.policy.of_suspicion(prediction))


RULE = Rule(
    id="model.suspicious",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.LOW,
    needs=(),
    message="the {source} model leans to fraud{probability_text}{basis}",
    advice="ask the recipient by another way, or send a small amount first",
    check=check,
    fires=(
        examples.example("on a contract vector, a note", evidence=examples.said(PredictionClass.SUSPICIOUS)),
        examples.example(
            "on an account's history",
            evidence=examples.said(
                PredictionClass.SUSPICIOUS, probability=0.7, features_kind=FeatureKind.ACCOUNT
            ),
        ),
        examples.example(
            "on both, each at its own level",
            evidence=examples.both(
                embedded=PredictionClass.SUSPICIOUS, external=PredictionClass.SUSPICIOUS, probability=0.7
            ),
        ),
    ),
    quiet=(
        examples.example("a Safe"),
        examples.example("a Fraud", evidence=examples.said(PredictionClass.FRAUD)),
    ),
)
