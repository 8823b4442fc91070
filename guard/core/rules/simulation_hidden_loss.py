"""More would leave than the payload says.

What it finds: an asset that the simulation takes from you although nothing in the payload names it: a token,
or a piece of a collection, that goes by a right given earlier, or ether beyond the value.

Why it matters: that is how an old approval is used: you sign `claim()`, and the tokens that you once approved
leave. Where nothing comes back for it the request is refused; where something does, it is noted, for many
contracts take a deposit so.

What to do: do not sign; look up what you have approved for the contract, and take it back with `wallet
revoke`.

Limits: only what the node can show is seen. A payload that cannot be read names nothing, so that its every
loss is hidden in this sense.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guard.core.address import Address
from guard.core.intent import Asset, AssetKind, NftTransfer, Order, Swap, Transfer
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity
from guard.core.world import AssetChange, Simulation, SimulationMethod


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each asset that the sender loses and that no part of the payload moves."""
    changes = observed(subject.evidence.simulation).changes or ()
    mine = [change for change in changes if change.party == subject.sender]
    named = set(_named(subject))
    gains = any(change.is_gain for change in mine)
    for change in mine:
        if not change.is_gain and change.asset.token not in named:
            yield _hit(change.asset, subject, gains=gains)


def _named(subject: Subject) -> Iterator[Address | None]:
    """Yield the tokens, None for ether, that the payload openly moves."""
    if subject.value:
        yield None
    for act in subject.acts:
        match act.intent:
            case Transfer(token=token):
                yield token
            case NftTransfer(collection=token):
                yield token
            case Swap(gives=Asset(token=token)):
                yield token
            case Order(gives=assets, payouts=payouts):
                yield from (asset.token for asset in assets)
                yield from (payout.asset.token for payout in payouts)
            case _:
                pass


def _hit(asset: Asset, subject: Subject, *, gains: bool) -> Hit:
    return Hit(
        facts={
            "asset": asset.token or "the chain's own coin",
            "amount": asset.amount,
            "piece": "" if asset.token_id is None else f", piece {asset.token_id},",
            "return": "something comes back" if gains else "nothing comes back",
        },
        severity=Severity.INFO if gains else Severity.BLOCK,
        counterparty=subject.called,
    )


def _loses(asset: Asset, *gains: Asset) -> Simulation:
    loss = AssetChange(party=examples.SENDER, asset=asset, is_gain=False)
    changes = (loss, *(AssetChange(party=examples.SENDER, asset=gain, is_gain=True) for gain in gains))
    return Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=changes, variants_agree=True)


_USDC = Asset(kind=AssetKind.ERC20, token=examples.TOKEN, amount=10**9)
_SHARES = Asset(kind=AssetKind.ERC20, token=examples.STRANGER, amount=10**9)
_CLAIM = examples.call(examples.STRANGER, "claim()")

RULE = Rule(
    id="simulation.hidden-loss",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("simulation",),
    message="you would lose {amount} of {asset}{piece} which the payload does not name; {return}",
    advice="do not sign; take back what you have approved: `wallet revoke TOKEN SPENDER`",
    check=check,
    fires=(
        examples.example("claim() that takes an approved token", _CLAIM, examples.simulated(_loses(_USDC))),
        examples.example(
            "a deposit that gives shares back, a note", _CLAIM, examples.simulated(_loses(_USDC, _SHARES))
        ),
    ),
    quiet=(
        examples.example(
            "a transfer of the token itself",
            examples.token_transfer(examples.FRIEND, 10**9),
            examples.simulated(_loses(_USDC)),
        ),
        examples.example(
            "a gain",
            _CLAIM,
            examples.simulated(
                Simulation(
                    method=SimulationMethod.SIMULATE,
                    succeeded=True,
                    changes=(AssetChange(party=examples.SENDER, asset=_USDC, is_gain=True),),
                )
            ),
        ),
        examples.example(
            "a node that shows no changes",
            _CLAIM,
            examples.simulated(Simulation(method=SimulationMethod.CALL, succeeded=True)),
        ),
    ),
)
