"""Every attack that is run on real contracts, against users with and without a guard.

How one is run:

    for attack in ATTACKS:
        scene = attack.prepare(chain)       # everything is in place; `scene.request` lies before the user
        before = scene.holdings()
        scene.ambush()                      # what happens between the user's look and the block
        signature = chain.fulfil(scene.request, chain.user)
        scene.steal(signature)              # what the thief does with it
        assert difference(before, scene.holdings()) == scene.loss
"""

from tests.contracts.attacks import accounts, approvals, payments, signatures, simulations, trades
from tests.contracts.attacks.attack import Attack, Scene, difference, owned

ATTACKS: tuple[Attack, ...] = (
    *payments.ATTACKS,
    *approvals.ATTACKS,
    *signatures.ATTACKS,
    *trades.ATTACKS,
    *accounts.ATTACKS,
    *simulations.ATTACKS,
)

__all__ = ["ATTACKS", "Attack", "Scene", "difference", "owned"]
