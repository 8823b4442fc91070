from __future__ import annotations

import pytest

from guard.core.prediction import PredictionClass, PredictionSource
from guard.core.rules.examples import said
from guard.core.rules.model_abstained import RULE
from guard.core.rules.model_facts import prediction_facts
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask


def test_an_abstention_is_a_note_with_its_reason() -> None:
    evidence = said(
        PredictionClass.ABSTAINED, source=PredictionSource.EMBEDDED, reason="the account has no history"
    )
    assert ask(RULE, evidence=evidence) == (
        Finding(
            rule="model.abstained",
            severity=Severity.INFO,
            confidence=Confidence.HIGH,
            message="the embedded model abstains: the account has no history",
            advice="judge the recipient by what you know of it",
            facts=prediction_facts(evidence.prediction),
        ),
    )


@pytest.mark.parametrize("other", [one for one in PredictionClass if one is not PredictionClass.ABSTAINED])
def test_every_other_class_is_quiet(other: PredictionClass) -> None:
    assert ask(RULE, evidence=said(other)) == ()
