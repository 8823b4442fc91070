"""What a predictor is asked, and what it may answer.

What belongs here: the question and the answer as values. What must not: asking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from guard.core.address import Address
from guard.core.features import FeatureKind, FeatureVector


class PredictionClass(Enum):
    """The five things a witness can say; UNKNOWN is the absence of an answer, never a kind of Safe."""

    FRAUD = "FRAUD"
    SUSPICIOUS = "SUSPICIOUS"
    SAFE = "SAFE"
    ABSTAINED = "ABSTAINED"
    UNKNOWN = "UNKNOWN"


class PredictionSource(Enum):
    """Which witness spoke."""

    EXTERNAL = "external"
    EMBEDDED = "embedded"
    CACHE = "cache"


class Required(Enum):
    """Whose silence leaves no verdict, where more than one witness is asked."""

    EXTERNAL = "external"
    """The external service's."""
    EMBEDDED = "embedded"
    """The embedded model's."""
    ANY = "any"
    """Any witness's."""

    def covers(self, source: PredictionSource) -> bool:
        """Tell whether the silence of this witness leaves no verdict; a cache stands for the service."""
        if self is Required.ANY:
            return True
        return (self is Required.EMBEDDED) == (source is PredictionSource.EMBEDDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionQuery:
    """One question to a predictor, taken from a frozen request."""

    sender: Address
    """Who pays."""
    recipient: Address | None
    """The transaction's `to`; None for a contract creation."""
    beneficiary: Address | None
    """Whose history counts: the recipient of a token transfer, otherwise the transaction's `to`."""
    value_wei: int
    """Native value, wei."""
    gas_price_wei: int | None
    """Gas price, or `maxFeePerGas`, wei; None where neither a flag nor a node told it."""
    is_contract_interaction: bool
    """Whether the transaction carries calldata."""
    chain_id: int | None = None
    """The chain; an answer about a payment on one chain is never reused for another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One witness's answer about one transaction."""

    prediction_class: PredictionClass
    """What it said."""
    probability: float | None = None
    """Probability of fraud, 0 to 1; None where it cannot be told."""
    source: PredictionSource
    """Which witness spoke."""
    reason: str | None = None
    """Why there is no answer, or what the answer rests on; escaped, one line."""
    model: str | None = None
    """The model's name and version, where the witness tells it."""
    features_kind: FeatureKind
    """Which vector was used."""
    features: FeatureVector = ()
    """The vector itself; empty where none could be built."""
    text: str | None = None
    """The witness's own words, escaped and cut: the service's text, or what weighed in the embedded model."""


_WEIGHTS = {
    PredictionClass.FRAUD: 5,
    PredictionClass.SUSPICIOUS: 4,
    PredictionClass.SAFE: 2,
    PredictionClass.ABSTAINED: 1,
    PredictionClass.UNKNOWN: 0,
}
_REQUIRED_SILENCE = 3
"""Above SAFE, because it leaves no verdict; below every accusation, because it must not hide one."""


def is_required_silence(
    prediction: Prediction, predictions: Sequence[Prediction], required: Required
) -> bool:
    """Tell whether this one of `predictions` is a silence that leaves no verdict.

    Where nobody that is required was asked, everybody is: a mistaken setting must not make silence harmless.
    """
    if prediction.prediction_class is not PredictionClass.UNKNOWN:
        return False
    return required.covers(prediction.source) or not any(required.covers(one.source) for one in predictions)


def in_order(predictions: Sequence[Prediction], required: Required) -> tuple[Prediction, ...]:
    """Return what several witnesses said, the one that decides first, in whatever order they were asked.

    FRAUD, SUSPICIOUS, the silence of a required witness, SAFE, ABSTAINED, another's silence: the worse class
    wins, and an abstention or a silence is neither a SAFE nor hides one. Of two alike the one that rests on
    an account's history comes first, then the one more sure of fraud.
    """

    def key(prediction: Prediction) -> tuple[int, bool, float, str]:
        weight = _WEIGHTS[prediction.prediction_class]
        if is_required_silence(prediction, predictions, required):
            weight = _REQUIRED_SILENCE
        on_account = prediction.features_kind is FeatureKind.ACCOUNT
        return -weight, not on_account, -(prediction.probability or 0.0), prediction.source.value

    return tuple(sorted(predictions, key=key))


MOST_PAYEES = 8
"""Accounts of one request that a witness is asked about; about the others it is silent."""

_OF_PAYEES = (
    PredictionClass.FRAUD,
    PredictionClass.SUSPICIOUS,
    PredictionClass.UNKNOWN,
    PredictionClass.ABSTAINED,
    PredictionClass.SAFE,
)


def worst(predictions: Sequence[Prediction]) -> Prediction:
    """Return what one witness said of several accounts that one request pays, as one answer.

    A Safe of one is none of another: here a silence or an abstention stands above it. Of two alike the one
    more sure of fraud counts.
    """
    return min(
        predictions, key=lambda one: (_OF_PAYEES.index(one.prediction_class), -(one.probability or 0.0))
    )
