"""One thing that a request does, at whatever depth, with its place: what rules look at.

What belongs here: the flat view of nested calls. What must not: reading bytes, or any judgement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from guard.core.address import Address
from guard.core.intent import Approve, Call, Intent, Invoke, Unknown, inner_calls
from guard.core.parties import trusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One call, and where it stands."""

    call: Call
    """The call."""
    path: tuple[int, ...]
    """Its place, from 1: () for the request itself, (2, 1) for the first call inside of the second."""
    within_delegatecall: bool = False
    """Whether it, or a call around it, runs foreign code as the actor itself."""

    @property
    def intent(self) -> Intent:
        """What the call does."""
        return self.call.intent

    @property
    def is_nested(self) -> bool:
        """Whether it is a call inside of another."""
        return bool(self.path)


def flatten(call: Call) -> tuple[Act, ...]:
    """Return the call and every call inside of it, the outer ones first, in the order of execution."""
    return tuple(_walk(Act(call=call, path=(), within_delegatecall=call.is_delegatecall)))


def _walk(act: Act) -> Iterator[Act]:
    yield act
    # The decoder's bound on depth bounds this recursion too.
    for number, inner in enumerate(inner_calls(act.intent), start=1):
        yield from _walk(
            Act(
                call=inner,
                path=(*act.path, number),
                within_delegatecall=act.within_delegatecall or inner.is_delegatecall,
            )
        )


def parties(acts: tuple[Act, ...], *, taken_back: Collection[Act] = ()) -> tuple[Address, ...]:
    """Return everyone who is called, paid or given a right to, or acts itself, at any depth, once each.

    `taken_back` are acts that are known to take a right away, and so give none.
    """
    found: dict[Address, None] = {}
    for act in acts:
        named = (act.call.actor, act.call.to, *(() if act in taken_back else trusted(act.intent)))
        found.update((address, None) for address in named if address is not None)
    return tuple(found)


def beneficiary(acts: tuple[Act, ...]) -> Address | None:
    """Return the account whose history counts: the first one that is paid or given a right to.

    Without such a one it is the account called, and None for a creation or a message. An approval of 0 gives
    nothing to a spender of an ERC-20 token, and that one's past must not keep a right from being taken back.
    """
    actors = {act.call.actor for act in acts}
    for act in acts:
        for address in _gaining(act.intent):
            if address not in actors:
                return address
    first = acts[0]
    return next(iter(_gaining(first.intent)), first.call.to)


def beneficiaries(acts: tuple[Act, ...]) -> tuple[Address, ...]:
    """Return every account whose history counts, once each, the one of `beneficiary` first.

    Inside of a bundle, or of a batch, whoever is called counts too where the call cannot be read, or brings
    ether to a function that moves nothing by itself.
    """
    first, actors = beneficiary(acts), {act.call.actor for act in acts}
    found = dict.fromkeys(() if first is None else (first,))
    for act in acts:
        gaining = _gaining(act.intent) or _called_blindly(act, besides=acts[0].call.to)
        found.update((address, None) for address in gaining if address not in actors)
    return tuple(found)


def _called_blindly(act: Act, *, besides: Address | None) -> tuple[Address, ...]:
    is_blind = isinstance(act.intent, Unknown) or (isinstance(act.intent, Invoke) and act.call.value > 0)
    to = act.call.to
    return (to,) if act.is_nested and is_blind and to is not None and to != besides else ()


def _gaining(intent: Intent) -> tuple[Address, ...]:
    return () if is_approval_of_nothing(intent) else trusted(intent)


def is_approval_of_nothing(intent: Intent) -> bool:
    """Tell an approval of 0, which takes the right back where the token is no ERC-721 collection."""
    return isinstance(intent, Approve) and intent.amount == 0
