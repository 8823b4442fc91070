"""One meaning for each exit code, as contracts.md promises them."""

from __future__ import annotations

import pytest

from guard import errors, exit_codes
from guard.core.journal import SendState
from guard.core.verdict import Decision

PROMISED = {
    "DONE": 0,
    "FAILED": 1,
    "USAGE": 2,
    "BLOCKED": 3,
    "NO_VERDICT": 4,
    "DECLINED": 5,
    "REVERTED": 6,
    "KEYSTORE": 7,
    "JOURNAL_CONFLICT": 8,
    "CONFIGURATION": 9,
    "INTERRUPTED": 130,
}

BY_ERROR = {
    "GuardError": 1,
    "CallerError": 2,
    "InvalidAddress": 2,
    "InvalidAmount": 2,
    "InvalidRequest": 2,
    "UnreadableArguments": 2,
    "InvalidFeatures": 2,
    "InvalidJson": 2,
    "ConfigurationError": 9,
    "MissingExtra": 9,
    "KeystoreError": 7,
    "OutsideError": 1,
    "DeadlineExceeded": 1,
    "ServiceBusy": 1,
    "ServiceUnavailable": 1,
    "RateLimited": 1,
    "ServiceInvalid": 1,
    "NodeError": 1,
    "TransactionReverted": 6,
    "HumanError": 5,
    "TransactionBlocked": 3,
    "ConfirmationRequired": 5,
    "NoVerdict": 4,
    "Interrupted": 130,
    "IntegrityError": 1,
    "DigestMismatch": 1,
    "JournalConflict": 8,
    "JournalDamaged": 1,
}


def test_the_codes_are_the_promised_ones() -> None:
    given = {name: value for name, value in vars(exit_codes).items() if type(value) is int}
    assert given == PROMISED


def test_every_error_of_the_tree_has_its_code() -> None:
    tree = {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.GuardError)
    }
    assert {name: exit_codes.of_error(kind("x")) for name, kind in tree.items()} == BY_ERROR


@pytest.mark.parametrize(
    ("decision", "code"), [(Decision.ALLOW, 0), (Decision.WARN, 5), (Decision.BLOCK, 3), (None, 4)]
)
def test_every_decision_has_its_code(decision: Decision | None, code: int) -> None:
    assert exit_codes.of_decision(decision) == code


def test_every_end_of_a_send_has_its_code() -> None:
    assert {state.value: exit_codes.of_state(state) for state in SendState} == {
        "reviewed": 1,
        "blocked": 3,
        "undecided": 4,
        "declined": 5,
        "abandoned": 1,
        "handed": 1,
        "signed": 1,
        "refused": 1,
        "broadcast": 0,
        "mined": 0,
        "reverted": 6,
        "replaced": 8,
    }
