"""What the trees look at: the 16 numbers, and five more that are computed from them.

What belongs here: arithmetic on one row. What must not: a model, or any number that is not in the row.

All were chosen by cross-validation on the main table, with near-duplicates kept together. None needs more
than the account vector, so that every source of histories can fill them.
"""

from __future__ import annotations

from collections.abc import Sequence

from guard.core.features import NUMERIC_FEATURE_NAMES

DERIVED_FEATURE_NAMES = (
    "decimals_of_max_value_received",
    "balance_per_sent_tnx",
    "decimals_of_total_ether_balance",
    "avg_val_received_besides_max",
    "decimals_of_gas_price",
)
MODEL_FEATURE_NAMES = NUMERIC_FEATURE_NAMES + DERIVED_FEATURE_NAMES
"""The names in the order in which the trees count them."""

DECIMALS_TOLD = 6
"""The table tells single amounts of ether to this many decimals, so more of them mean nothing."""
BALANCE_DECIMALS_TOLD, BALANCE_DIGITS_TOLD = 9, 10
"""It tells sums to nine decimals, and to ten significant digits at most."""
GAS_OF_A_PAYMENT_GIGA = 21_000 / 10**9
"""What a plain payment burns (Yellow Paper, appendix G), for a price in gwei and a fee in ether."""
HIGHEST_GAS_PRICE = 2000.0
"""Gwei; what is left over per payment above such a price is a balance and not a fee."""
GAS_PRICE_DECIMALS = 3
"""Decimals of a gas price that nine decimals of a fee can tell."""
NO_GAS_PRICE = -1.0
"""Where what is left over cannot be a fee."""

_TOO_LARGE_FOR_DECIMALS = 2.0**53 / 10**DECIMALS_TOLD
"""Ether; from here on a float does not hold six decimals."""

_SENT = NUMERIC_FEATURE_NAMES.index("sent_tnx")
_RECEIVED = NUMERIC_FEATURE_NAMES.index("received_tnx")
_LARGEST = NUMERIC_FEATURE_NAMES.index("max_value_received")
_MEAN_RECEIVED = NUMERIC_FEATURE_NAMES.index("avg_val_received")
_BALANCE = NUMERIC_FEATURE_NAMES.index("total_ether_balance")


def expand(row: Sequence[float]) -> list[float]:
    """Return the 16 numbers of `row` (wire order) and the derived ones, in the order of the trees.

    The decimals of the largest receipt tell a sum that somebody typed from one that was computed. What is
    left per payment is, for an account that passes everything on, the mean fee in ether: gas is not counted
    as sent. The gas price behind that fee is a whole number of gwei where a wallet's default was left alone,
    and so is then what all fees together leave behind. The mean of the receipts besides the largest tells a
    collector of equal sums from an account that was filled once.
    """
    sent, received, balance = row[_SENT], row[_RECEIVED], row[_BALANCE]
    per_sent = balance / sent if sent else 0.0
    others = (row[_MEAN_RECEIVED] * received - row[_LARGEST]) / (received - 1.0) if received > 1 else 0.0
    return [
        *row,
        float(decimals(row[_LARGEST])),
        per_sent,
        float(decimals_of_sum(balance)),
        others,
        decimals_of_gas_price(per_sent),
    ]


def decimals(ether: float) -> int:
    """Return how many decimals `ether` has when it is written with six, trailing zeros left out."""
    if abs(ether) >= _TOO_LARGE_FOR_DECIMALS:
        return 0
    return _written(ether, DECIMALS_TOLD)


def decimals_of_sum(ether: float) -> int:
    """Return how many decimals `ether` has when it is written as the table writes sums.

    That is with nine decimals and at most ten significant digits, trailing zeros left out.
    """
    whole_digits = len(str(int(abs(ether)))) if abs(ether) >= 1 else 1
    return _written(ether, max(0, min(BALANCE_DECIMALS_TOLD, BALANCE_DIGITS_TOLD - whole_digits)))


def decimals_of_gas_price(fee: float) -> float:
    """Return how many decimals, up to three, the gas price (gwei) of a payment has that costs `fee` ether.

    NO_GAS_PRICE where `fee` is none: nothing or less, or more than a payment costs.
    """
    price = fee / GAS_OF_A_PAYMENT_GIGA
    if not 0 < price < HIGHEST_GAS_PRICE:
        return NO_GAS_PRICE
    return float(_written(price, GAS_PRICE_DECIMALS))


def _written(number: float, places: int) -> int:
    """Return how many decimals `number` has when written with `places`, trailing zeros left out."""
    scaled = round(abs(number) * 10**places)
    for count in range(places, 0, -1):
        if scaled % 10:
            return count
        scaled //= 10
    return 0
