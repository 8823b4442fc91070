"""The orders in which the user is the one who gives.

What belongs here: finding them, and the examples of their rules. What must not: any judgement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from guard.core.act import Act
from guard.core.intent import Asset, AssetKind, Order, Payout
from guard.core.rules import examples
from guard.core.subject import Subject

FILLED = "-fill"
"""How the form of an order ends that somebody else made and the caller takes."""


def offers_of(subject: Subject) -> Iterator[tuple[Act, Order]]:
    """Yield every order whose offerer signs the request, or makes the call."""
    for act in subject.acts:
        order = act.intent
        if isinstance(order, Order) and order.offerer in (subject.sender, act.call.actor):
            yield act, order


def taken_by(subject: Subject) -> Iterator[tuple[Act, Order]]:
    """Yield every order of somebody else's that the request carries out."""
    for act in subject.acts:
        order = act.intent
        if isinstance(order, Order) and order.form.endswith(FILLED):
            yield act, order


def bargains_of(subject: Subject) -> Iterator[tuple[Act, Order]]:
    """Yield the orders in which the user gives: the user's own, and others' that the user takes.

    One that is taken is turned around: what it asks for is given, and what it offers is paid to the taker.
    """
    yield from offers_of(subject)
    for act, order in taken_by(subject):
        if order.taker is not None:
            taken = tuple(Payout(asset=asset, recipient=order.taker) for asset in order.gives)
            asked = tuple(payout.asset for payout in order.payouts if payout.recipient != act.call.actor)
            yield act, replace(order, offerer=act.call.actor, gives=asked, payouts=taken, taker=None)


def ether(amount: int) -> Asset:
    """Return so many wei."""
    return Asset(kind=AssetKind.NATIVE, token=None, amount=amount)


PIECE = Asset(kind=AssetKind.ERC721, token=examples.COLLECTION, token_id=7, amount=1)
LISTING = Order(
    market=examples.ROUTER,
    offerer=examples.SENDER,
    gives=(PIECE,),
    payouts=(
        Payout(asset=ether(975 * examples.ETHER // 1000), recipient=examples.SENDER),
        Payout(asset=ether(25 * examples.ETHER // 1000), recipient=examples.STRANGER),
    ),
    taker=None,
    expires_at=examples.NOW + 7 * examples.DAY,
    form="seaport",
)
"""A piece for one ether, of which a fortieth is the market's, open for a week."""
