"""A wallet would be taken over.

What it finds: a simulation after which an account of yours, or the wallet contract that the request works on,
runs other code, or points to another implementation, than before.

Why it matters: whoever writes the code of a wallet owns what is in it. The largest theft so far (1.5 thousand
million dollars, February 2025) was one signature for a delegatecall that replaced a wallet's implementation.

What to do: do not sign, unless you upgrade the wallet yourself and know the new implementation's address.

Limits: seen only where the node can trace what changes; the payload itself is looked at by other rules.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity
from guard.core.world import Simulation, SimulationMethod


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each account whose code, or the place that names it, the simulation replaces."""
    simulation = observed(subject.evidence.simulation)
    for account in simulation.code_changed:
        yield Hit(facts={"account": account, "method": simulation.method.value}, counterparty=account)


RULE = Rule(
    id="simulation.code-changed",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("simulation",),
    message="afterwards {account} would run other code than now (by {method})",
    advice="do not sign unless you upgrade this wallet yourself and know its new code",
    check=check,
    fires=(
        examples.example(
            "a call that writes the place of a wallet's implementation",
            examples.token_transfer(examples.FRIEND),
            examples.simulated(
                Simulation(
                    method=SimulationMethod.TRACE, succeeded=True, changes=(), code_changed=(examples.TOKEN,)
                )
            ),
        ),
    ),
    quiet=(
        examples.example(
            "a call that leaves every code as it is",
            examples.token_transfer(examples.FRIEND),
            examples.simulated(Simulation(method=SimulationMethod.TRACE, succeeded=True, changes=())),
        ),
    ),
)
