"""What is known about the world at the moment of a review: observed, or missing with a reason.

What belongs here: evidence as values. What must not: gathering it, and any default for what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeAlias, TypeVar

from guard.core.address import Address
from guard.core.prediction import Prediction
from guard.core.reputation import Listing
from guard.core.spending import Spending
from guard.core.world import AccountState, FeeMarket, Simulation, TokenState

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Observed(Generic[T]):
    """Something that a source told."""

    value: T
    """What it told."""
    source: str
    """Who told it, such as `node` or `contacts`."""
    block: int | None = None
    """The block at which it held, where the source is the chain."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that no source told. A value, never an exception, and never read as "fine"."""

    reason: str
    """Why, in one escaped line."""
    is_failure: bool = False
    """Whether a source that should have told it failed; not where there is none, or too much to read."""


Fact: TypeAlias = Observed[T] | Missing


class Acquaintance(Enum):
    """How a counterparty came to be known; only what the user did counts, never what was received."""

    CONTACT = "contact"
    OWN_ACCOUNT = "own account"
    PAID_BEFORE = "paid before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterparty:
    """An address that the user knows."""

    address: Address
    """Which one."""
    acquaintance: Acquaintance
    """How it is known."""
    name: str = ""
    """The user's own name for it, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a review may look at besides the request itself."""

    chain_id: Fact[int]
    """The chain that the node says it is on."""
    balance: Fact[int]
    """The sender's balance, wei."""
    recipient_code: Fact[bytes]
    """Code at the transaction's `to`; empty for an account without code, and for a creation."""
    counterparties: Fact[tuple[Counterparty, ...]]
    """Everyone the user knows: contacts, own accounts, and whom this sender paid value to on this chain."""
    spending: Fact[Spending]
    """What the journal knows of the sender on this chain, rivals for the request's own nonce left out."""
    accounts: Fact[Mapping[Address, AccountState]]
    """Everyone who is called, paid or given a right to, at any depth, as the chain knows them."""
    tokens: Fact[Mapping[Address, TokenState]]
    """Every token contract that is moved, granted or traded, and every contract that is paid. Those that only
    a simulation shows are there where they could be learned."""
    fee_market: Fact[FeeMarket]
    """What gas costs now."""
    simulation: Fact[Simulation]
    """What the request would do if it were mined now."""
    listings: Fact[Mapping[Address, tuple[Listing, ...]]]
    """What the user's lists say, of the listed ones alone."""
    prediction: Prediction
    """What the model said; its class is UNKNOWN where it said nothing."""
    other_predictions: tuple[Prediction, ...] = ()
    """What other witnesses said, where more than one was asked; in any order."""

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        """What every witness said; `guard.core.prediction.in_order` tells which one decides."""
        return (self.prediction, *self.other_predictions)
