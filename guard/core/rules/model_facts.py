"""The facts that every rule about the model's answer tells.

What belongs here: a prediction as facts. What must not: any judgement about it.
"""

from __future__ import annotations

from collections.abc import Mapping

from guard.core.features import FeatureKind
from guard.core.prediction import Prediction, PredictionSource
from guard.core.verdict import FactValue

_BASES = {
    FeatureKind.CONTRACT: (
        "; the answer is the service's own and does not come from the recipient's history"
    ),
    FeatureKind.ACCOUNT: ", judging by the recipient's history",
}


def witness_name(prediction: Prediction) -> str:
    """Return who said it, as messages name it; a cache repeats what the external service said."""
    return "embedded" if prediction.source is PredictionSource.EMBEDDED else "external"


def prediction_facts(prediction: Prediction) -> Mapping[str, FactValue]:
    """Return what was said, by whom, and what it rests on."""
    probability = prediction.probability
    basis = _BASES[prediction.features_kind]
    if prediction.features_kind is FeatureKind.ACCOUNT and prediction.reason:
        basis = f"{basis}: {prediction.reason}"
    return {
        "source": witness_name(prediction),
        "model": prediction.model,
        "features": prediction.features_kind.value,
        "probability": probability,
        "probability_text": "" if probability is None else f" (probability of fraud {probability:.0%})",
        "basis": basis,
        "reason": prediction.reason or "it gave no reason",
        "text": prediction.text,
    }
