"""The embedded predictor: from a history, or a vector, to a class and a probability.

What belongs here: when to abstain, and where the classes begin. What must not: reading a chain; the
history comes through a port.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from guard.core.evidence import Missing
from guard.core.features import (
    NUMERIC_FEATURE_NAMES,
    FeatureKind,
    FeatureVector,
    check_features,
    feature_kind,
)
from guard.core.history import AccountHistory, account_vector
from guard.core.prediction import Prediction, PredictionClass, PredictionQuery, PredictionSource
from guard.deadline import Deadline
from guard.errors import ConfigurationError, GuardError
from guard.ports import HistorySource
from guard.predict.embedded.explanation import WeighedFact, in_words, weigh
from guard.predict.embedded.pack import PackedModel, Settings, decode
from guard.predict.embedded.reason import describe
from guard.predict.embedded.shap import attribute
from guard.predict.embedded.walk import Walker

MODEL_NAME = "txguard-embedded-2"
MODEL_FILE = Path(__file__).with_name("model.bin")

_NUMERIC = len(NUMERIC_FEATURE_NAMES)
_DURATION = NUMERIC_FEATURE_NAMES.index("time_diff_mins")
_SENT = NUMERIC_FEATURE_NAMES.index("sent_tnx")
_RECEIVED = NUMERIC_FEATURE_NAMES.index("received_tnx")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What the model says about one vector."""

    prediction_class: PredictionClass
    """FRAUD, SUSPICIOUS, SAFE, or ABSTAINED."""
    probability: float | None
    """Calibrated probability of fraud, 0 to 1; None where it abstains."""
    reason: str | None
    """Why it abstains, or the facts of a FRAUD or SUSPICIOUS account; None for SAFE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What the model says about one vector, and what weighed how much."""

    assessment: Assessment
    """Class, probability and reason."""
    base: float | None
    """Calibrated log-odds of the average training row; None where the model abstains."""
    facts: tuple[WeighedFact, ...]
    """Facts by weight; with `base` their shares sum to the score's log-odds. Empty where it abstains."""


class EmbeddedPredictor:
    """The shipped model behind the `Predictor` port; the file is read at the first question.

    `history` is where an account's past comes from; without it only vectors can be assessed. The two
    thresholds replace the model's own, and are probabilities; `model` replaces the
    shipped one, for evaluation.
    """

    model_name = MODEL_NAME
    source = PredictionSource.EMBEDDED
    features_kind = FeatureKind.ACCOUNT

    def __init__(
        self,
        history: HistorySource | None = None,
        fraud_threshold: float | None = None,
        suspicious_threshold: float | None = None,
        model: PackedModel | None = None,
    ) -> None:
        for threshold in (fraud_threshold, suspicious_threshold):
            if threshold is not None and not 0 < threshold <= 1:
                raise ConfigurationError(
                    f"a threshold of {threshold} is not a probability", hint="give more than 0 and at most 1"
                )
        self._history = history
        self._fraud_threshold = fraud_threshold
        self._suspicious_threshold = suspicious_threshold
        self._own = None if model is None else (model, Walker(model))

    def probability(self, features: Sequence[object]) -> float | None:
        """Return the calibrated probability of fraud of an 18-feature vector; None where it abstains.

        Raises InvalidFeatures for anything but such a vector, ConfigurationError for a damaged model file.
        """
        return self.assess(features).probability

    def assess(self, features: Sequence[object]) -> Assessment:
        """Return class, probability and reason for an 18-feature vector.

        The token names in places 16 and 17 are checked and then ignored. Raises as `probability` does.
        """
        row = _numbers(check_features(features))
        model, walker = self._own or shipped_model()
        reason = reason_to_abstain(row, model.settings)
        if reason is not None:
            return Assessment(prediction_class=PredictionClass.ABSTAINED, probability=None, reason=reason)
        probability = walker.probability(row)
        prediction_class = self._classify(probability, model.settings)
        return Assessment(
            prediction_class=prediction_class,
            probability=probability,
            reason=None if prediction_class is PredictionClass.SAFE else describe(row),
        )

    def explain(self, features: Sequence[object]) -> Explanation:
        """Return `assess`, and exact TreeSHAP folded into facts; slow (about a tenth of a second).

        Raises as `probability` does.
        """
        assessment = self.assess(features)
        if assessment.probability is None:
            return Explanation(assessment=assessment, base=None, facts=())
        row = _numbers(check_features(features))
        model, _ = self._own or shipped_model()
        settings = model.settings
        attribution = attribute(model, row)
        return Explanation(
            assessment=assessment,
            base=settings.calibration_slope * attribution.base + settings.calibration_intercept,
            facts=weigh(row, attribution, slope=settings.calibration_slope),
        )

    def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
        """Answer from the beneficiary's history; never raises.

        It abstains, with the reason, where there is no beneficiary, no history, or only an estimated one.
        Where a source that should have told the history failed, the answer is UNKNOWN.
        """
        if query.beneficiary is None:
            return self._without_vector("nobody is paid whose past could be read")
        if self._history is None:
            return self._without_vector("no source of account histories is configured")
        fact = self._history.history(query.beneficiary, deadline)
        if isinstance(fact, Missing) and fact.is_failure:
            return self._prediction(PredictionClass.UNKNOWN, reason=fact.reason)
        if isinstance(fact, Missing):
            return self._without_vector(fact.reason)
        if fact.value.is_estimate:
            return self._without_vector("the history is an estimate, and an estimate says nothing")
        return self._from_history(fact.value)

    def _from_history(self, history: AccountHistory) -> Prediction:
        vector = account_vector(history)
        try:
            assessment = self.assess(vector)
            is_warning = assessment.prediction_class in (PredictionClass.FRAUD, PredictionClass.SUSPICIOUS)
            text = in_words(self.explain(vector).facts) if is_warning else None
        except GuardError as error:
            return self._prediction(PredictionClass.UNKNOWN, reason=error.message, features=vector)
        return self._prediction(
            assessment.prediction_class,
            probability=assessment.probability,
            reason=assessment.reason,
            features=vector,
            text=text,
        )

    def _without_vector(self, reason: str) -> Prediction:
        return self._prediction(PredictionClass.ABSTAINED, reason=reason)

    def _prediction(
        self,
        prediction_class: PredictionClass,
        *,
        reason: str | None,
        probability: float | None = None,
        features: FeatureVector = (),
        text: str | None = None,
    ) -> Prediction:
        return Prediction(
            prediction_class=prediction_class,
            probability=probability,
            source=self.source,
            reason=reason,
            model=self.model_name,
            features_kind=self.features_kind,
            features=features,
            text=text,
        )

    def _classify(self, probability: float, settings: Settings) -> PredictionClass:
        # FRAUD is looked at first, so that a fraud threshold below the suspicious one still counts.
        if probability >= (self._fraud_threshold or settings.fraud_threshold):
            return PredictionClass.FRAUD
        if probability >= (self._suspicious_threshold or settings.suspicious_threshold):
            return PredictionClass.SUSPICIOUS
        return PredictionClass.SAFE


@cache
def shipped_model() -> tuple[PackedModel, Walker]:
    """Read the shipped file once; raises ConfigurationError where it is missing or damaged."""
    try:
        raw = MODEL_FILE.read_bytes()
    except OSError as error:
        raise ConfigurationError("the packed model cannot be read", hint="install txguard again") from error
    model = decode(raw)
    return model, Walker(model)


def _numbers(features: FeatureVector) -> list[float]:
    """The 16 numbers, without the token names."""
    return [feature for feature in features[:_NUMERIC] if not isinstance(feature, str)]


def reason_to_abstain(row: Sequence[float], settings: Settings) -> str | None:
    """Return why the model says nothing about `row` (16 numbers, wire order), or None where it speaks."""
    count = row[_SENT] + row[_RECEIVED]
    if feature_kind(row) is FeatureKind.CONTRACT and any(row):
        return "the vector describes a payment, not an account's past, and this model reads only the latter"
    if count <= 0:
        return "the account has no transactions"
    if count < settings.min_transactions:
        return f"the account has {count:.0f} transactions, and the model asks for {settings.min_transactions}"
    if row[_DURATION] < settings.min_age_minutes:
        hours = settings.min_age_minutes / 60
        return f"the account's past is shorter than the {hours:.0f} hours that the model asks for"
    return None
