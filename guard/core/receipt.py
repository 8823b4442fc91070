"""What the chain says of a transaction that is in a block."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The part of a receipt that a payer needs."""

    hash: str
    """The transaction's hash, 0x and 64 hex digits."""
    status: int
    """1 done, 0 reverted."""
    block_number: int
    """The block it is in."""
    gas_used: int
    """Units of gas."""
    effective_gas_price: int
    """Wei for each unit of gas."""
