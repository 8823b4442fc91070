from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import Address
from guard.core.rules.examples import FRIEND, TOKEN, TRANSFER, token_transfer
from guard.core.rules.recipient_burn_address import BURN_ADDRESSES, RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

DEAD = Address.parse("0x000000000000000000000000000000000000dEaD")


def low(number: int) -> Address:
    return Address.from_bytes(number.to_bytes(20, "big"))


def burned(address: Address) -> tuple[Finding, ...]:
    return (
        Finding(
            rule="recipient.burn-address",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=f"nobody can spend from {address}: what is sent there is gone",
            advice="give the address that was meant; to burn on purpose, lower this rule in the policy",
            facts={"recipient": address},
            counterparty=address,
        ),
    )


@pytest.mark.parametrize("address", [*sorted(BURN_ADDRESSES), low(1), low(0x11), low(0x100), low(0x1FF)])
def test_ether_and_tokens_to_an_address_without_an_owner_are_blocked(address: Address) -> None:
    assert ask(RULE, replace(TRANSFER, to=address)) == burned(address)
    assert ask(RULE, token_transfer(address)) == burned(address)


@pytest.mark.parametrize("address", [low(0), low(0x200), FRIEND])
def test_other_addresses_are_quiet(address: Address) -> None:
    assert ask(RULE, replace(TRANSFER, to=address)) == ()


def test_a_call_to_a_precompiled_contract_with_value_is_blocked() -> None:
    assert ask(RULE, replace(TRANSFER, to=low(4), data=b"hash", value=1)) == burned(low(4))


def test_a_token_that_moves_to_a_friend_is_quiet_even_where_its_contract_is_called() -> None:
    assert ask(RULE, token_transfer(FRIEND)) == ()


def test_value_that_goes_with_an_unreadable_call_to_a_burn_address_is_found_once() -> None:
    assert ask(RULE, replace(TRANSFER, to=DEAD, data=b"junk!", value=1)) == burned(DEAD)


def test_a_creation_is_quiet() -> None:
    assert ask(RULE, replace(TRANSFER, to=None)) == ask(RULE, replace(TRANSFER, to=TOKEN)) == ()
