"""Its events tell another story than the balances.

What it finds: a simulation in which the transfers that a contract announces do not agree with what the token
itself says that you hold afterwards.

Why it matters: wallets and explorers show announcements. A token that announces a gain which its books do not
show was made to deceive whoever looks.

What to do: do not sign, and look the token up where others write of it.

Limits: tokens that take a fee of each transfer, or whose balances grow by themselves, contradict their events
honestly; lower this rule for the token, in the policy, if it is one of these.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity
from guard.core.world import Simulation, SimulationMethod

_STORY = Simulation(
    method=SimulationMethod.SIMULATE, succeeded=True, changes=(), variants_agree=True, is_contradicted=True
)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when events and balances of one simulation contradict each other."""
    simulation = observed(subject.evidence.simulation)
    if simulation.is_contradicted:
        yield Hit(facts={"method": simulation.method.value}, counterparty=subject.called)


RULE = Rule(
    id="simulation.contradicted",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.MEDIUM,
    needs=("simulation",),
    message="the transfers that it announces (by {method}) are not what the token's own books say afterwards",
    advice="do not sign: somebody wants you to see another thing than what happens",
    check=check,
    fires=(
        examples.example(
            "a token that announces a gain and books none",
            examples.call(examples.TOKEN, "claim()"),
            examples.simulated(_STORY),
        ),
    ),
    quiet=(
        examples.example(
            "books that agree with the events",
            examples.token_transfer(examples.FRIEND),
            examples.simulated(
                Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=(), variants_agree=True)
            ),
        ),
    ),
)
