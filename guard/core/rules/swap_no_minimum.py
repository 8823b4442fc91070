"""A swap asks for nothing in return.

What it finds: a swap that is content with a minimum of nothing, or of a few of the smallest unit, of what it
is made for; or with less than half of what the simulation shows.

Why it matters: whoever sees it on its way can move the price, or is the venue, and keeps all but nothing.
Pages that take from their visitors set it so; so do careless ones.

What to do: set a slippage limit where you made the swap, and make it again.

Limits: where the node shows no changes, a minimum that is low without being nothing cannot be judged, for no
price is asked for here. Where a
step of a longer route asks for nothing, and a later swap checks the sum, the warning is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from guard.core.address import Address
from guard.core.evidence import Observed
from guard.core.intent import Asset, Swap, Transfer
from guard.core.request import TransactionRequest
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each swap whose minimum is told and is next to nothing, or far below what the run shows."""
    least = _least(subject)
    for act in subject.acts:
        intent = act.intent
        if not isinstance(intent, Swap) or intent.receives is None:
            continue
        asset = intent.receives
        shown = _gained(subject, asset.token, intent.recipient)
        is_far_below = shown > _FAR_BELOW * least[asset.token, intent.recipient]
        is_free = asset.amount <= _NOTHING and not _is_checked_later(subject, intent, asset)
        if is_free or is_far_below:
            yield Hit(
                facts={
                    "minimum": asset.amount,
                    "asset": asset.token or "the chain's own coin",
                    "shown": f", and the run shows {shown}" if is_far_below else "",
                },
                counterparty=intent.venue,
                act=act,
            )


def _is_checked_later(subject: Subject, swap: Swap, asset: Asset) -> bool:
    """Whether the venue keeps the proceeds for a payment with a minimum of its own, as split routes do."""
    payments = (act.intent for act in subject.acts if isinstance(act.intent, Transfer))
    return swap.recipient == swap.venue and any(
        paid.owner == swap.venue and paid.token in (asset.token, None) and paid.amount > _NOTHING
        for paid in payments
    )


def _least(subject: Subject) -> Counter[tuple[Address | None, Address]]:
    """Return the minimums of all swaps together, by what is received and by whom: a route can be split."""
    least: Counter[tuple[Address | None, Address]] = Counter()
    for act in subject.acts:
        if isinstance(act.intent, Swap) and act.intent.receives is not None:
            least[act.intent.receives.token, act.intent.recipient] += act.intent.receives.amount
    return least


def _gained(subject: Subject, token: Address | None, party: Address) -> int:
    simulation = subject.evidence.simulation
    changes = (simulation.value.changes or ()) if isinstance(simulation, Observed) else ()
    return sum(
        change.asset.amount
        for change in changes
        if change.is_gain and change.party == party and change.asset.token == token
    )


_NOTHING = 10
"""So few of the smallest unit are worth nothing in any token: ten millionths of a dollar's coin."""
_FAR_BELOW = 2
"""A minimum of less than the half is no slippage limit: exchanges propose a few percent at most."""


def _swapping(minimum: int) -> TransactionRequest:
    return examples.call(
        examples.ROUTER,
        "swapExactETHForTokens(uint256,address[],address,uint256)",
        *(minimum, (examples.STRANGER, examples.TOKEN), examples.SENDER, examples.NOW + 600),
        value=examples.ETHER // 10,
    )


RULE = Rule(
    id="swap.no-minimum",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=(),
    helped_by=("simulation",),
    message="the swap is content with {minimum} units of {asset}{shown}",
    advice="set a slippage limit where you made the swap, and make it again",
    check=check,
    fires=(
        examples.example("a minimum of 0", _swapping(0)),
        examples.example("a minimum of one unit", _swapping(1)),
    ),
    quiet=(
        examples.example("a minimum of 2,000,000 units", _swapping(2_000_000)),
        examples.example("plain ether"),
    ),
    about=(Swap,),
)
