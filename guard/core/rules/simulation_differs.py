"""It behaves differently from one block to the next.

What it finds: two simulations that differ only in what a block says of itself (who makes it, its randomness,
its time and number) and do not come to the same: one succeeds and the other does not, or other assets move.

Why it matters: contracts that take ether look for the marks of a simulation and pay back only while they are
looked at. What cannot be foreseen from one block to the next was mostly written so.

What to do: do not sign. An auction, a lottery or a price that moves with the block differs honestly; then
sign only what you can lose.

Limits: both simulations run on your node; a contract that tells them both from a real block is not found
here.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity
from guard.core.world import Simulation, SimulationMethod

_AGREED = Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=(), variants_agree=True)
_CLAIM = examples.call(examples.TOKEN, "claim()", value=examples.ETHER // 10)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when two simulations under different block fields came to different ends."""
    simulation = observed(subject.evidence.simulation)
    if simulation.variants_agree is False:
        yield Hit(facts={"method": simulation.method.value}, counterparty=subject.called)


RULE = Rule(
    id="simulation.differs",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.MEDIUM,
    needs=("simulation",),
    message="simulated twice (by {method}), it does one thing in one block and another in the next",
    advice="do not sign: what is shown need not be what happens",
    check=check,
    fires=(
        examples.example(
            "a claim that pays back in one block alone",
            _CLAIM,
            examples.simulated(
                Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=(), variants_agree=False)
            ),
        ),
    ),
    quiet=(
        examples.example("a call that does the same in both", _CLAIM, examples.simulated(_AGREED)),
        examples.example(
            "a node that can simulate but once",
            _CLAIM,
            examples.simulated(Simulation(method=SimulationMethod.CALL, succeeded=True)),
        ),
    ),
)
