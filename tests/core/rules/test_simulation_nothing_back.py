from __future__ import annotations

from dataclasses import replace

from guard.core.intent import Asset, AssetKind
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN, TRANSFER, call, knowing, simulated
from guard.core.rules.simulation_nothing_back import RULE
from guard.core.verdict import Confidence, Finding, Severity
from guard.core.world import AssetChange, Simulation, SimulationMethod
from tests.core.rules.asking import ask

CLAIM = call(STRANGER, "claim()", value=5)
PAID = AssetChange(party=SENDER, asset=Asset(kind=AssetKind.NATIVE, token=None, amount=5), is_gain=False)
TAKEN = replace(PAID, asset=Asset(kind=AssetKind.ERC20, token=TOKEN, amount=7))
GAINED = replace(TAKEN, is_gain=True)


def simulation(*changes: AssetChange) -> Simulation:
    return Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=changes)


def found(amount: int, asset: str, count: int) -> Finding:
    return Finding(
        rule="simulation.nothing-back",
        severity=Severity.WARN,
        confidence=Confidence.MEDIUM,
        message=(
            f"you would lose {amount} of {asset} to {STRANGER}, which you do not know, and nothing comes back"
        ),
        advice="do not sign, unless you pay for something that is not on this chain",
        facts={"contract": STRANGER, "amount": amount, "asset": asset, "count": count},
        counterparty=STRANGER,
    )


def test_a_loss_without_a_gain_to_a_contract_that_is_not_known_is_asked_about() -> None:
    assert ask(RULE, CLAIM, simulated(simulation(PAID))) == (found(5, "wei of the chain's own coin", 1),)
    assert ask(RULE, CLAIM, simulated(simulation(TAKEN, PAID))) == (found(7, TOKEN, 2),)


def test_a_gain_a_known_contract_a_plain_payment_and_a_creation_are_quiet() -> None:
    alone = simulated(simulation(PAID))
    cases = [
        (CLAIM, simulated(simulation(PAID, GAINED))),
        (CLAIM, knowing(STRANGER, evidence=alone)),
        (CLAIM, simulated(simulation(replace(PAID, party=FRIEND)))),
        (replace(TRANSFER, to=STRANGER), alone),
        (replace(TRANSFER, to=None, data=b"\x60"), alone),
    ]
    assert [ask(RULE, request, evidence) for request, evidence in cases] == [()] * len(cases)
