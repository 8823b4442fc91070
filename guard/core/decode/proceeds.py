"""Who gets the proceeds of a swap in the end, where its router keeps them for a later step.

What belongs here: following what a router holds, over all that a request does. What must not: whether
the one who gets it is known; that is for rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from guard.core.act import Act, flatten
from guard.core.address import Address
from guard.core.intent import Batch, Call, Delegate, SafeCall, Swap, Transfer, inner_calls

MAX_FEE = 300
"""Ten-thousandths of the proceeds that go elsewhere as a fee; Uniswap's own routers allow a third of it."""
_WHOLE = 10_000


def settled(call: Call) -> Call:
    """Return the call, its swaps that leave the proceeds with their router naming who is paid them later.

    A later payment by the same router, of more than a fee, to anybody but the one who swaps makes them the
    recipient of the swap. Where there is none, the router stays the recipient.
    """
    if not inner_calls(call.intent):
        return call
    acts = flatten(call)
    diverted = {}
    for number, act in enumerate(acts):
        recipient = _diverted(act, acts[number + 1 :])
        if recipient is not None:
            diverted[act.path] = recipient
    return _with(call, (), diverted) if diverted else call


def _diverted(act: Act, later: tuple[Act, ...]) -> Address | None:
    swap = act.intent
    if not isinstance(swap, Swap) or swap.recipient != swap.venue:
        return None
    own = (swap.venue, act.call.actor)
    payments = (other.intent for other in later if isinstance(other.intent, Transfer))
    for paid in payments:
        if paid.owner == swap.venue and paid.recipient not in own and _is_more_than_a_fee(paid, swap):
            return paid.recipient
    return None


def _with(call: Call, path: tuple[int, ...], diverted: Mapping[tuple[int, ...], Address]) -> Call:
    intent = call.intent
    if isinstance(intent, Swap) and path in diverted:
        return replace(call, intent=replace(intent, recipient=diverted[path]))
    inner = tuple(
        _with(one, (*path, number), diverted) for number, one in enumerate(inner_calls(intent), start=1)
    )
    if isinstance(intent, Batch):
        return replace(call, intent=replace(intent, calls=inner))
    if isinstance(intent, SafeCall | Delegate) and inner:
        return replace(call, intent=replace(intent, call=inner[0]))
    return call


def _is_more_than_a_fee(paid: Transfer, swap: Swap) -> bool:
    if paid.portion is not None:
        return paid.portion > MAX_FEE
    least = swap.receives.amount if swap.receives is not None else 0
    return paid.amount * _WHOLE > least * MAX_FEE
