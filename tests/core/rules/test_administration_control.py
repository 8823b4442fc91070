from __future__ import annotations

import pytest

from guard.core.rules.administration_control import RULE
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN, WALLET, call
from guard.core.verdict import Severity
from tests.core.rules.asking import ask


def test_a_stranger_who_gets_a_contract_is_refused_in_words() -> None:
    (finding,) = ask(RULE, call(TOKEN, "transferOwnership(address)", STRANGER))
    assert (finding.severity, finding.counterparty) == (Severity.BLOCK, STRANGER)
    assert finding.message.startswith(f"control over {TOKEN} changes: ")
    assert finding.message.endswith(f": {STRANGER}")


@pytest.mark.parametrize(
    ("signature", "values", "severity"),
    [
        ("transferOwnership(address)", (FRIEND,), Severity.INFO),
        ("setOwner(address)", (STRANGER,), Severity.BLOCK),
        ("grantRole(bytes32,address)", (bytes(32), STRANGER), Severity.BLOCK),
        ("revokeRole(bytes32,address)", (bytes(32), STRANGER), Severity.INFO),
        ("revokeRole(bytes32,address)", (bytes(32), SENDER), Severity.WARN),
        ("upgradeTo(address)", (STRANGER,), Severity.BLOCK),
        ("upgradeToAndCall(address,bytes)", (STRANGER, b""), Severity.BLOCK),
        ("changeProxyAdmin(address,address)", (TOKEN, STRANGER), Severity.BLOCK),
        ("upgrade(address,address)", (TOKEN, STRANGER), Severity.BLOCK),
        ("renounceOwnership()", (), Severity.WARN),
    ],
)
def test_a_stranger_is_refused_a_renunciation_asked_about_and_the_rest_noted(
    signature: str, values: tuple[object, ...], severity: Severity
) -> None:
    (finding,) = ask(RULE, call(TOKEN, signature, *values))
    assert finding.severity is severity


def test_a_wallets_own_administration_is_another_rules() -> None:
    assert ask(RULE, call(WALLET, "enableModule(address)", STRANGER)) == ()
