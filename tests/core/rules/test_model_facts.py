from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.features import FeatureKind
from guard.core.prediction import PredictionSource
from guard.core.rules.examples import SAFE
from guard.core.rules.model_facts import prediction_facts

SERVICE = "; the answer is the service's own and does not come from the recipient's history"


def test_an_answer_to_the_contract_vector_is_told_as_the_services_own() -> None:
    assert prediction_facts(replace(SAFE, reason="cached", model="v1", text="Mildly Unsafe")) == {
        "source": "external",
        "model": "v1",
        "features": "contract",
        "probability": 0.07,
        "probability_text": " (probability of fraud 7%)",
        "basis": SERVICE,
        "reason": "cached",
        "text": "Mildly Unsafe",
    }


def test_an_answer_to_the_account_vector_rests_on_the_history_and_says_on_what() -> None:
    account = replace(SAFE, features_kind=FeatureKind.ACCOUNT, probability=None)
    told, untold = prediction_facts(replace(account, reason="12 payments")), prediction_facts(account)
    assert (told["basis"], untold["basis"]) == (
        ", judging by the recipient's history: 12 payments",
        ", judging by the recipient's history",
    )
    assert (untold["probability_text"], untold["reason"]) == ("", "it gave no reason")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (PredictionSource.EXTERNAL, "external"),
        (PredictionSource.CACHE, "external"),
        (PredictionSource.EMBEDDED, "embedded"),
    ],
)
def test_a_cached_answer_is_still_the_services(source: PredictionSource, told: str) -> None:
    assert prediction_facts(replace(SAFE, source=source))["source"] == told


@pytest.mark.parametrize(("probability", "text"), [(0.0, "0%"), (1.0, "100%"), (0.125, "12%")])
def test_a_probability_of_zero_is_told_like_any_other(probability: float, text: str) -> None:
    facts = prediction_facts(replace(SAFE, probability=probability))
    assert facts["probability_text"] == f" (probability of fraud {text})"
