"""Model abstains.

What it finds: a prediction of class ABSTAINED: the predictor was asked, and knows that it cannot tell.

Why it matters: it is no vote for the payment. The other findings stand alone.

What to do: judge the recipient by what you know of it.

Limits: an account without history is new to everyone; that is no sign of fraud by itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.prediction import PredictionClass
from guard.core.rules import examples
from guard.core.rules.model_facts import prediction_facts
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each witness's class ABSTAINED."""
    for prediction in subject.evidence.predictions:
        if prediction.prediction_class is PredictionClass.ABSTAINED:
            yield Hit(facts=prediction_facts(prediction))


RULE = Rule(
    id="model.abstained",
    documentation=__doc__,
    severity=Severity.INFO,
    confidence=Confidence.HIGH,
    needs=(),
    message="the {source} model abstains: {reason}",
    advice="judge the recipient by what you know of it",
    check=check,
    fires=(
        examples.example(
            "an account without history",
            evidence=examples.said(PredictionClass.ABSTAINED, reason="the account has no history"),
        ),
    ),
    quiet=(
        examples.example("a Safe"),
        examples.example("no answer", evidence=examples.said(PredictionClass.UNKNOWN)),
    ),
)
