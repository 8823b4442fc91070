"""More would leave than the payload says.

What it finds: an asset that the simulation takes from you, or from a wallet contract that carries the request
out, although nothing in the payload names it, or not so much of it: a token, or a piece of a collection, that
goes by a right given earlier, or ether beyond the value.

Why it matters: that is how an old approval is used: you sign `claim()`, and the tokens that you once approved
leave. Where nothing comes back for it the request is refused; where something does, a person is
asked, for a worthless token is soon sent; of contacts it is noted, for many contracts take a deposit so.

What to do: do not sign; look up what you have approved for the contract, and take it back with `wallet
revoke`.

Limits: only what the node can show is seen. A payload that cannot be read names nothing, so that its every
loss is hidden in this sense.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from guard.core.act import Act
from guard.core.address import Address
from guard.core.intent import Asset, AssetKind, NftTransfer, Order, SafeCall, Swap, Transfer
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import is_trusted
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity
from guard.core.world import AssetChange, Simulation, SimulationMethod


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each asset that the sender, or a wallet that acts, loses and the payload does not move."""
    changes = observed(subject.evidence.simulation).changes or ()
    wallets = (act.intent.safe for act in subject.acts if isinstance(act.intent, SafeCall))
    for party in dict.fromkeys((subject.sender, *wallets)):
        mine = [change for change in changes if change.party == party]
        named = _named(subject, party)
        gains = any(change.is_gain for change in mine)
        for change in mine:
            if not change.is_gain and _is_more(change.asset, named):
                yield _hit(change.asset, subject, gains=gains)


def _is_more(asset: Asset, named: Mapping[Address | None, int | None]) -> bool:
    """Whether so much of it is not named; a hundredth more is a token that counts shares."""
    most = named.get(asset.token, 0)
    if most is None or (most and asset.kind is not AssetKind.ERC20):
        return False
    return asset.amount * 100 > most * 101


def _named(subject: Subject, party: Address) -> Mapping[Address | None, int | None]:
    """Return how much of each token, None for ether, the payload openly moves; None where it may be any."""
    named: dict[Address | None, int | None] = {None: None} if subject.value else {}
    for act in subject.acts:
        for token, amount in _moved(act, party):
            before = named.get(token, 0)
            named[token] = None if amount is None or before is None else before + amount
    return named


def _moved(act: Act, party: Address) -> Iterator[tuple[Address | None, int | None]]:
    """Yield what the act openly takes from the party; what an order comes to depends on when it is taken."""
    if act.call.actor == party and act.call.value:
        yield None, None
    match act.intent:
        case Transfer(token=token, owner=owner, amount=amount) if owner == party:
            yield token, amount
        case NftTransfer(collection=token, owner=owner) if owner == party:
            yield token, None
        case Swap(gives=Asset(token=token, amount=amount)) if act.call.actor == party:
            yield token, amount
        case Order(gives=assets, payouts=payouts):
            yield from ((asset.token, None) for asset in assets)
            yield from ((payout.asset.token, None) for payout in payouts)
        case SafeCall(safe=safe, gas_token=token, gas_price=price) if safe == party and price:
            yield token, None
        case _:
            pass


def _hit(asset: Asset, subject: Subject, *, gains: bool) -> Hit:
    called = [act.call.to for act in subject.acts if act.call.to is not None and act.call.data_size]
    is_usual = all(is_trusted(subject, to) for to in called)
    level = Severity.INFO if is_usual else Severity.WARN
    return Hit(
        facts={
            "asset": asset.token or "the chain's own coin",
            "amount": asset.amount,
            "piece": "" if asset.token_id is None else f", piece {asset.token_id},",
            "return": "something comes back" if gains else "nothing comes back",
        },
        severity=level if gains else Severity.BLOCK,
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
    needs=("simulation", "counterparties"),
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
