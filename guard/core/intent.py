"""What a transaction does, in the words of its user, as one closed union.

What belongs here: the kinds of intent. What must not: how bytes are read; that is `guard.core.decode`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from guard.core.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Ether or one fungible token moves from an owner to a recipient."""

    kind: ClassVar[str] = "transfer"
    token: Address | None
    """The token's contract; None means the chain's own coin."""
    owner: Address
    """Whose asset moves."""
    recipient: Address
    """Who gets it: the account whose history counts."""
    amount: int
    """Wei, or the token's smallest unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """A contract is created."""

    kind: ClassVar[str] = "deploy"
    code_size: int
    """Bytes of creation code."""
    value: int
    """Wei that it is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A payload that this version cannot read; never taken for harmless."""

    kind: ClassVar[str] = "unknown"
    reason: str
    """Why it could not be read."""
    selector: str | None
    """The first four bytes as 0x and 8 hex digits; None where there are fewer."""


Intent: TypeAlias = Transfer | Deploy | Unknown


def beneficiary(intent: Intent, to: Address | None) -> Address | None:
    """Return who gets the asset: a transfer's recipient, otherwise the account called, `to`."""
    return intent.recipient if isinstance(intent, Transfer) else to
