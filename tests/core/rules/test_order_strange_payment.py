from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import Address
from guard.core.intent import Asset, AssetKind, Order, Payout
from guard.core.rules.examples import ROUTER, SENDER, STRANGER, TOKEN, knowing, signed_subject
from guard.core.rules.offers import LISTING, PIECE, ether
from guard.core.rules.order_strange_payment import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels

OTHER = replace(PIECE, token=ROUTER)


def tokens(address: Address) -> Asset:
    return Asset(kind=AssetKind.ERC20, token=address, amount=10**27)


def order(gives: tuple[Asset, ...], *paid: Asset, form: str = "seaport") -> Order:
    payouts = tuple(Payout(asset=asset, recipient=SENDER) for asset in paid)
    return replace(LISTING, gives=gives, payouts=payouts, form=form)


@pytest.mark.parametrize(
    ("bargain", "is_asked"),
    [
        (order((PIECE,), tokens(STRANGER)), True),
        (order((PIECE,), OTHER), True),
        (order((PIECE,), OTHER, ether(1)), False),
        (order((PIECE,), tokens(TOKEN)), False),
        (order((PIECE,)), False),
        (order((), tokens(STRANGER)), False),
        (order((tokens(TOKEN),), OTHER), False),
        (order((tokens(TOKEN),), tokens(STRANGER)), True),
        (order((tokens(TOKEN),), tokens(STRANGER), form="cow"), False),
    ],
)
def test_what_comes_back_has_to_be_money_or_a_piece_for_money(bargain: Order, is_asked: bool) -> None:
    assert levels(RULE, signed_subject(bargain)) == [Severity.WARN] * is_asked


def test_a_token_among_the_contacts_is_known() -> None:
    assert asked(RULE, signed_subject(order((PIECE,), tokens(STRANGER)), knowing(STRANGER))) == ()


def test_an_order_that_is_taken_is_turned_around() -> None:
    theirs = Order(
        market=ROUTER,
        offerer=STRANGER,
        gives=(tokens(STRANGER),),
        payouts=(Payout(asset=PIECE, recipient=STRANGER), Payout(asset=OTHER, recipient=SENDER)),
        taker=SENDER,
        expires_at=None,
        form="seaport-fill",
    )
    (finding,) = asked(RULE, signed_subject(theirs))
    assert finding.facts == {"form": "seaport-fill", "token": STRANGER, "given": 1}
    assert asked(RULE, signed_subject(replace(theirs, taker=None))) == ()
