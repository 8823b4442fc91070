"""What a predictor is asked, and what it may answer.

What belongs here: the question and the answer as values. What must not: asking.
"""

from __future__ import annotations

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
