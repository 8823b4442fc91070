from __future__ import annotations

from guard.core.rules.examples import TOKEN, call, simulated
from guard.core.rules.simulation_contradicted import RULE
from guard.core.verdict import Confidence, Finding, Severity
from guard.core.world import Simulation, SimulationMethod
from tests.core.rules.asking import ask


def test_a_token_that_announces_what_it_does_not_book_is_refused() -> None:
    simulation = Simulation(
        method=SimulationMethod.SIMULATE, succeeded=True, changes=(), is_contradicted=True
    )
    assert ask(RULE, call(TOKEN, "claim()"), simulated(simulation)) == (
        Finding(
            rule="simulation.contradicted",
            severity=Severity.BLOCK,
            confidence=Confidence.MEDIUM,
            message=(
                "the transfers that it announces (by eth_simulateV1) are not what the token's own books say"
                " afterwards"
            ),
            advice="do not sign: somebody wants you to see another thing than what happens",
            facts={"method": "eth_simulateV1"},
            counterparty=TOKEN,
        ),
    )
