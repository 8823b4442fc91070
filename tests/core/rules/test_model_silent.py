from __future__ import annotations

import pytest

from guard.core.policy import Policy
from guard.core.prediction import PredictionClass, Required
from guard.core.rules.examples import both, said
from guard.core.rules.model_facts import prediction_facts
from guard.core.rules.model_silent import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

ASLEEP = both(embedded=PredictionClass.SAFE, external=PredictionClass.UNKNOWN)


def test_the_silence_of_a_witness_that_is_not_required_is_a_note() -> None:
    assert ask(RULE, evidence=ASLEEP, policy=Policy(required=Required.EMBEDDED)) == (
        Finding(
            rule="model.silent",
            severity=Severity.INFO,
            confidence=Confidence.HIGH,
            message="the external model gave no answer, and none is required of it: it is asleep",
            advice="the verdict rests on the other witness and the rules",
            facts=prediction_facts(ASLEEP.prediction),
        ),
    )


@pytest.mark.parametrize("required", [Required.ANY, Required.EXTERNAL])
def test_a_silence_that_leaves_no_verdict_is_another_rules_business(required: Required) -> None:
    assert ask(RULE, evidence=ASLEEP, policy=Policy(required=required)) == ()


def test_the_silence_of_the_only_witness_is_never_a_note() -> None:
    alone = said(PredictionClass.UNKNOWN, reason="asleep")
    for required in Required:
        assert ask(RULE, evidence=alone, policy=Policy(required=required)) == ()
