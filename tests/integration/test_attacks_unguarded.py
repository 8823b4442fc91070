"""Each attack on a user without a guard, on a real node: the loss is exactly the one that the story says."""

from __future__ import annotations

import pytest

from tests.contracts.attacks import ATTACKS, Attack, Scene, difference
from tests.contracts.chain import Chain, Reverted

each_attack = pytest.mark.parametrize("attack", ATTACKS, ids=str)


@each_attack
def test_a_user_without_a_guard_loses(chain: Chain, attack: Attack) -> None:
    scene = attack.prepare(chain)
    before = scene.holdings()
    assert scene.request.account == chain.user.address
    scene.ambush()
    scene.steal(chain.fulfil(scene.request, chain.user))
    assert difference(before, scene.holdings()) == scene.loss


@each_attack
def test_a_user_who_does_nothing_loses_nothing(chain: Chain, attack: Attack) -> None:
    scene = attack.prepare(chain)
    before = scene.holdings()
    forged = chain.fulfil(scene.request, chain.thief) if scene.request.is_signature else b""
    try:
        scene.ambush()
        scene.steal(forged)
    except Reverted:
        pass
    assert difference(before, scene.holdings()) == {}


PREVIEWED = [attack for attack in ATTACKS if "simulation" in attack.prepare.__module__]


@pytest.mark.parametrize("attack", PREVIEWED, ids=str)
def test_a_naive_preview_promises_what_the_block_does_not_keep(chain: Chain, attack: Attack) -> None:
    scene = attack.prepare(chain)
    assert chain.preview(scene.request) == scene.promise


def test_only_those_who_lie_to_simulations_promise_anything(chain: Chain) -> None:
    assert [attack for attack in ATTACKS if _promise(chain, attack) is not None] == PREVIEWED


def _promise(chain: Chain, attack: Attack) -> object:
    with chain.restored():
        scene: Scene = attack.prepare(chain)
        return scene.promise
