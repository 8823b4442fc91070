from __future__ import annotations

import pytest

from guard.core.policy import Policy
from guard.core.prediction import PredictionClass
from guard.core.rules.examples import said
from guard.core.rules.model_facts import prediction_facts
from guard.core.rules.model_unknown import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

SILENT = said(PredictionClass.UNKNOWN, probability=None, reason="the service is asleep")


@pytest.mark.parametrize("level", [Severity.WARN, Severity.BLOCK])
def test_silence_is_a_finding_at_the_level_of_missing_evidence(level: Severity) -> None:
    assert ask(RULE, evidence=SILENT, policy=Policy(missing=level)) == (
        Finding(
            rule="model.unknown",
            severity=level,
            confidence=Confidence.HIGH,
            message="the external model gave no answer: the service is asleep",
            advice="try again in a minute, or choose another witness with --predict-url",
            facts=prediction_facts(SILENT.prediction),
            is_unknown=True,
        ),
    )


@pytest.mark.parametrize("level", [None, Severity.INFO])
def test_no_level_of_the_rule_makes_silence_pass(level: Severity | None) -> None:
    (finding,) = ask(RULE, evidence=SILENT, policy=Policy(levels={"model.unknown": level}))
    assert (finding.severity, finding.is_unknown) == (Severity.WARN, True)


@pytest.mark.parametrize("other", [one for one in PredictionClass if one is not PredictionClass.UNKNOWN])
def test_every_other_class_is_quiet(other: PredictionClass) -> None:
    assert ask(RULE, evidence=said(other)) == ()
