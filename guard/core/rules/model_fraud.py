"""Model says Fraud.

What it finds: a prediction of class FRAUD, from the external service or from the embedded predictor.

Why it matters: the model has seen accounts that took part in fraud, and takes this one for one of them.

What to do: do not send. If you are sure of the recipient, find out why the model is not: `--json` shows what
it was asked. `[predict] fraud = "warn"` in the policy lets you accept such a payment with a typed answer.

Limits: the external service's answer to a contract vector does not come from the recipient's history; the
message says which vector was used. A model is one witness and can be wrong both ways.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.policy import Policy
from guard.core.prediction import PredictionClass
from guard.core.rules import examples
from guard.core.rules.model_facts import prediction_facts
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Confirmation, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each witness's class FRAUD, at the level that `[predict]` sets for it."""
    for prediction in subject.evidence.predictions:
        if prediction.prediction_class is PredictionClass.FRAUD:
            yield Hit(facts=prediction_facts(prediction), severity=subject.policy.of_fraud(prediction))


RULE = Rule(
    id="model.fraud",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.MEDIUM,
    needs=(),
    message="the {source} model says Fraud{probability_text}{basis}",
    advice="do not send; if you are sure of the recipient, first find out why the model is not",
    check=check,
    fires=(
        examples.example("a Fraud", evidence=examples.said(PredictionClass.FRAUD, probability=0.97)),
        examples.example(
            'a Fraud under [predict] fraud = "warn"',
            evidence=examples.said(PredictionClass.FRAUD, probability=None),
            policy=Policy(fraud=Severity.WARN),
        ),
        examples.example(
            "a Fraud of the embedded model beside a Safe",
            evidence=examples.both(
                embedded=PredictionClass.FRAUD, external=PredictionClass.SAFE, probability=0.97
            ),
        ),
    ),
    quiet=(
        examples.example("a Safe"),
        examples.example("no answer", evidence=examples.said(PredictionClass.UNKNOWN, reason="asleep")),
    ),
    confirmation=Confirmation.TYPED,
)
