"""What a review comes to: findings, a decision, and the verdict that is bound to one digest.

What belongs here: these values and the approval that a person gives. What must not: how they are found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from typing import TypeAlias

from guard.core.address import Address
from guard.core.intent import Intent
from guard.core.prediction import Prediction
from guard.errors import DigestMismatch

FactValue: TypeAlias = str | int | float | bool | tuple[str, ...] | None


class Severity(IntEnum):
    """How much a finding matters."""

    INFO = 0
    WARN = 1
    BLOCK = 2


class Confidence(Enum):
    """How sure a rule is of what it saw; apart from how much it would matter."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Decision(IntEnum):
    """What may happen next."""

    ALLOW = 0
    WARN = 1
    BLOCK = 2


class Confirmation(IntEnum):
    """What a person has to answer before anything is signed."""

    NONE = 0
    """Nothing: there is no way through."""
    ORDINARY = 1
    """The ordinary question."""
    WARNING = 2
    """A question of its own, which `--yes` does not answer."""
    TYPED = 3
    """The first eight hex digits of the digest, typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that one rule saw."""

    rule: str
    """The rule's permanent id, `family.name`."""
    severity: Severity
    """How much it matters under this policy."""
    confidence: Confidence
    """How sure the rule is."""
    message: str
    """What was seen, in one plain sentence made from the facts alone."""
    advice: str
    """What to do about it."""
    facts: Mapping[str, FactValue]
    """What the message rests on."""
    counterparty: Address | None = None
    """Whom it is about; None where it is about nobody in particular."""
    path: tuple[int, ...] = ()
    """Which call it is about, counted from 1 at each depth; () for the request as a whole."""
    decided_by: str = ""
    """Which entry of the policy gave it its level, in words; empty where the rule itself did."""
    is_unknown: bool = False
    """Whether it stands for something that could not be learned."""
    confirmation: Confirmation = Confirmation.WARNING
    """What a person must answer when it warns."""

    def at(self, severity: Severity) -> Finding:
        """Return the finding at another level."""
        return replace(self, severity=severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the guard says of one request; worthless for any other."""

    digest: str
    """The request's name, 0x and 64 hex digits."""
    decision: Decision | None
    """None where no verdict could be had."""
    confirmation: Confirmation
    """What a person has to answer before this request may be signed."""
    findings: tuple[Finding, ...]
    """Everything that was seen, worst first."""
    intent: Intent
    """What the request does, with every call inside of it."""
    prediction: Prediction
    """What the model said; of several witnesses, what the one said that decides."""
    reviewed_at: int
    """Unix seconds."""
    expires_at: int
    """Unix seconds after which it may not be acted on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A yes to one verdict; it holds nothing that could edit the request."""

    digest: str
    """The digest of the verdict that was answered."""
    confirmation: Confirmation
    """Which question was answered."""


@dataclass(frozen=True, slots=True)
class Declined:
    """A person's no."""


def check_approval(verdict: Verdict, approval: Approval, current_digest: str, now: int) -> None:
    """Raise DigestMismatch unless `approval` opens the door for exactly this verdict, request and moment."""
    if not (verdict.digest == approval.digest == current_digest):
        raise DigestMismatch(
            "the transaction changed after it was scored", hint="nothing was sent: start again"
        )
    if verdict.confirmation is Confirmation.NONE or approval.confirmation < verdict.confirmation:
        raise DigestMismatch(
            "the answer given does not accept this verdict", hint="nothing was sent: start again"
        )
    if now < verdict.reviewed_at:
        raise DigestMismatch(
            "the clock went back since the verdict", hint="nothing was sent: start again with a right clock"
        )
    if now > verdict.expires_at:
        raise DigestMismatch(
            f"the verdict expired {now - verdict.expires_at} s ago",
            hint="nothing was sent: start again, what was seen then may no longer hold",
        )
