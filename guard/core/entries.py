"""What a user wrote down about single addresses, and about amounts within a time, as values.

What belongs here: deny and allow entries, and limits. What must not: how they weigh against each other; that
is `guard.core.policy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from guard.core.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Deny:
    """An address with which nothing is to be done."""

    address: Address
    """Whom."""
    note: str = ""
    """The user's own words, escaped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """One rule is to be silent about one counterparty; it lifts nothing else."""

    rule: str
    """The rule's id."""
    counterparty: Address
    """About whom."""
    expires_at: int | None = None
    """Unix seconds after which it no longer holds; None for ever."""
    note: str = ""
    """The user's own words, escaped."""

    def holds(self, rule: str, counterparty: Address | None, now: int) -> bool:
        """Tell whether it silences this rule about this counterparty at `now`, Unix seconds."""
        is_meant = self.rule == rule and self.counterparty == counterparty
        return is_meant and (self.expires_at is None or now <= self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLimit:
    """The most that one account may commit itself to on one chain within a time that moves with the clock."""

    seconds: int
    """How far it looks back."""
    native_wei: int | None = None
    """The most value and maximum fees together, wei; None sets no limit."""
    tokens: Mapping[Address, int] = field(default_factory=dict)
    """The most of each of these tokens that leaves, or may be taken, in its smallest unit."""
