import pytest

from guard.core.features import NUMERIC_FEATURE_NAMES
from guard.predict.embedded.derived import MODEL_FEATURE_NAMES, decimals, expand


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


def test_a_row_gets_two_numbers_more_and_keeps_its_own() -> None:
    row = [float(place) for place in range(16)]
    row[NUMERIC_FEATURE_NAMES.index("max_value_received")] = 0.25
    row[NUMERIC_FEATURE_NAMES.index("total_ether_balance")] = 0.006
    row[NUMERIC_FEATURE_NAMES.index("sent_tnx")] = 4.0
    assert expand(row) == [*row, 2.0, 0.0015]
    assert len(MODEL_FEATURE_NAMES) == len(expand(row))


def test_nothing_sent_leaves_nothing_to_divide_by() -> None:
    assert expand([1.0, 1.0, 1.0, 0.0] + [1.0] * 12)[-1] == 0.0
