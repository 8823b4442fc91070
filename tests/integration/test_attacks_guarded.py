"""Each attack on a user with the guard, on a real node: it is named, and nothing is signed or sent.

The model says Safe of all of them: what is found rests on payload, chain, simulation and history alone.
"""

from __future__ import annotations

import pytest

from guard.core.evidence import Missing, Observed
from guard.core.intent import Asset, AssetKind
from guard.core.verdict import Decision, Verdict
from guard.core.world import AssetChange, Simulation, SimulationMethod
from guard.errors import InvalidRequest
from guard.testing import FakeSimulator
from tests.contracts.attacks import ATTACKS, Attack, difference
from tests.contracts.chain import Chain
from tests.integration.guarded import reviewed, told

BLOCK, WARN = Decision.BLOCK, Decision.WARN
VERDICTS: dict[str, tuple[Decision, set[str]]] = {
    "claim-with-value": (BLOCK, {"call.bait", "simulation.nothing-back"}),
    "security-update-with-value": (BLOCK, {"call.bait", "simulation.nothing-back"}),
    "payment-inside-a-multicall": (BLOCK, {"call.bait", "recipient.first-time"}),
    "poisoned-token-transfer": (BLOCK, {"recipient.lookalike"}),
    "poisoned-payment": (BLOCK, {"recipient.lookalike"}),
    "unlimited-approve": (WARN, {"approval.unlimited", "approval.unknown-spender", "approval.new-contract"}),
    "increase-allowance": (BLOCK, {"approval.to-account-without-code", "approval.unlimited"}),
    "approve-64-bits-of-6-decimals": (BLOCK, {"approval.unlimited", "approval.to-account-without-code"}),
    "approve-three-multicalls-deep": (BLOCK, {"approval.unlimited", "batch.approve-and-pull"}),
    "permit2-approve": (BLOCK, {"approval.unlimited", "permit.long-lived"}),
    "collection-operator": (BLOCK, {"approval.operator", "approval.to-account-without-code"}),
    "multi-collection-operator": (BLOCK, {"approval.operator", "approval.to-account-without-code"}),
    "permit": (BLOCK, {"permit.unlimited", "permit.to-account-without-code"}),
    "permit-as-a-bare-hash": (BLOCK, {"message.opaque-hash"}),
    "dai-permit": (BLOCK, {"permit.unlimited", "permit.long-lived"}),
    "transfer-with-authorization": (WARN, {"transfer.signed", "recipient.first-time"}),
    "permit2-single": (BLOCK, {"permit.unlimited", "permit.long-lived"}),
    "permit2-batch": (BLOCK, {"permit.to-account-without-code", "permit.many-tokens"}),
    "permit2-transfer": (BLOCK, {"permit.to-account-without-code"}),
    "permit2-batch-transfer": (BLOCK, {"permit.to-account-without-code"}),
    "zero-price-order": (BLOCK, {"order.free"}),
    "swap-to-a-foreign-recipient": (BLOCK, {"swap.recipient", "simulation.nothing-back"}),
    "swap-to-a-foreign-recipient-in-a-multicall": (BLOCK, {"swap.recipient"}),
    "swap-without-a-minimum": (WARN, {"swap.no-minimum"}),
    "safe-implementation-replaced": (BLOCK, {"safe.delegatecall"}),
    "safe-owner-added": (BLOCK, {"safe.administration"}),
    "safe-owner-added-in-a-batch": (BLOCK, {"safe.administration"}),
    "proxy-upgraded": (BLOCK, {"administration.control"}),
    "proxy-given-away": (BLOCK, {"administration.control"}),
    "bonus-that-knows-a-simulation-by-its-fee-recipient": (BLOCK, {"call.bait", "simulation.nothing-back"}),
    "bonus-that-knows-a-simulation-by-its-randomness": (BLOCK, {"call.bait", "simulation.nothing-back"}),
    "bonus-that-knows-a-simulation-by-its-base-fee": (BLOCK, {"call.bait", "simulation.differs"}),
    "bonus-that-knows-a-simulation-by-its-gas-price": (BLOCK, {"call.bait", "simulation.nothing-back"}),
    "bonus-that-knows-a-simulation-by-its-gas-left": (BLOCK, {"call.bait", "simulation.nothing-back"}),
    "token-that-knows-a-simulation": (WARN, {"payload.undecoded", "simulation.nothing-back"}),
    "token-that-only-says-so": (BLOCK, {"simulation.contradicted"}),
    "bonus-turned-over-before-the-block": (BLOCK, {"call.bait"}),
}
"""What the guard says of each, and the findings that name it; others may stand beside them."""
REFUSED = {"delegated-to-a-sweeper"}
"""What asks for a signature that the wallet makes for nobody, refused before there is anything to review."""

ABSENT = FakeSimulator(Missing("the node cannot simulate"))
SLOW = FakeSimulator(Missing("no answer came in time", is_failure=True))
RANK = {Decision.ALLOW: 0, Decision.WARN: 1, None: 2, Decision.BLOCK: 3}

each_attack = pytest.mark.parametrize("attack", ATTACKS, ids=str)


def test_every_attack_has_its_verdict() -> None:
    assert {attack.name for attack in ATTACKS} == set(VERDICTS) | REFUSED


@each_attack
def test_a_user_with_the_guard_is_told_what_it_is_and_loses_nothing(chain: Chain, attack: Attack) -> None:
    scene = attack.prepare(chain)
    before = scene.holdings()
    if attack.name in REFUSED:
        with pytest.raises(InvalidRequest, match="runs the code of"):
            reviewed(scene.request, chain)
    else:
        decision, named = VERDICTS[attack.name]
        verdict = reviewed(scene.request, chain)
        assert verdict.decision is decision, told(verdict)
        assert named <= {finding.rule for finding in verdict.findings}, told(verdict)
    assert difference(before, scene.holdings()) == {}


def _lying(chain: Chain) -> FakeSimulator:
    """Return a simulation of which every attack would be proud: it succeeds, and the user gains."""
    ether = Asset(kind=AssetKind.NATIVE, token=None, amount=10**18)
    gain = AssetChange(party=chain.user.address, asset=ether, is_gain=True)
    simulation = Simulation(
        method=SimulationMethod.SIMULATE, succeeded=True, changes=(gain,), variants_agree=True
    )
    return FakeSimulator(Observed(simulation, "a liar"))


def _floor(verdict: Verdict) -> set[str]:
    rules = {finding.rule for finding in verdict.findings}
    return {rule for rule in rules if not rule.startswith(("simulation.", "evidence."))}


@pytest.mark.parametrize("kind", ["absent", "slow", "lying"])
def test_whatever_a_simulation_says_no_other_finding_disappears(chain: Chain, kind: str) -> None:
    simulator = {"absent": ABSENT, "slow": SLOW, "lying": _lying(chain)}[kind]
    for attack in ATTACKS:
        if attack.name in REFUSED:
            continue
        with chain.restored() as fresh:
            scene = attack.prepare(fresh)
            honest = reviewed(scene.request, fresh)
            other = reviewed(scene.request, fresh, simulator=simulator)
        assert _floor(other) >= _floor(honest), told(other)
        if not any(finding.rule.startswith("simulation.") for finding in honest.findings):
            assert RANK[other.decision] >= RANK[honest.decision], told(other)
        assert other.decision is not Decision.ALLOW or honest.decision is Decision.ALLOW, told(other)
