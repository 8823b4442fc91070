from __future__ import annotations

import pytest

from guard.core.rules.examples import TOKEN, call, simulated
from guard.core.rules.simulation_differs import RULE
from guard.core.verdict import Confidence, Finding, Severity
from guard.core.world import Simulation, SimulationMethod
from tests.core.rules.asking import ask

CLAIM = call(TOKEN, "claim()")


def simulation(agree: bool | None) -> Simulation:
    return Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=(), variants_agree=agree)


def test_two_ends_of_one_request_are_refused() -> None:
    assert ask(RULE, CLAIM, simulated(simulation(False))) == (
        Finding(
            rule="simulation.differs",
            severity=Severity.BLOCK,
            confidence=Confidence.MEDIUM,
            message=(
                "simulated twice (by eth_simulateV1), it does one thing in one block and another in the next"
            ),
            advice="do not sign: what is shown need not be what happens",
            facts={"method": "eth_simulateV1"},
            counterparty=TOKEN,
        ),
    )


@pytest.mark.parametrize("agree", [True, None])
def test_the_same_end_twice_and_a_single_run_are_quiet(agree: bool | None) -> None:
    assert ask(RULE, CLAIM, simulated(simulation(agree))) == ()
