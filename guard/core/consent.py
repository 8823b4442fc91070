"""A yes that is given apart from the question: before the same request comes again, or to it in another form.

What belongs here: what such a yes covers. What must not: where it is kept, or how it is asked for.

Rule 1: a yes covers what was shown. A warning that was not among it is asked about again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

from guard.core.request import TransactionRequest, digest
from guard.core.verdict import Approval, Confirmation, Finding, Severity, Verdict

_SEEN_IN_A_RUN = "simulation."
"""The family of the rules about what happens when the request is run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One person's yes to one verdict."""

    digest: str
    """The digest of the request that was shown."""
    confirmation: Confirmation
    """Which question was answered."""
    warnings: frozenset[str]
    """What was warned of, as `warnings_of` names it."""
    has_verdict: bool
    """Whether there was a verdict; a yes without one covers no request that has one, nor the other way."""
    expires_at: int
    """Unix seconds after which it is worth nothing."""


def consent_to(verdict: Verdict, *, expires_at: int) -> Consent:
    """Return the yes to everything that `verdict` shows."""
    return Consent(
        digest=verdict.digest,
        confirmation=verdict.confirmation,
        warnings=warnings_of(verdict),
        has_verdict=verdict.decision is not None,
        expires_at=expires_at,
    )


def scope_of(consent: Consent) -> str:
    """Return a name, 64 hex digits, that two yeses share exactly when they cover the same."""
    covered = [consent.digest, consent.confirmation.name, sorted(consent.warnings), consent.has_verdict]
    return hashlib.sha256(json.dumps(covered).encode()).hexdigest()


def warnings_of(verdict: Verdict) -> frozenset[str]:
    """Return what a person is asked about: rules, and about whom; the words too where they are what matters.

    One rule stands for every source that is silent, and a yes without the lists is none without the node. One
    stands for every loss that a run shows, and a contract may show a small one until there is a yes. Of other
    rules the words may change with the market, and the same warning is not asked about twice.
    """
    return frozenset(
        _name(finding)
        for finding in verdict.findings
        if finding.is_unknown or finding.severity is Severity.WARN
    )


def _name(finding: Finding) -> str:
    if finding.is_unknown or finding.rule.startswith(_SEEN_IN_A_RUN):
        return f"{finding.rule}: {finding.message}"
    return finding.rule if finding.counterparty is None else f"{finding.rule}: {finding.counterparty}"


def renumbered(consent: Consent, shown: TransactionRequest, again: TransactionRequest) -> Consent | None:
    """Return the same yes for the same transaction with another nonce, or None where more than that differs.

    For a door that was left to choose the nonce, and for no other: a nonce that was given is part of what was
    accepted, and the same payment with another one is a second payment.
    """
    if consent.digest != digest(shown) or replace(shown, nonce=None) != replace(again, nonce=None):
        return None
    return replace(consent, digest=digest(again))


def approval_from(consent: Consent, verdict: Verdict, now: int) -> Approval | None:
    """Return the answer to `verdict` that `consent` holds, or None where it does not cover it.

    The digest is compared; a BLOCK is never covered.
    """
    covers = (
        consent.digest == verdict.digest
        and now <= consent.expires_at
        and Confirmation.NONE < verdict.confirmation <= consent.confirmation
        and consent.has_verdict == (verdict.decision is not None)
        and warnings_of(verdict) <= consent.warnings
    )
    return Approval(digest=verdict.digest, confirmation=verdict.confirmation) if covers else None
