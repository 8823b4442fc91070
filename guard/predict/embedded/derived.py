"""What the trees look at: the 16 numbers, and two more that are computed from them.

What belongs here: arithmetic on one row. What must not: a model, or any number that is not in the row.

Both were chosen by cross-validation on the main table, with near-duplicates kept together. Neither needs
more than the account vector, so that every source of histories can fill them.
"""

from __future__ import annotations

from collections.abc import Sequence

from guard.core.features import NUMERIC_FEATURE_NAMES

DERIVED_FEATURE_NAMES = ("decimals_of_max_value_received", "balance_per_sent_tnx")
MODEL_FEATURE_NAMES = NUMERIC_FEATURE_NAMES + DERIVED_FEATURE_NAMES
"""The names in the order in which the trees count them."""

DECIMALS_TOLD = 6
"""The table tells amounts of ether to this many decimals, so more of them mean nothing."""

_TOO_LARGE_FOR_DECIMALS = 2.0**53 / 10**DECIMALS_TOLD
"""Ether; from here on a float does not hold six decimals."""

_SENT = NUMERIC_FEATURE_NAMES.index("sent_tnx")
_LARGEST = NUMERIC_FEATURE_NAMES.index("max_value_received")
_BALANCE = NUMERIC_FEATURE_NAMES.index("total_ether_balance")


def expand(row: Sequence[float]) -> list[float]:
    """Return the 16 numbers of `row` (wire order) and the derived ones, in the order of the trees.

    The decimals of the largest receipt tell a sum that somebody typed from one that was computed. What is
    left per payment is, for an account that passes everything on, the mean fee in ether: gas is not counted
    as sent.
    """
    sent = row[_SENT]
    return [*row, float(decimals(row[_LARGEST])), row[_BALANCE] / sent if sent else 0.0]


def decimals(ether: float) -> int:
    """Return how many decimals `ether` has when it is written with six, trailing zeros left out."""
    if abs(ether) >= _TOO_LARGE_FOR_DECIMALS:
        return 0
    millionths = round(abs(ether) * 10**DECIMALS_TOLD)
    for count in range(DECIMALS_TOLD, 0, -1):
        if millionths % 10:
            return count
        millionths //= 10
    return 0
