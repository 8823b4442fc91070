import pytest

from guard.core.features import NUMERIC_FEATURE_NAMES
from guard.predict.embedded.derived import (
    MODEL_FEATURE_NAMES,
    NO_GAS_PRICE,
    decimals,
    decimals_of_gas_price,
    decimals_of_sum,
    expand,
)


@pytest.mark.parametrize(
    ("ether", "count"),
    [
        (0.0, 0),
        (40.0, 0),
        (0.5, 1),
        (-0.25, 2),
        (7.577323, 6),
        (0.1 + 0.2, 1),
        (1.0000001, 0),
        (1.23456789, 6),
        (0.1234, 4),
        (1e30, 0),
    ],
)
def test_decimals_are_counted_to_the_sixth(ether: float, count: int) -> None:
    assert decimals(ether) == count


@pytest.mark.parametrize(
    ("ether", "count"),
    [
        (0.0, 0),
        (0.000441, 6),
        (-0.000471636, 9),
        (9.123456789, 9),
        (257.1234567891, 7),
        (12345678.25, 2),
        (1e12, 0),
        (1e300, 0),
    ],
)
def test_sums_are_counted_to_nine_decimals_and_ten_digits(ether: float, count: int) -> None:
    assert decimals_of_sum(ether) == count


@pytest.mark.parametrize(
    ("fee", "count"),
    [
        (21 * 0.000021, 0.0),
        (1.5 * 0.000021, 1.0),
        (40.123 * 0.000021, 3.0),
        (0.0, NO_GAS_PRICE),
        (-0.000441, NO_GAS_PRICE),
        (0.05, NO_GAS_PRICE),
        (1e308, NO_GAS_PRICE),
    ],
)
def test_a_gas_price_is_read_from_a_fee_that_can_be_one(fee: float, count: float) -> None:
    assert decimals_of_gas_price(fee) == count


def row_of(**numbers: float) -> list[float]:
    row = [float(place) for place in range(16)]
    for name, number in numbers.items():
        row[NUMERIC_FEATURE_NAMES.index(name)] = number
    return row


def test_a_row_gets_five_numbers_more_and_keeps_its_own() -> None:
    row = row_of(
        max_value_received=0.25,
        avg_val_received=0.15,
        received_tnx=3.0,
        total_ether_balance=0.00168,
        sent_tnx=4.0,
    )
    assert expand(row) == [*row, 2.0, 0.00042, 5.0, pytest.approx(0.1), 0.0]
    assert len(MODEL_FEATURE_NAMES) == len(expand(row))


@pytest.mark.parametrize("received", [0.0, 1.0])
def test_nothing_sent_and_no_other_receipt_leave_nothing_to_divide_by(received: float) -> None:
    row = row_of(sent_tnx=0.0, received_tnx=received)
    assert expand(row)[17:] == [0.0, 0.0, 0.0, NO_GAS_PRICE]


def test_numbers_at_the_end_of_doubles_are_expanded_without_an_error() -> None:
    assert len(expand([1e308] * 16)) == len(MODEL_FEATURE_NAMES)
