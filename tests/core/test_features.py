from __future__ import annotations

import math
import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.core.amounts import MAX_UINT256
from guard.core.features import (
    FEATURE_COUNT,
    FEATURE_NAMES,
    GAS_PRICE_INDEX,
    VALUE_INDEX,
    FeatureKind,
    check_features,
    contract_vector,
    contract_vector_from_wei,
    feature_kind,
)
from guard.core.request import LegacyFee, MarketFee
from guard.errors import InvalidFeatures

WEI = st.integers(0, MAX_UINT256) | st.integers(0, 10**21)


def nearest_double(exact: Fraction) -> float:
    """Return the double nearest to `exact`, ties to even: what a division of integers gives in Python."""
    return exact.numerator / exact.denominator


def test_the_eighteen_names_are_in_the_order_of_the_wire() -> None:
    assert FEATURE_NAMES == (
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
        "erc20_most_sent_token_type",
        "erc20_most_rec_token_type",
    )
    assert (FEATURE_COUNT, VALUE_INDEX, GAS_PRICE_INDEX) == (18, 13, 14)


def test_the_contract_vector_holds_ether_at_13_gwei_at_14_and_sixteen_zeros() -> None:
    """C5: 1.5 ether and 20 gwei."""
    assert contract_vector(Decimal("1.5"), Decimal(20)) == (0.0,) * 13 + (1.5, 20.0) + (0.0,) * 3
    assert contract_vector(1.5, 20.0) == contract_vector_from_wei(15 * 10**17, 20 * 10**9)


def test_the_price_of_a_fee_market_transaction_is_its_ceiling_and_not_its_tip() -> None:
    """C5: maxFeePerGas."""
    fee = MarketFee(max_fee_per_gas=30 * 10**9, max_priority_fee_per_gas=10**9)
    vector = contract_vector_from_wei(0, fee.ceiling)
    assert vector[GAS_PRICE_INDEX] == 30.0
    assert vector == contract_vector_from_wei(0, LegacyFee(gas_price=30 * 10**9).ceiling)


@settings(max_examples=1000)
@given(WEI, WEI)
def test_wei_become_the_nearest_double_and_never_infinity(value: int, price: int) -> None:
    """C5: against fractions."""
    vector = contract_vector_from_wei(value, price)
    expected = [0.0] * 18
    expected[13] = nearest_double(Fraction(value, 10**18))
    expected[14] = nearest_double(Fraction(price, 10**9))
    assert vector == tuple(expected)
    assert all(type(feature) is float and math.isfinite(feature) for feature in vector)
    assert all(math.copysign(1.0, feature) == 1.0 for feature in vector)


def test_a_hundred_thousand_random_amounts_become_their_nearest_doubles() -> None:
    """C5: of every size from 1 wei to 2^256 - 1; the quotient of two ints is correctly rounded in Python."""
    chance = random.Random(18)
    for _ in range(100_000):
        value, price = (chance.getrandbits(chance.randrange(1, 257)) for _ in range(2))
        vector = contract_vector_from_wei(value, price)
        assert vector[13:15] == (value / 10**18, price / 10**9)
        assert vector[:13] + vector[15:] == (0.0,) * 16
        assert all(map(math.isfinite, vector))


@settings(max_examples=300)
@given(WEI)
def test_no_neighbouring_double_is_nearer_to_the_wei(value: int) -> None:
    chosen = contract_vector_from_wei(value, 0)[VALUE_INDEX]
    exact = Fraction(value, 10**18)
    distance = abs(Fraction(chosen) - exact)
    for neighbour in (math.nextafter(chosen, math.inf), math.nextafter(chosen, -math.inf)):
        assert distance <= abs(Fraction(neighbour) - exact)


@pytest.mark.parametrize(
    ("features", "kind"),
    [
        ([0.0] * 18, FeatureKind.CONTRACT),
        ([0.0] * 13 + [1.5, 20.0] + [0.0] * 3, FeatureKind.CONTRACT),
        ([0] * 13 + [1.5, 20.0, 0, "", ""], FeatureKind.CONTRACT),
        ([-0.0] * 18, FeatureKind.CONTRACT),
        ([1.0] + [0.0] * 17, FeatureKind.ACCOUNT),
        ([0.0] * 12 + [1.0] + [0.0] * 5, FeatureKind.ACCOUNT),
        ([0.0] * 15 + [1.0] + [0.0] * 2, FeatureKind.ACCOUNT),
        ([0.0] * 16 + ["USDT", ""], FeatureKind.ACCOUNT),
        ([0.0] * 17 + ["0"], FeatureKind.ACCOUNT),
        ([5e-324] + [0.0] * 17, FeatureKind.ACCOUNT),
    ],
)
def test_a_vector_with_anything_outside_13_and_14_is_an_account_vector(
    features: list[float | str], kind: FeatureKind
) -> None:
    assert feature_kind(features) is kind


def test_eighteen_finite_numbers_are_a_vector_and_the_last_two_may_be_strings() -> None:
    given_features: list[object] = [1, *([0.5] * 15), "USDT", ""]
    assert check_features(given_features) == (1.0, *([0.5] * 15), "USDT", "")
    assert check_features([0] * 18) == (0.0,) * 18


@pytest.mark.parametrize("length", [0, 17, 19])
def test_another_length_than_eighteen_is_refused_and_never_filled_up(length: int) -> None:
    with pytest.raises(InvalidFeatures, match=f"{length} features were given"):
        check_features([0.0] * length)


@pytest.mark.parametrize("bad", [True, None, "1", [1.0], b"1", 1j, Decimal(1)])
def test_what_is_no_number_is_refused_and_its_place_is_named(bad: object) -> None:
    features: list[object] = [0.0] * 18
    features[15] = bad
    with pytest.raises(InvalidFeatures) as caught:
        check_features(features)
    assert caught.value.message == (
        f"feature 15 (erc20_uniq_rec_token_name) is not a number: {type(bad).__name__}"
    )


@pytest.mark.parametrize("bad", [True, None, [1.0]])
def test_the_places_of_the_token_names_take_numbers_and_strings_only(bad: object) -> None:
    with pytest.raises(InvalidFeatures, match="feature 17"):
        check_features([0.0] * 17 + [bad])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 10**400, -(10**400)])
@pytest.mark.parametrize("place", [0, 13, 17])
def test_what_is_not_finite_is_refused_and_its_place_is_named(bad: float, place: int) -> None:
    features: list[object] = [0.0] * 18
    features[place] = bad
    with pytest.raises(InvalidFeatures, match=rf"feature {place} \({FEATURE_NAMES[place]}\) is not finite"):
        check_features(features)


def test_a_negative_zero_is_a_zero() -> None:
    checked = check_features((-0.0,) * FEATURE_COUNT)
    assert [math.copysign(1.0, feature) for feature in checked if isinstance(feature, float)] == [1.0] * 18
