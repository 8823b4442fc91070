"""Contracts that know they are watched: a simulation shows a gain, the block a loss."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum

from guard.core.address import Address
from tests.contracts.attacks.attack import Attack, Scene, owned
from tests.contracts.chain import ETHER, Chain, WalletRequest, calldata


class Tell(IntEnum):
    """What such a contract looks at; the order is the one in `SimulationLiars.sol`."""

    FEE_RECIPIENT = 0
    RANDOMNESS = 1
    BASE_FEE = 2
    GAS_PRICE = 3
    GAS_LEFT = 4


def _paid(chain: Chain, to: Address, function: str, promise: dict[str, int]) -> Scene:
    """Return the scene in which the user pays one ether to this function and gets nothing."""
    return Scene(
        request=WalletRequest.transaction(chain.user, to, calldata(function), ETHER),
        holdings=owned(chain, chain.user.address, {}),
        loss={"ether": ETHER},
        promise=promise,
    )


def _two_faced_bonus(tell: Tell) -> Attack:
    def prepare(chain: Chain) -> Scene:
        bonus = chain.deploy("TwoFacedBonus", chain.thief.address, tell, value=2 * ETHER, by=chain.thief)
        return _paid(chain, bonus, "claim()", {"ether": ETHER})

    sign = tell.name.lower().replace("_", "-")
    return Attack(
        name=f"bonus-that-knows-a-simulation-by-its-{sign}",
        story="The preview shows twice the ether coming back; the contract saw that it was one.",
        prepare=prepare,
    )


def token_that_knows_a_simulation(chain: Chain) -> Scene:
    """The user buys a token that a preview sees arrive; in the block there is neither event nor balance."""
    token = chain.deploy("TwoFacedToken", chain.thief.address, Tell.GAS_PRICE, by=chain.thief)
    promise = {"ether": -ETHER, str(token): 1000 * ETHER}
    scene = _paid(chain, token, "buy()", promise)
    return replace(scene, holdings=owned(chain, chain.user.address, {"WPRO": token}))


def token_that_only_says_so(chain: Chain) -> Scene:
    """The user buys a token whose Transfer events are true in no world: the balance stays zero."""
    token = chain.deploy("EventLiar", chain.thief.address, by=chain.thief)
    promise = {"ether": -ETHER, str(token): 2 * ETHER}
    return _paid(chain, token, "buy()", promise)


def bonus_turned_over_before_the_block(chain: Chain) -> Scene:
    """The claim is honest when previewed, so no simulation tells; the thief turns it before the block."""
    bonus = chain.deploy("SwitchedBonus", chain.thief.address, value=2 * ETHER, by=chain.thief)
    scene = _paid(chain, bonus, "claim()", {"ether": ETHER})
    return replace(scene, ambush=lambda: chain.call(chain.thief, bonus, "turn()"))


TWO_FACED = (
    *(_two_faced_bonus(tell) for tell in Tell),
    Attack.told_by(token_that_knows_a_simulation),
)
"""Those that a simulation with realistic fields sees through."""

ATTACKS = (
    *TWO_FACED,
    Attack.told_by(token_that_only_says_so),
    Attack.told_by(bonus_turned_over_before_the_block),
)
