import pytest

from guard.core.features import NUMERIC_FEATURE_NAMES
from guard.predict.embedded.derived import MODEL_FEATURE_NAMES, decimals, expand, mean_besides_largest


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
    ("mean", "count", "largest", "others"),
    [
        (0.4, 3.0, 1.0, 0.1),
        (0.1, 3.0, 0.3, 0.0),
        (0.333332, 3.0, 1.0, 0.0),
        (2.0, 1.0, 2.0, 0.0),
        (0.0, 0.0, 0.0, 0.0),
        (1e30, 2.0, 1e30, 1e30),
    ],
    ids=["some remain", "a float's rounding", "the table's rounding", "one", "none", "beyond all ether"],
)
def test_the_largest_receipt_is_left_out_of_the_mean(
    mean: float, count: float, largest: float, others: float
) -> None:
    assert mean_besides_largest(mean, count, largest) == others


def row_of(**numbers: float) -> list[float]:
    row = [float(place) for place in range(16)]
    for name, number in numbers.items():
        row[NUMERIC_FEATURE_NAMES.index(name)] = number
    return row


def test_a_row_gets_three_numbers_more_and_keeps_its_own() -> None:
    row = row_of(
        max_value_received=0.25,
        avg_val_received=0.15,
        received_tnx=3.0,
        total_ether_balance=0.00168,
        sent_tnx=4.0,
    )
    assert expand(row) == [*row, 2.0, 0.00042, 0.1]
    assert len(MODEL_FEATURE_NAMES) == len(expand(row))


@pytest.mark.parametrize("received", [0.0, 1.0])
def test_nothing_sent_and_no_other_receipt_leave_nothing_to_divide_by(received: float) -> None:
    row = row_of(sent_tnx=0.0, received_tnx=received)
    assert expand(row)[17:] == [0.0, 0.0]


def test_numbers_at_the_end_of_doubles_are_expanded_without_an_error() -> None:
    assert len(expand([1e308] * 16)) == len(MODEL_FEATURE_NAMES)
