"""Order gives something away for nothing.

What it finds: an order of yours, signed or registered on the chain, or one of somebody else's that you take,
in which what is paid to you comes to nothing: no payment at all, or a few of the smallest units.

Why it matters: whoever holds the signature takes the piece for free. It is what a false market shows as a
"login" or a "verification".

What to do: do not sign. To give something to a person, send it.

Limits: a payment in a token without worth looks like a payment, and a piece that is given in return is taken
for one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.intent import Asset, AssetKind, Order, Payout
from guard.core.rules import examples
from guard.core.rules.offers import LISTING, bargains_of, ether
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import token_of
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_DUST_WEI = 10**12
"""A millionth of an ether pays for nothing."""
_DUST_DIGITS = 4
"""Nor does less than one ten-thousandth of a whole token."""
_DUST_UNITS = 100
"""Nor do so few of the smallest unit, where the token does not tell its decimals."""


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each order in which the user gives something, and is paid next to nothing."""
    for act, order in bargains_of(subject):
        paid = [payout.asset for payout in order.payouts if payout.recipient == order.offerer]
        if order.gives and not any(_is_worth(subject, asset) for asset in paid):
            yield Hit(
                facts={"given": len(order.gives), "form": order.form},
                counterparty=order.taker,
                act=act,
            )


def _is_worth(subject: Subject, asset: Asset) -> bool:
    if asset.kind is AssetKind.NATIVE:
        return asset.amount > _DUST_WEI
    if asset.kind is not AssetKind.ERC20:
        return asset.amount > 0
    state = None if asset.token is None else token_of(subject, asset.token)
    if state is None or state.decimals is None:
        return asset.amount >= _DUST_UNITS
    return bool(asset.amount * 10**_DUST_DIGITS >= 10**state.decimals)


RULE = Rule(
    id="order.free",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    helped_by=("tokens",),
    about=(Order,),
    message="the order ({form}) gives {given} of your assets, and nothing comes to you for it",
    advice="do not sign; to give something to a person, send it",
    check=check,
    fires=(
        examples.signing("a piece for nothing", replace(LISTING, payouts=())),
        examples.signing(
            "a piece for one wei",
            replace(LISTING, payouts=(Payout(asset=ether(1), recipient=examples.SENDER),)),
        ),
        examples.signing("a piece, of which another is paid", replace(LISTING, payouts=LISTING.payouts[1:])),
    ),
    quiet=(
        examples.signing("a piece for one ether", LISTING),
        examples.doing(
            "taking somebody else's offer",
            replace(LISTING, offerer=examples.STRANGER, payouts=(), form="seaport-fill"),
        ),
    ),
)
