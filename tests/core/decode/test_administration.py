from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.decode import read
from guard.core.intent import Administer, Batch, Transfer
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from tests.core.decode.calling import call, calldata, inner_intents, intent_of

MINTER = b"\x9f" * 32
TO_AND_CALL = "upgradeToAndCall(address,bytes)"
PROXY_AND_CALL = "upgradeAndCall(address,address,bytes)"


def administer(action: str, subject: object = STRANGER, contract: object = TOKEN) -> Administer:
    return Administer(contract=contract, action=action, subject=subject)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("transferOwnership", "transfer the ownership"),
        ("transferProxyOwnership", "transfer the ownership"),
        ("setOwner", "transfer the ownership"),
        ("setPendingOwner", "offer the ownership"),
        ("setAuthority", "change who decides on access"),
        ("setAdmin", "change the administrator"),
        ("changeAdmin", "change the administrator of its proxy"),
        ("upgradeTo", "change the code it runs"),
        ("setImplementation", "change the code it runs"),
    ],
)
def test_who_is_given_control_of_a_contract_is_named(name: str, action: str) -> None:
    assert intent_of(f"{name}(address)", STRANGER) == administer(action)


def test_an_ownership_is_given_up_or_accepted() -> None:
    assert intent_of("renounceOwnership()") == administer("give up the ownership", None)
    assert intent_of("acceptOwnership()") == administer("accept the ownership", SENDER)


def test_roles_are_given_to_somebody_and_taken_from_somebody() -> None:
    minter = f"the role 0x{MINTER.hex()}"
    assert intent_of("grantRole(bytes32,address)", MINTER, STRANGER) == administer(f"give {minter}")
    assert intent_of("grantRole(bytes32,address)", bytes(32), STRANGER) == administer(
        "give the role of administrator"
    )
    for name in ("revokeRole", "renounceRole"):
        taken = replace(administer(f"take away {minter}"), takes_away=True)
        assert intent_of(f"{name}(bytes32,address)", MINTER, STRANGER) == taken


def test_the_administrator_of_proxies_changes_the_proxy_that_is_named() -> None:
    changed = administer("change the administrator of its proxy", STRANGER, FRIEND)
    upgraded = administer("change the code it runs", STRANGER, FRIEND)
    assert intent_of("changeProxyAdmin(address,address)", FRIEND, STRANGER) == changed
    assert intent_of("upgrade(address,address)", FRIEND, STRANGER) == upgraded
    assert intent_of(PROXY_AND_CALL, FRIEND, STRANGER, b"") == upgraded
    assert intent_of(TO_AND_CALL, STRANGER, b"") == administer("change the code it runs")


@pytest.mark.parametrize(
    ("signature", "leading", "proxy"),
    [(TO_AND_CALL, (STRANGER,), TOKEN), (PROXY_AND_CALL, (FRIEND, STRANGER), FRIEND)],
)
def test_the_call_that_comes_with_new_code_is_made_by_the_proxy_as_itself(
    signature: str, leading: tuple[object, ...], proxy: object
) -> None:
    data = calldata("transfer(address,uint256)", SENDER, 5)
    assert inner_intents(signature, *leading, data) == [
        administer("change the code it runs", STRANGER, proxy),
        Transfer(token=STRANGER, owner=proxy, recipient=SENDER, amount=5),  # type: ignore[arg-type]
    ]
    asked = read(call(signature, *leading, data, value=3))
    assert isinstance(asked.intent, Batch)
    assert asked.oddities == ()
    change, run = asked.intent.calls
    assert (change.actor, change.to, change.value, change.is_delegatecall) == (SENDER, TOKEN, 0, False)
    assert (run.actor, run.to, run.value, run.is_delegatecall) == (proxy, STRANGER, 3, True)
