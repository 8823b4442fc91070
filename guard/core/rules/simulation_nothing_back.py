"""Something leaves, and nothing comes back.

What it finds: a call of a contract that is no contact, by itself or in a bundle, in whose simulation you lose
ether or a token, and gain nothing; plain transfers apart, whose point that is.

Why it matters: "claim", "mint", "verify" and "connect" with a value are how ether is taken from people who
expect a gain.

What to do: do not sign, unless you pay for something that is not on this chain.

Limits: a gain that comes later, or to another account of yours, is not seen. Where the node shows no changes
this rule sees nothing; the payload is looked at by other rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guard.core.address import Address
from guard.core.bundle import CallBundle
from guard.core.intent import Asset, AssetKind, NftTransfer, Transfer
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import is_trusted
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity
from guard.core.world import AssetChange, Simulation, SimulationMethod


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when the sender loses and does not gain by calling a contract that is not known."""
    called = next(_strangers_called(subject), None)
    if called is None:
        return
    changes = observed(subject.evidence.simulation).changes or ()
    mine = [change for change in changes if change.party == subject.sender]
    lost = [change.asset for change in mine if not change.is_gain]
    if lost and len(lost) == len(mine):
        yield Hit(
            facts={
                "contract": called,
                "amount": lost[0].amount,
                "asset": lost[0].token or "wei of the chain's own coin",
                "count": len(lost),
            },
            counterparty=called,
        )


def _strangers_called(subject: Subject) -> Iterator[Address]:
    """Yield the contracts, neither contacts nor the user's own, that the request or a bundle calls."""
    depth = 1 if isinstance(subject.request, CallBundle) else 0
    for act in subject.acts:
        to, is_plain = act.call.to, isinstance(act.intent, Transfer | NftTransfer)
        if len(act.path) == depth and to is not None and not is_plain and not is_trusted(subject, to):
            yield to


_CLAIM = examples.call(examples.STRANGER, "claim()", value=examples.ETHER // 100)
_PAID = AssetChange(
    party=examples.SENDER,
    asset=Asset(kind=AssetKind.NATIVE, token=None, amount=examples.ETHER // 100),
    is_gain=False,
)
_GAINED = AssetChange(
    party=examples.SENDER, asset=Asset(kind=AssetKind.ERC20, token=examples.TOKEN, amount=5), is_gain=True
)
_TAKEN = Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=(_PAID,))

RULE = Rule(
    id="simulation.nothing-back",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=("simulation", "counterparties"),
    message="you would lose {amount} of {asset} to {contract}, which you do not know, and nothing comes back",
    advice="do not sign, unless you pay for something that is not on this chain",
    check=check,
    fires=(examples.example("claim() with 0.01 ether", _CLAIM, examples.simulated(_TAKEN)),),
    quiet=(
        examples.example(
            "a purchase that gives a token",
            _CLAIM,
            examples.simulated(
                Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=(_PAID, _GAINED))
            ),
        ),
        examples.example(
            "the same payment to a contact",
            _CLAIM,
            examples.knowing(examples.STRANGER, evidence=examples.simulated(_TAKEN)),
        ),
        examples.example("plain ether", evidence=examples.simulated(_TAKEN)),
        examples.example(
            "nothing lost",
            _CLAIM,
            examples.simulated(Simulation(method=SimulationMethod.CALL, succeeded=True)),
        ),
    ),
)
