"""The figures that a command shows as defaults, apart from the parts that they are defaults of.

What belongs here: figures that `--help` tells. What must not: an import; every command pays for it.
"""

from __future__ import annotations

DEFAULT_TIMEOUT_S = 90.0
"""Seconds that all evidence together may take: a sleeping service needs 30 to 60 to wake."""
DEFAULT_RECEIPT_TIMEOUT_S = 300.0
"""Seconds to wait for a block to take the payment; after that `resume` can go on waiting."""
DEFAULT_CONFIRMATIONS = 12
"""Blocks, the payment's own included, after which an end is final. The deepest reorganisation that Ethereum's
beacon chain has seen was of 7 blocks (25 May 2022)."""
