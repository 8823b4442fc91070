"""It would fail.

What it finds: a simulation of the request on the node's present state that reverts.

Why it matters: the fee is lost and nothing happens; and a call that fails where a page promised a gain is
often one that was made to look at, not to work.

What to do: find out why before you sign; the reason, where the contract gives one, is in the message.

Limits: the state may be another one when the transaction is mined.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity
from guard.core.world import Simulation, SimulationMethod

_REVERTED = Simulation(
    method=SimulationMethod.SIMULATE, succeeded=False, revert_reason="insufficient allowance", changes=()
)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when the simulation reverted."""
    simulation = observed(subject.evidence.simulation)
    if not simulation.succeeded:
        reason = simulation.revert_reason or "the contract gives no reason"
        yield Hit(facts={"reason": reason, "method": simulation.method.value})


RULE = Rule(
    id="simulation.reverts",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=("simulation",),
    message="it would fail if it were mined now: {reason} (by {method})",
    advice="find out why before you sign: the fee would be lost",
    check=check,
    fires=(
        examples.example(
            "a token transfer that reverts",
            examples.token_transfer(examples.FRIEND),
            examples.simulated(_REVERTED),
        ),
    ),
    quiet=(
        examples.example("plain ether, where nothing runs"),
        examples.example(
            "a call that succeeds",
            examples.token_transfer(examples.FRIEND),
            examples.simulated(Simulation(method=SimulationMethod.CALL, succeeded=True)),
        ),
    ),
)
