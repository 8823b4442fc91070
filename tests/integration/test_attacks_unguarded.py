"""Each attack on a user without a guard, on a real node: the loss is exactly the one that the story says."""

from __future__ import annotations

import contextlib
import json

import pytest

from tests.contracts.attacks import ATTACKS, Attack, approvals, difference, payments, simulations
from tests.contracts.chain import ETHER, Chain, Reverted

# What was signed off the chain cannot be taken back by these; what was paid is gone.
REVOCABLE = [
    attack for attack in ATTACKS if attack in approvals.ATTACKS or attack.name == "delegated-to-a-sweeper"
]

each_attack = pytest.mark.parametrize("attack", ATTACKS, ids=str)


@each_attack
def test_a_user_without_a_guard_loses(chain: Chain, attack: Attack) -> None:
    scene = attack.prepare(chain)
    before = scene.holdings()
    scene.ambush()
    scene.steal(chain.fulfil(scene.request, chain.user))
    assert difference(before, scene.holdings()) == scene.loss


@each_attack
def test_a_user_who_says_no_loses_nothing_whatever_the_thief_signs(chain: Chain, attack: Attack) -> None:
    scene = attack.prepare(chain)
    before = scene.holdings()
    forged = chain.fulfil(scene.request, chain.thief) if scene.request.is_signature else b""
    with contextlib.suppress(Reverted):
        scene.ambush()
        scene.steal(forged)
    assert difference(before, scene.holdings()) == {}


@pytest.mark.parametrize("attack", REVOCABLE, ids=str)
def test_a_right_that_is_revoked_in_time_takes_nothing(chain: Chain, attack: Attack) -> None:
    scene = attack.prepare(chain)
    assert scene.revocation is not None
    before = scene.holdings()
    chain.fulfil(scene.request, chain.user)
    chain.fulfil(scene.revocation, chain.user)
    with contextlib.suppress(Reverted):
        scene.steal(b"")
    assert difference(before, scene.holdings()) == {}


@each_attack
def test_a_request_is_plain_json_to_the_user(chain: Chain, attack: Attack) -> None:
    request = attack.prepare(chain).request
    assert json.loads(request.as_json()) == {"method": request.method, "params": list(request.params)}
    assert request.account == chain.user.address


@pytest.mark.parametrize("attack", simulations.ATTACKS, ids=str)
def test_a_naive_preview_promises_what_the_block_does_not_keep(chain: Chain, attack: Attack) -> None:
    scene = attack.prepare(chain)
    assert chain.preview(scene.request) == scene.promise


@pytest.mark.parametrize("attack", simulations.TWO_FACED, ids=str)
def test_a_realistic_preview_sees_through_those_who_know_a_simulation(chain: Chain, attack: Attack) -> None:
    scene = attack.prepare(chain)
    assert chain.preview(scene.request, realistic=True) == {"ether": -ETHER}


def test_the_thief_of_a_poisoned_history_looks_like_the_friend_and_is_another(chain: Chain) -> None:
    thief = chain.thief.address
    friend = payments.lookalike_of(thief)
    assert (friend[:6].lower(), friend[-4:].lower()) == (thief[:6].lower(), thief[-4:].lower())
    assert friend != thief


def test_names_are_unique() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
