from __future__ import annotations

import pytest

from guard.core.rules.examples import FRIEND, simulated, token_transfer
from guard.core.rules.simulation_reverts import RULE
from guard.core.verdict import Confidence, Finding, Severity
from guard.core.world import Simulation, SimulationMethod
from tests.core.rules.asking import ask


@pytest.mark.parametrize(
    ("told", "reason"),
    [("not the owner", "not the owner"), (None, "the contract gives no reason")],
)
def test_a_request_that_would_fail_is_asked_about_with_its_reason(told: str | None, reason: str) -> None:
    simulation = Simulation(method=SimulationMethod.CALL, succeeded=False, revert_reason=told)
    assert ask(RULE, token_transfer(FRIEND), simulated(simulation)) == (
        Finding(
            rule="simulation.reverts",
            severity=Severity.WARN,
            confidence=Confidence.HIGH,
            message=f"it would fail if it were mined now: {reason} (by eth_call)",
            advice="find out why before you sign: the fee would be lost",
            facts={"reason": reason, "method": "eth_call"},
        ),
    )
