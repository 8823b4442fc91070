"""An exchange keeps what is yours.

What it finds: a swap that leaves its proceeds with the exchange's contract, or a step that takes your tokens
into it, where no later step of the request swaps them on or pays them out.

Why it matters: these contracts belong to nobody: whoever calls them next may sweep what they hold, and there
are those who watch for it. The exchange itself is honest, so that nothing else looks wrong.

What to do: do not sign; make the swap again at the exchange's own page.

Limits: that there is a later step is looked for, and not whether it pays out all.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.act import Act
from guard.core.address import Address
from guard.core.intent import Asset, AssetKind, Batch, Swap, Transfer
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each swap or pull into an exchange's contract after which nothing leaves it."""
    for number, act in enumerate(subject.acts):
        venue = _keeper(act)
        if venue is not None and not any(_uses(later, venue) for later in subject.acts[number + 1 :]):
            yield Hit(facts={"venue": venue}, counterparty=venue, act=act)


def _keeper(act: Act) -> Address | None:
    """Return the contract that holds what the act gives or brings; None where it is somebody's."""
    intent = act.intent
    if isinstance(intent, Swap):
        return intent.venue if intent.recipient == intent.venue != act.call.actor else None
    if not isinstance(intent, Transfer) or not act.is_nested or intent.owner != act.call.actor:
        return None
    is_pull = intent.recipient == act.call.to and intent.token not in (None, act.call.to)
    return intent.recipient if is_pull else None


def _uses(act: Act, venue: Address) -> bool:
    """Whether the act swaps at the venue, or is paid out of what the venue holds."""
    intent = act.intent
    is_payment = isinstance(intent, Transfer) and intent.owner == venue
    return is_payment or (isinstance(intent, Swap) and intent.venue == venue)


_KEPT = Swap(
    venue=examples.ROUTER,
    gives=None,
    receives=Asset(kind=AssetKind.ERC20, token=examples.TOKEN, amount=10**6),
    recipient=examples.ROUTER,
    expires_at=None,
    form="uniswap-v3",
)
_PAID_OUT = Transfer(
    token=examples.TOKEN, owner=examples.ROUTER, recipient=examples.SENDER, amount=10**6, portion=10_000
)
_SWEPT = Batch(
    form="multicall",
    calls=tuple(examples.call_doing(intent, to=examples.ROUTER) for intent in (_KEPT, _PAID_OUT)),
)

RULE = Rule(
    id="swap.left-behind",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=(),
    message="what goes to {venue} stays there, where anybody can take it: no later step pays it out",
    advice="do not sign; make the swap again at the exchange's own page",
    check=check,
    fires=(examples.doing("a swap whose proceeds the exchange keeps", _KEPT),),
    quiet=(
        examples.doing("the same, and a later step pays them out", _SWEPT),
        examples.example("plain ether"),
    ),
    about=(Swap, Transfer),
)
