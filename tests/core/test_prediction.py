"""Which of several witnesses decides."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from guard.core.features import FeatureKind
from guard.core.policy import Policy
from guard.core.prediction import (
    Prediction,
    PredictionClass,
    PredictionSource,
    Required,
    in_order,
    is_required_silence,
    worst,
)
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE, TRANSFER
from guard.core.verdict import Decision, Severity
from guard.errors import ConfigurationError

FRAUD, SUSPICIOUS, SAFE, ABSTAINED, UNKNOWN = PredictionClass
EXTERNAL, EMBEDDED, CACHE = PredictionSource


def said(source: PredictionSource, word: PredictionClass, probability: float | None = None) -> Prediction:
    is_embedded = source is EMBEDDED
    return Prediction(
        prediction_class=word,
        probability=probability,
        source=source,
        reason="x",
        features_kind=FeatureKind.ACCOUNT if is_embedded else FeatureKind.CONTRACT,
    )


DECIDES = {
    # External, embedded, and whose class is told where either's silence counts.
    (FRAUD, SAFE): FRAUD,
    (SAFE, FRAUD): FRAUD,
    (SUSPICIOUS, FRAUD): FRAUD,
    (FRAUD, UNKNOWN): FRAUD,
    (UNKNOWN, FRAUD): FRAUD,
    (ABSTAINED, FRAUD): FRAUD,
    (SUSPICIOUS, SAFE): SUSPICIOUS,
    (SAFE, SUSPICIOUS): SUSPICIOUS,
    (SUSPICIOUS, UNKNOWN): SUSPICIOUS,
    (UNKNOWN, SUSPICIOUS): SUSPICIOUS,
    (SUSPICIOUS, ABSTAINED): SUSPICIOUS,
    (SAFE, ABSTAINED): SAFE,
    (ABSTAINED, SAFE): SAFE,
    (SAFE, SAFE): SAFE,
    (SAFE, UNKNOWN): UNKNOWN,
    (UNKNOWN, SAFE): UNKNOWN,
    (ABSTAINED, UNKNOWN): UNKNOWN,
    (UNKNOWN, UNKNOWN): UNKNOWN,
    (ABSTAINED, ABSTAINED): ABSTAINED,
}


@pytest.mark.parametrize(("words", "told"), DECIDES.items(), ids=str)
def test_the_worse_class_decides_in_any_order(
    words: tuple[PredictionClass, PredictionClass], told: PredictionClass
) -> None:
    both = (said(EXTERNAL, words[0]), said(EMBEDDED, words[1]))
    for predictions in itertools.permutations(both):
        assert in_order(predictions, Required.ANY)[0].prediction_class is told
        evidence = replace(EVIDENCE, prediction=predictions[0], other_predictions=predictions[1:])
        assert review(TRANSFER, evidence, Policy(), 0).prediction.prediction_class is told


def test_a_silence_that_is_not_required_neither_decides_nor_hides() -> None:
    for safe, silent, required in ((EXTERNAL, EMBEDDED, "external"), (EMBEDDED, EXTERNAL, "embedded")):
        first, second = in_order((said(silent, UNKNOWN), said(safe, SAFE)), Required(required))
        assert (first.source, second.source) == (safe, silent)


def test_of_two_alike_the_one_on_an_accounts_history_and_then_the_surer_one_decides() -> None:
    contract, account = said(EXTERNAL, FRAUD, 0.99), said(EMBEDDED, FRAUD, 0.5)
    assert in_order((contract, account), Required.ANY) == (account, contract)
    surer = replace(contract, features_kind=FeatureKind.ACCOUNT)
    assert in_order((account, surer), Required.ANY) == (surer, account)


OUTCOMES = [
    # require, external, embedded, decision. The external service was asked about the contract vector.
    ("any", SAFE, SAFE, Decision.ALLOW),
    ("any", UNKNOWN, SAFE, None),
    ("any", SAFE, UNKNOWN, None),
    ("any", UNKNOWN, ABSTAINED, None),
    ("any", SAFE, ABSTAINED, Decision.ALLOW),
    ("any", FRAUD, UNKNOWN, Decision.BLOCK),
    ("any", UNKNOWN, FRAUD, Decision.BLOCK),
    ("any", SUSPICIOUS, SAFE, Decision.ALLOW),
    ("any", SAFE, SUSPICIOUS, Decision.WARN),
    ("any", UNKNOWN, SUSPICIOUS, None),
    ("external", UNKNOWN, SAFE, None),
    ("external", SAFE, UNKNOWN, Decision.ALLOW),
    ("external", SAFE, FRAUD, Decision.BLOCK),
    ("embedded", UNKNOWN, SAFE, Decision.ALLOW),
    ("embedded", UNKNOWN, ABSTAINED, Decision.ALLOW),
    ("embedded", SAFE, UNKNOWN, None),
    ("embedded", FRAUD, SAFE, Decision.BLOCK),
    ("embedded", UNKNOWN, SUSPICIOUS, Decision.WARN),
]


@pytest.mark.parametrize(("required", "external", "embedded", "decision"), OUTCOMES, ids=str)
def test_what_two_witnesses_come_to(
    required: str, external: PredictionClass, embedded: PredictionClass, decision: Decision | None
) -> None:
    policy = Policy(required=Required(required))
    both = (said(EXTERNAL, external), said(EMBEDDED, embedded))
    for one, other in itertools.permutations(both):
        evidence = replace(EVIDENCE, prediction=one, other_predictions=(other,))
        verdict = review(TRANSFER, evidence, policy, 0)
        assert verdict.decision is decision
        (told,) = [finding for finding in verdict.findings if finding.rule == "model.witnesses"]
        assert {line.split(":")[1].strip() for line in told.facts["said"]} == {  # type: ignore[union-attr]
            external.value,
            embedded.value,
        }


def test_each_witness_has_a_finding_of_its_own_at_its_own_level() -> None:
    policy = Policy(fraud=Severity.WARN, embedded_fraud=Severity.BLOCK)
    both = (said(EXTERNAL, FRAUD, 0.9), said(EMBEDDED, FRAUD, 0.8))
    evidence = replace(EVIDENCE, prediction=both[0], other_predictions=both[1:])
    found = review(TRANSFER, evidence, policy, 0).findings
    assert [(one.facts["source"], one.severity) for one in found if one.rule == "model.fraud"] == [
        ("embedded", Severity.BLOCK),
        ("external", Severity.WARN),
    ]


@pytest.mark.parametrize(
    ("source", "kind", "level"),
    [
        (EXTERNAL, FeatureKind.CONTRACT, Severity.INFO),
        (EXTERNAL, FeatureKind.ACCOUNT, Severity.WARN),
        (CACHE, FeatureKind.ACCOUNT, Severity.WARN),
        (EMBEDDED, FeatureKind.ACCOUNT, Severity.BLOCK),
        (EMBEDDED, FeatureKind.CONTRACT, Severity.BLOCK),
    ],
)
def test_a_suspicion_has_the_level_of_its_witness_and_vector(
    source: PredictionSource, kind: FeatureKind, level: Severity
) -> None:
    policy = Policy(embedded_suspicious=Severity.BLOCK)
    assert policy.of_suspicion(replace(said(source, SUSPICIOUS), features_kind=kind)) is level


def test_without_rows_of_its_own_the_embedded_model_has_those_of_the_service() -> None:
    policy = Policy(fraud=Severity.WARN, suspicious=Severity.BLOCK)
    assert policy.of_fraud(said(EMBEDDED, FRAUD)) is Severity.WARN
    assert policy.of_suspicion(said(EMBEDDED, SUSPICIOUS)) is Severity.BLOCK


def test_a_fraud_is_never_a_note_whoever_says_it() -> None:
    with pytest.raises(ConfigurationError, match="fraud cannot be info"):
        Policy(embedded_fraud=Severity.INFO)


def test_a_cache_stands_for_the_service() -> None:
    assert [Required.EXTERNAL.covers(source) for source in (EXTERNAL, EMBEDDED, CACHE)] == [True, False, True]
    assert [Required.EMBEDDED.covers(source) for source in (EXTERNAL, EMBEDDED, CACHE)] == [
        False,
        True,
        False,
    ]
    assert all(Required.ANY.covers(source) for source in (EXTERNAL, EMBEDDED, CACHE))


def test_where_nobody_that_is_required_was_asked_everybodys_silence_counts() -> None:
    silent = said(EXTERNAL, UNKNOWN)
    assert is_required_silence(silent, (silent,), Required.EMBEDDED)
    evidence = replace(EVIDENCE, prediction=silent)
    assert review(TRANSFER, evidence, Policy(required=Required.EMBEDDED), 0).decision is None


def test_only_an_unknown_is_a_silence() -> None:
    for word in (FRAUD, SUSPICIOUS, SAFE, ABSTAINED):
        assert not is_required_silence(said(EXTERNAL, word), (said(EXTERNAL, word),), Required.ANY)


def test_the_classes_and_sources_are_the_words_of_the_contract() -> None:
    assert [member.value for member in PredictionClass] == [
        "FRAUD",
        "SUSPICIOUS",
        "SAFE",
        "ABSTAINED",
        "UNKNOWN",
    ]
    assert [member.value for member in PredictionSource] == ["external", "embedded", "cache"]
    assert [member.value for member in Required] == ["external", "embedded", "any"]


def test_nothing_that_a_witness_did_not_say_is_filled_in() -> None:
    prediction = Prediction(
        prediction_class=PredictionClass.UNKNOWN,
        source=PredictionSource.EXTERNAL,
        features_kind=FeatureKind.CONTRACT,
    )
    said = (prediction.probability, prediction.reason, prediction.model, prediction.features, prediction.text)
    assert said == (None, None, None, (), None)


def test_of_several_accounts_one_answer_is_told_and_no_safe_stands_for_another() -> None:
    order = (FRAUD, SUSPICIOUS, UNKNOWN, ABSTAINED, SAFE)
    for better, one in enumerate(order):
        for other in order[better:]:
            answers = [said(EMBEDDED, one), said(EMBEDDED, other)]
            assert worst(answers) == worst(answers[::-1]) == answers[0]
    surer = said(EMBEDDED, FRAUD, 0.99)
    assert worst([said(EMBEDDED, FRAUD, 0.5), surer]) == surer
