from __future__ import annotations

import pytest

from guard.core.features import FeatureKind
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass
from guard.core.rules.examples import said
from guard.core.rules.model_facts import prediction_facts
from guard.core.rules.model_suspicious import RULE
from guard.core.verdict import Confidence, Confirmation, Finding, Severity
from tests.core.rules.asking import ask

ON_ACCOUNT = said(
    PredictionClass.SUSPICIOUS, probability=0.7, features_kind=FeatureKind.ACCOUNT, reason="young"
)


def test_a_suspicion_that_rests_on_an_accounts_history_is_a_warning() -> None:
    assert ask(RULE, evidence=ON_ACCOUNT) == (
        Finding(
            rule="model.suspicious",
            severity=Severity.WARN,
            confidence=Confidence.LOW,
            message=(
                "the external model leans to fraud (probability of fraud 70%), "
                "judging by the recipient's history: young"
            ),
            advice="ask the recipient by another way, or send a small amount first",
            facts=prediction_facts(ON_ACCOUNT.prediction),
            confirmation=Confirmation.WARNING,
        ),
    )


def test_a_suspicion_that_rests_on_the_contract_vector_is_a_note() -> None:
    (finding,) = ask(RULE, evidence=said(PredictionClass.SUSPICIOUS))
    assert finding.severity is Severity.INFO
    assert finding.message == (
        "the external model leans to fraud (probability of fraud 7%); "
        "the answer is the service's own and does not come from the recipient's history"
    )


def test_the_policy_sets_the_two_levels_apart() -> None:
    policy = Policy(suspicious=Severity.BLOCK, suspicious_contract=Severity.WARN)
    on_contract = said(PredictionClass.SUSPICIOUS)
    levels = [
        ask(RULE, evidence=evidence, policy=policy)[0].severity for evidence in (ON_ACCOUNT, on_contract)
    ]
    assert levels == [Severity.BLOCK, Severity.WARN]


@pytest.mark.parametrize("other", [one for one in PredictionClass if one is not PredictionClass.SUSPICIOUS])
def test_every_other_class_is_quiet(other: PredictionClass) -> None:
    assert ask(RULE, evidence=said(other, features_kind=FeatureKind.ACCOUNT)) == ()
