"""Payments on a false belief: functions that only take, and an address that only looks like a friend's."""

from __future__ import annotations

from guard.core.address import Address
from tests.contracts.attacks.attack import Attack, Scene, owned
from tests.contracts.chain import ETHER, Chain, WalletRequest, calldata

_VALUE_WEI = 2 * ETHER


def _paid_to_a_drainer(chain: Chain, function: str) -> Scene:
    drainer = chain.deploy("ClaimDrainer", chain.thief.address, by=chain.thief)
    return Scene(
        request=WalletRequest.transaction(chain.user, drainer, calldata(function), _VALUE_WEI),
        holdings=owned(chain, chain.user.address, {}),
        loss={"ether": _VALUE_WEI},
        steal=lambda _: chain.call(chain.thief, drainer, "withdraw()"),
    )


def claim_with_value(chain: Chain) -> Scene:
    """The user claims an airdrop that asks for ether, which stays there until the thief fetches it."""
    return _paid_to_a_drainer(chain, "claim()")


def security_update_with_value(chain: Chain) -> Scene:
    """The user runs a "security update" of the wallet, which takes ether and updates nothing."""
    return _paid_to_a_drainer(chain, "securityUpdate()")


def payment_inside_a_multicall(chain: Chain) -> Scene:
    """The user sends a batch to the well-known Multicall3; its second call pays a drainer."""
    drainer = chain.deploy("ClaimDrainer", chain.thief.address, by=chain.thief)
    batch = chain.deploy("Multicall3")
    calls = [
        (drainer, False, 0, calldata("claim()")),
        (drainer, False, _VALUE_WEI, calldata("securityUpdate()")),
    ]
    data = calldata("aggregate3Value((address,bool,uint256,bytes)[])", calls)
    return Scene(
        request=WalletRequest.transaction(chain.user, batch, data, _VALUE_WEI),
        holdings=owned(chain, chain.user.address, {}),
        loss={"ether": _VALUE_WEI},
        steal=lambda _: chain.call(chain.thief, drainer, "withdraw()"),
    )


def lookalike_of(address: Address) -> Address:
    """Return an address with the first and last two bytes of this one: a friend whom the thief imitates."""
    raw = bytes.fromhex(address[2:])
    return Address.from_bytes(raw[:2] + bytes(byte ^ 0x5A for byte in raw[2:-2]) + raw[-2:])


def _after_poisoning(chain: Chain) -> tuple[Address, Address]:
    """Let the user pay a friend, and the thief put a lookalike into the history; return it and the token."""
    token = chain.deploy("Token", "Test Dollar", "TUSD", 6)
    chain.call(chain.deployer, token, "mint(address,uint256)", chain.user.address, 10_000 * 10**6)
    friend = lookalike_of(chain.thief.address)
    chain.call(chain.user, token, "transfer(address,uint256)", friend, 10 * 10**6)
    chain.send(chain.user, friend, value=ETHER // 100)
    # Anyone may move nothing out of any account, and it is an event like another.
    poison = ("transferFrom(address,address,uint256)", chain.user.address, chain.thief.address, 0)
    chain.call(chain.thief, token, *poison)
    chain.send(chain.thief, chain.user.address, value=1)
    return chain.thief.address, token


def poisoned_token_transfer(chain: Chain) -> Scene:
    """The user copies a friend's address from the history, where a zero transfer has put a lookalike."""
    lookalike, token = _after_poisoning(chain)
    amount = 5_000 * 10**6
    data = calldata("transfer(address,uint256)", lookalike, amount)
    return Scene(
        request=WalletRequest.transaction(chain.user, token, data),
        holdings=owned(chain, chain.user.address, {"TUSD": token}),
        loss={"TUSD": amount},
    )


def poisoned_payment(chain: Chain) -> Scene:
    """The same with ether: the lookalike has paid the user dust, so that it stands in the history."""
    lookalike, _ = _after_poisoning(chain)
    return Scene(
        request=WalletRequest.transaction(chain.user, lookalike, value=_VALUE_WEI),
        holdings=owned(chain, chain.user.address, {}),
        loss={"ether": _VALUE_WEI},
    )


ATTACKS = tuple(
    Attack.told_by(story)
    for story in (
        claim_with_value,
        security_update_with_value,
        payment_inside_a_multicall,
        poisoned_token_transfer,
        poisoned_payment,
    )
)
