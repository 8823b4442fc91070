from __future__ import annotations

from guard.core.features import FeatureKind
from guard.core.prediction import Prediction, PredictionClass, PredictionSource


def test_the_classes_and_sources_are_the_words_of_the_contract() -> None:
    assert [member.value for member in PredictionClass] == [
        "FRAUD",
        "SUSPICIOUS",
        "SAFE",
        "ABSTAINED",
        "UNKNOWN",
    ]
    assert [member.value for member in PredictionSource] == ["external", "embedded", "cache"]


def test_nothing_that_a_witness_did_not_say_is_filled_in() -> None:
    prediction = Prediction(
        prediction_class=PredictionClass.UNKNOWN,
        source=PredictionSource.EXTERNAL,
        features_kind=FeatureKind.CONTRACT,
    )
    said = (prediction.probability, prediction.reason, prediction.model, prediction.features, prediction.text)
    assert said == (None, None, None, (), None)
