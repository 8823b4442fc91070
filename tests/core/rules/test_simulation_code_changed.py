from __future__ import annotations

from guard.core.rules.examples import FRIEND, SENDER, WALLET, simulated, token_transfer
from guard.core.rules.simulation_code_changed import RULE
from guard.core.verdict import Confidence, Finding, Severity
from guard.core.world import Simulation, SimulationMethod
from tests.core.rules.asking import ask


def test_every_account_that_would_run_other_code_is_named() -> None:
    simulation = Simulation(
        method=SimulationMethod.TRACE, succeeded=True, changes=(), code_changed=(WALLET, SENDER)
    )
    assert ask(RULE, token_transfer(FRIEND), simulated(simulation)) == tuple(
        Finding(
            rule="simulation.code-changed",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=f"afterwards {account} would run other code than now (by debug_traceCall)",
            advice="do not sign unless you upgrade this wallet yourself and know its new code",
            facts={"account": account, "method": "debug_traceCall"},
            counterparty=account,
        )
        for account in (WALLET, SENDER)
    )
