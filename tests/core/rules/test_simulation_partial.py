from __future__ import annotations

import pytest

from guard.core.rules.examples import FRIEND, simulated, token_transfer
from guard.core.rules.simulation_partial import RULE
from guard.core.verdict import Confidence, Finding, Severity
from guard.core.world import Simulation, SimulationMethod
from tests.core.rules.asking import ask

FOUND = Finding(
    rule="simulation.partial",
    severity=Severity.INFO,
    confidence=Confidence.HIGH,
    message="the node tells whether it succeeds (eth_call), and not what would move",
    advice="a node with eth_simulateV1 or debug_traceCall shows what moves",
    facts={"method": "eth_call"},
)


@pytest.mark.parametrize("method", SimulationMethod)
def test_only_a_bare_call_shows_nothing_of_what_moves(method: SimulationMethod) -> None:
    simulation = Simulation(method=method, succeeded=True)
    expected = (FOUND,) if method is SimulationMethod.CALL else ()
    assert ask(RULE, token_transfer(FRIEND), simulated(simulation)) == expected
