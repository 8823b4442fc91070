from __future__ import annotations

import pytest

from guard.core.address import Address
from guard.core.rules.examples import FRIEND, STRANGER, TOKEN, WALLET, call, calldata, safe_execution
from guard.core.rules.safe_administration import RULE
from guard.core.verdict import Confirmation, Severity
from tests.core.rules.asking import ask

SENTINEL = Address.from_bytes(bytes(19) + b"\x01")


def test_a_stranger_who_becomes_an_owner_is_refused_in_words() -> None:
    (finding,) = ask(RULE, call(WALLET, "addOwnerWithThreshold(address,uint256)", STRANGER, 1))
    assert (finding.severity, finding.counterparty, finding.path) == (Severity.BLOCK, STRANGER, ())
    assert finding.message.startswith(f"the control of the wallet {WALLET} changes: ")
    assert finding.message.endswith(f": {STRANGER}")


@pytest.mark.parametrize(
    ("signature", "values", "severity"),
    [
        ("addOwnerWithThreshold(address,uint256)", (FRIEND, 1), Severity.WARN),
        ("removeOwner(address,address,uint256)", (SENTINEL, STRANGER, 1), Severity.WARN),
        ("swapOwner(address,address,address)", (SENTINEL, FRIEND, STRANGER), Severity.BLOCK),
        ("changeThreshold(uint256)", (1,), Severity.WARN),
        ("enableModule(address)", (STRANGER,), Severity.BLOCK),
        ("setGuard(address)", (STRANGER,), Severity.BLOCK),
        ("setFallbackHandler(address)", (STRANGER,), Severity.BLOCK),
        ("changeMasterCopy(address)", (STRANGER,), Severity.BLOCK),
    ],
)
def test_whoever_is_let_in_and_is_not_known_is_refused_and_the_rest_is_asked_about(
    signature: str, values: tuple[object, ...], severity: Severity
) -> None:
    (direct,) = ask(RULE, call(WALLET, signature, *values))
    (inside,) = ask(RULE, safe_execution(WALLET, calldata(signature, *values)))
    assert (direct.severity, direct.confirmation) == (severity, Confirmation.TYPED)
    assert (inside.severity, inside.path, inside.message) == (severity, (1,), direct.message)


def test_what_the_wallet_pays_is_not_its_administration() -> None:
    transfer = calldata("transfer(address,uint256)", STRANGER, 1)
    assert ask(RULE, safe_execution(TOKEN, transfer)) == ()
