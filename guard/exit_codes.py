"""The exit codes of `wallet` and `guard`: one meaning each, for scripts to rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guard import errors

if TYPE_CHECKING:
    from guard.core.journal import SendState
    from guard.core.verdict import Decision

DONE = 0
FAILED = 1
USAGE = 2
BLOCKED = 3
NO_VERDICT = 4
DECLINED = 5
REVERTED = 6
KEYSTORE = 7
JOURNAL_CONFLICT = 8
CONFIGURATION = 9
INTERRUPTED = 130

_BY_ERROR: tuple[tuple[type[errors.GuardError], int], ...] = (
    (errors.KeystoreError, KEYSTORE),
    (errors.ConfigurationError, CONFIGURATION),
    (errors.MissingExtra, CONFIGURATION),
    (errors.CallerError, USAGE),
    (errors.TransactionReverted, REVERTED),
    (errors.Interrupted, INTERRUPTED),
    (errors.TransactionBlocked, BLOCKED),
    (errors.NoVerdict, NO_VERDICT),
    (errors.HumanError, DECLINED),
    (errors.JournalConflict, JOURNAL_CONFLICT),
    (errors.GuardError, FAILED),
)
"""The first class that fits decides; the order goes from the special to the general."""

_BY_STATE = {
    "REVIEWED": FAILED,
    "BLOCKED": BLOCKED,
    "UNDECIDED": NO_VERDICT,
    "DECLINED": DECLINED,
    "ABANDONED": FAILED,
    "HANDED": FAILED,
    "SIGNED": FAILED,
    "REFUSED": FAILED,
    "BROADCAST": DONE,
    "MINED": DONE,
    "REVERTED": REVERTED,
    "REPLACED": JOURNAL_CONFLICT,
}
"""By name, so that a command that ends nothing need not import what a send is."""


def of_error(error: errors.GuardError) -> int:
    """Return the exit code that an error means."""
    return next(code for kind, code in _BY_ERROR if isinstance(error, kind))


def of_state(state: SendState) -> int:
    """Return the exit code that the end of a send means."""
    return _BY_STATE[state.name]


def of_decision(decision: Decision | None) -> int:
    """Return the exit code of a check: what a send would come to with nobody to ask."""
    if decision is None:
        return NO_VERDICT
    return {"ALLOW": DONE, "WARN": DECLINED, "BLOCK": BLOCKED}[decision.name]
