"""Wrapping gives less than it takes.

What it finds: a call of `deposit` or `withdraw`, as wrapped ether has them, in whose simulation you receive
less than you give: up to 5 % less is asked about, more is refused.

Why it matters: wrapped ether is one for one, always. A contract that gives less only looks like it.

What to do: compare the contract's address with the one that your chain's explorer shows for wrapped ether.

Limits: other contracts have functions of these names, and keep what they are given on purpose; for those that
you know, lower this rule in the policy. Where the node shows no changes nothing is compared.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.amounts import WEI_PER_ETHER
from guard.core.intent import Asset, AssetKind, Swap
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity
from guard.core.world import AssetChange, Simulation, SimulationMethod

_REFUSED_FROM = 5
"""Percent. The threshold of Rabby's rules 1061 and 1062, https://github.com/RabbyHub/rabby-security-engine"""


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for a wrap as a whole request after which the sender has less than before."""
    intent, changes = subject.intent, observed(subject.evidence.simulation).changes
    if not isinstance(intent, Swap) or intent.form != "wrap" or not changes:
        return
    mine = [change for change in changes if change.party == subject.sender]
    given = sum(change.asset.amount for change in mine if not change.is_gain)
    received = sum(change.asset.amount for change in mine if change.is_gain)
    if received < given:
        less = given - received
        yield Hit(
            facts={
                "given": given,
                "received": received,
                "percent": 100 * less // given,
                "venue": intent.venue,
            },
            severity=Severity.WARN if 100 * less <= _REFUSED_FROM * given else Severity.BLOCK,
            counterparty=intent.venue,
        )


def _changing(given: int, received: int) -> Simulation:
    ether = Asset(kind=AssetKind.NATIVE, token=None, amount=given)
    wrapped = Asset(kind=AssetKind.ERC20, token=examples.ROUTER, amount=received)
    gains = [AssetChange(party=examples.SENDER, asset=wrapped, is_gain=True)] if received else []
    changes = (AssetChange(party=examples.SENDER, asset=ether, is_gain=False), *gains)
    return Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=changes)


_DEPOSIT = examples.call(examples.ROUTER, "deposit()", value=WEI_PER_ETHER)

RULE = Rule(
    id="swap.wrap-mismatch",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.MEDIUM,
    needs=("simulation",),
    message="{venue} takes {given} and gives {received}, {percent} % less: wrapped ether gives as much",
    advice="compare the contract's address with that of your chain's wrapped ether",
    check=check,
    fires=(
        examples.example("nothing comes back", _DEPOSIT, examples.simulated(_changing(WEI_PER_ETHER, 0))),
        examples.example(
            "1 % less, a warning",
            _DEPOSIT,
            examples.simulated(_changing(WEI_PER_ETHER, WEI_PER_ETHER * 99 // 100)),
        ),
    ),
    quiet=(
        examples.example(
            "one for one", _DEPOSIT, examples.simulated(_changing(WEI_PER_ETHER, WEI_PER_ETHER))
        ),
        examples.example("a node that shows no changes", _DEPOSIT),
        examples.example("plain ether"),
    ),
    about=(Swap,),
)
