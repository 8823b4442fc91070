"""Which sixteen numbers can be told of an account at all.

What belongs here: bounds that no account of any chain can pass. What must not: what is usual, or a judgement.
"""

from __future__ import annotations

from collections.abc import Sequence

from guard.core.features import NUMERIC_FEATURE_NAMES

LARGEST = 2.0**256
"""No amount on a chain is larger, whatever its unit: a word of the machine holds 256 bits (Yellow Paper)."""

COUNT_NAMES = frozenset(
    {
        "sent_tnx",
        "received_tnx",
        "number_of_created_contracts",
        "erc20_uniq_sent_addr",
        "erc20_uniq_rec_token_name",
    }
)
"""Features that count something."""
SIGNED_NAMES = frozenset({"total_ether_balance"})
"""Features that may be below zero: more was sent than ordinary payments brought."""


def implausible(row: Sequence[float]) -> str | None:
    """Return what is wrong with the first of the 16 numbers (wire order) that no account has, or None."""
    for name, number in zip(NUMERIC_FEATURE_NAMES, row, strict=True):
        if abs(number) > LARGEST:
            return f"{name} is {number:.3g}, and nothing on a chain is larger than 2^256"
        if number < 0 and name not in SIGNED_NAMES:
            return f"{name} is {number:.6g}, and cannot be below zero"
        if name in COUNT_NAMES and not number.is_integer():
            return f"{name} is {number:.6g}, and a count is a whole number"
    return None
