"""What moves could not be seen.

What it finds: a call whose simulation tells only whether it succeeds, because the node can do no more.

Why it matters: what the payload does not say, such as a contract that takes more than it was asked for, shows
only where the assets that move can be watched.

What to do: use a node that has `eth_simulateV1` or `debug_traceCall`; every other rule has looked all the
same.

Limits: a note. Plain ether to an account without code needs no simulation, and a payload that is wholly read
says what it does.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity
from guard.core.world import Simulation, SimulationMethod

_CALLED = Simulation(method=SimulationMethod.CALL, succeeded=True)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when the simulation shows success or failure alone."""
    simulation = observed(subject.evidence.simulation)
    if simulation.method is SimulationMethod.CALL:
        yield Hit(facts={"method": simulation.method.value})


RULE = Rule(
    id="simulation.partial",
    documentation=__doc__,
    severity=Severity.INFO,
    confidence=Confidence.HIGH,
    needs=("simulation",),
    message="the node tells whether it succeeds ({method}), and not what would move",
    advice="a node with eth_simulateV1 or debug_traceCall shows what moves",
    check=check,
    fires=(
        examples.example(
            "a node that has eth_call alone",
            examples.token_transfer(examples.FRIEND),
            examples.simulated(_CALLED),
        ),
    ),
    quiet=(
        examples.example("plain ether, where nothing runs"),
        examples.example(
            "a node that traces",
            examples.token_transfer(examples.FRIEND),
            examples.simulated(Simulation(method=SimulationMethod.TRACE, succeeded=True, changes=())),
        ),
    ),
)
