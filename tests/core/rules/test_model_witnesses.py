from __future__ import annotations

from guard.core.policy import Policy
from guard.core.prediction import PredictionClass, Required
from guard.core.rules.examples import EVIDENCE, both
from guard.core.rules.model_witnesses import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask


def test_what_each_of_two_witnesses_said_is_told_the_deciding_one_first() -> None:
    said = (
        "embedded, account vector: FRAUD (probability of fraud 97%)",
        "external, contract vector: SAFE",
    )
    evidence = both(embedded=PredictionClass.FRAUD, external=PredictionClass.SAFE, probability=0.97)
    assert ask(RULE, evidence=evidence) == (
        Finding(
            rule="model.witnesses",
            severity=Severity.INFO,
            confidence=Confidence.HIGH,
            message=f"two models were asked, and the embedded one decides: {said[0]}; {said[1]}",
            advice="compare them where they differ",
            facts={"deciding": "embedded", "said": said, "text": "; ".join(said)},
        ),
    )


def test_whose_silence_counts_changes_who_decides() -> None:
    evidence = both(embedded=PredictionClass.SAFE, external=PredictionClass.UNKNOWN)
    for required, deciding in ((Required.ANY, "external"), (Required.EMBEDDED, "embedded")):
        (finding,) = ask(RULE, evidence=evidence, policy=Policy(required=required))
        assert finding.facts["deciding"] == deciding


def test_one_witness_is_not_told_twice() -> None:
    assert ask(RULE, evidence=EVIDENCE) == ()
