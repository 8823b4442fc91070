from __future__ import annotations

import pytest

from guard.core.features import FeatureKind
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass, PredictionSource
from guard.core.rules.examples import said
from guard.core.rules.model_facts import prediction_facts
from guard.core.rules.model_fraud import RULE
from guard.core.verdict import Confidence, Confirmation, Finding, Severity
from tests.core.rules.asking import ask


def test_a_fraud_is_blocked_and_the_message_says_what_it_rests_on() -> None:
    evidence = said(PredictionClass.FRAUD, probability=0.97)
    assert ask(RULE, evidence=evidence) == (
        Finding(
            rule="model.fraud",
            severity=Severity.BLOCK,
            confidence=Confidence.MEDIUM,
            message=(
                "the external model says Fraud (probability of fraud 97%); "
                "the answer is the service's own and does not come from the recipient's history"
            ),
            advice="do not send; if you are sure of the recipient, first find out why the model is not",
            facts=prediction_facts(evidence.prediction),
            confirmation=Confirmation.TYPED,
        ),
    )


def test_a_fraud_that_rests_on_an_accounts_history_says_so() -> None:
    evidence = said(PredictionClass.FRAUD, features_kind=FeatureKind.ACCOUNT, probability=None, reason="new")
    (finding,) = ask(RULE, evidence=evidence)
    assert finding.message == "the external model says Fraud, judging by the recipient's history: new"


@pytest.mark.parametrize("kind", list(FeatureKind))
@pytest.mark.parametrize("source", list(PredictionSource))
@pytest.mark.parametrize("level", [Severity.BLOCK, Severity.WARN])
def test_the_policy_alone_sets_the_level_whatever_the_witness(
    kind: FeatureKind, source: PredictionSource, level: Severity
) -> None:
    evidence = said(PredictionClass.FRAUD, features_kind=kind, source=source)
    (finding,) = ask(RULE, evidence=evidence, policy=Policy(fraud=level))
    assert (finding.severity, finding.confirmation) == (level, Confirmation.TYPED)


@pytest.mark.parametrize("other", [one for one in PredictionClass if one is not PredictionClass.FRAUD])
def test_every_other_class_is_quiet(other: PredictionClass) -> None:
    assert ask(RULE, evidence=said(other)) == ()
