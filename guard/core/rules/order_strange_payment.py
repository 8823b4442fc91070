"""Order is paid in something that nobody knows.

What it finds: an order of yours, or one of somebody else's that you take, in which you give pieces of a
collection, or a token at a market for pieces, and all that comes to you is a token that is neither ether, nor
well-known money, nor a contact; or a piece is paid for with other pieces alone.

Why it matters: anybody can make a token, call it what he likes, and pay with a billion of it. A false market
shows the number, and the piece is gone for nothing.

What to do: look the token up where it is traded, by its whole address; then add it to the contacts.

Limits: few tokens are well-known here, so an honest payment in another one is asked about too. Orders of CoW,
an exchange for tokens, are not looked at: to buy an unknown token is their purpose.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.intent import Asset, AssetKind, Order, Payout
from guard.core.known_contracts import MONEY
from guard.core.rules import examples
from guard.core.rules.offers import LISTING, PIECE, bargains_of
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import is_trusted
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_EXCHANGE = "cow"
"""The form of orders that change one token for another."""
_PIECES = (AssetKind.ERC721, AssetKind.ERC1155)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each order for which only unknown tokens, or pieces for pieces, come to the user."""
    for act, order in bargains_of(subject):
        paid = [payout.asset for payout in order.payouts if payout.recipient == order.offerer]
        if not order.gives or not paid or order.form == _EXCHANGE:
            continue
        gives_pieces = any(asset.kind in _PIECES for asset in order.gives)
        if not any(_is_usual(subject, asset, gives_pieces=gives_pieces) for asset in paid):
            yield Hit(
                facts={"form": order.form, "token": paid[0].token, "given": len(order.gives)},
                counterparty=paid[0].token,
                act=act,
            )


def _is_usual(subject: Subject, asset: Asset, *, gives_pieces: bool) -> bool:
    """Whether it is what is paid in the ordinary course: money for pieces, pieces or money for money."""
    if asset.kind in _PIECES:
        return not gives_pieces
    return asset.token is None or asset.token in MONEY or is_trusted(subject, asset.token)


def _paid_in(asset: Asset) -> Order:
    return replace(LISTING, payouts=(Payout(asset=asset, recipient=examples.SENDER),))


_UNKNOWN = Asset(kind=AssetKind.ERC20, token=examples.STRANGER, amount=10**27)

RULE = Rule(
    id="order.strange-payment",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=("counterparties",),
    message="the order ({form}) gives {given} of your assets, and is paid in {token}, which is not known",
    advice="look the token up by its whole address where it is traded, then add it to the contacts",
    check=check,
    fires=(
        examples.signing("a piece for a billion of an unknown token", _paid_in(_UNKNOWN)),
        examples.signing("a piece for a piece", _paid_in(replace(PIECE, token=examples.STRANGER))),
    ),
    quiet=(
        examples.signing("a piece for an ether", LISTING),
        examples.signing("a piece for well-known money", _paid_in(replace(_UNKNOWN, token=examples.TOKEN))),
    ),
    about=(Order,),
)
