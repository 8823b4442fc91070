"""The 18 features, in the order in which the wire, the training and the documentation all name them.

What belongs here: the one list of names, and the two ways to fill it. What must not: fetching anything.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from guard.core.amounts import ether_from_wei, gwei_from_wei
from guard.errors import InvalidFeatures

NUMERIC_FEATURE_NAMES = (
    "avg_min_between_sent_tnx",
    "avg_min_between_received_tnx",
    "time_diff_mins",
    "sent_tnx",
    "received_tnx",
    "number_of_created_contracts",
    "max_value_received",
    "avg_val_received",
    "avg_val_sent",
    "total_ether_sent",
    "total_ether_balance",
    "erc20_total_ether_received",
    "erc20_total_ether_sent",
    "erc20_total_ether_sent_contract",
    "erc20_uniq_sent_addr",
    "erc20_uniq_rec_token_name",
)
TOKEN_FEATURE_NAMES = ("erc20_most_sent_token_type", "erc20_most_rec_token_type")
FEATURE_NAMES = NUMERIC_FEATURE_NAMES + TOKEN_FEATURE_NAMES
"""The 18 names in wire order: 16 numbers, then 2 token names."""

FEATURE_COUNT = len(FEATURE_NAMES)
VALUE_INDEX = 13
"""Where the contract vector holds the value, in ether."""
GAS_PRICE_INDEX = 14
"""Where the contract vector holds the gas price, in gwei (`maxFeePerGas` of a fee-market transaction)."""

Feature: TypeAlias = float | str
FeatureVector: TypeAlias = tuple[Feature, ...]


class FeatureKind(Enum):
    """Which of the two vectors was asked about."""

    CONTRACT = "contract"
    ACCOUNT = "account"


def contract_vector(value_eth: Decimal | float, gas_price_gwei: Decimal | float) -> tuple[float, ...]:
    """Return the vector that the external service's documentation asks for.

    18 floats: the value in ether at index 13, the gas price in gwei at index 14, all others exactly 0.0.
    Decimals are rounded once, to the nearest double.
    """
    features = [0.0] * FEATURE_COUNT
    features[VALUE_INDEX] = float(value_eth)
    features[GAS_PRICE_INDEX] = float(gas_price_gwei)
    return tuple(features)


def contract_vector_from_wei(value_wei: int, gas_price_wei: int) -> tuple[float, ...]:
    """Return `contract_vector` of two amounts in wei."""
    return contract_vector(ether_from_wei(value_wei), gwei_from_wei(gas_price_wei))


def feature_kind(features: Sequence[Feature]) -> FeatureKind:
    """Tell which vector this is: a contract vector holds only zeros or empty strings outside 13 and 14."""
    others = (
        feature for index, feature in enumerate(features) if index not in (VALUE_INDEX, GAS_PRICE_INDEX)
    )
    return FeatureKind.ACCOUNT if any(feature not in (0, "") for feature in others) else FeatureKind.CONTRACT


def check_features(features: Sequence[object]) -> FeatureVector:
    """Return `features` as a vector: exactly 18, all finite numbers, where the last two may be strings.

    Raises InvalidFeatures, naming the place, for another length, a boolean, a string in a number's place,
    NaN or an infinity. Nothing is filled in; numbers become doubles, and -0.0 becomes 0.0.
    """
    if len(features) != FEATURE_COUNT:
        raise InvalidFeatures(
            f"{len(features)} features were given",
            hint=f"give exactly {FEATURE_COUNT}: 16 numbers, then 2 numbers or token names",
        )
    return tuple(_check_feature(index, feature) for index, feature in enumerate(features))


def _check_feature(index: int, feature: object) -> Feature:
    if isinstance(feature, str) and FEATURE_NAMES[index] in TOKEN_FEATURE_NAMES:
        return feature
    if isinstance(feature, bool) or not isinstance(feature, int | float):
        raise InvalidFeatures(
            f"feature {index} ({FEATURE_NAMES[index]}) is not a number: {type(feature).__name__}",
            hint="give finite numbers; only the last two features may be strings",
        )
    try:
        number = float(feature)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidFeatures(
            f"feature {index} ({FEATURE_NAMES[index]}) is not finite", hint="NaN and infinities say nothing"
        )
    # A sum with a zero has no negative zero: two spellings of one number are one question.
    return number + 0.0
