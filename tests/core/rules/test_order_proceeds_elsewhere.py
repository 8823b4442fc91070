from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.intent import Asset, AssetKind, Order, Payout
from guard.core.rules.examples import FRIEND, ROUTER, SENDER, STRANGER, TOKEN, knowing, signed_subject
from guard.core.rules.offers import LISTING, ether
from guard.core.rules.order_proceeds_elsewhere import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels


def shared(own: int, theirs: int) -> Order:
    payouts = (
        Payout(asset=ether(own), recipient=SENDER),
        Payout(asset=ether(theirs), recipient=STRANGER),
    )
    return replace(LISTING, payouts=payouts)


@pytest.mark.parametrize(
    ("own", "theirs", "expected"),
    [
        (80, 20, []),
        (79, 21, [Severity.WARN]),
        (50, 50, [Severity.WARN]),
        (49, 51, [Severity.BLOCK]),
        (0, 1, [Severity.BLOCK]),
        (0, 0, []),
    ],
)
def test_more_than_fees_is_asked_about_and_more_than_half_is_blocked(
    own: int, theirs: int, expected: list[Severity]
) -> None:
    assert levels(RULE, signed_subject(shared(own, theirs))) == expected


def test_whom_the_user_knows_is_quiet() -> None:
    assert levels(RULE, signed_subject(shared(0, 1), knowing(STRANGER))) == []


def test_each_asset_is_counted_by_itself() -> None:
    token = Asset(kind=AssetKind.ERC20, token=TOKEN, amount=10**30)
    own = Payout(asset=token, recipient=SENDER)
    order = replace(shared(0, 1), payouts=(own, Payout(asset=ether(1), recipient=STRANGER)))
    assert levels(RULE, signed_subject(order)) == [Severity.BLOCK]


def test_one_recipient_can_be_allowed_and_several_cannot() -> None:
    (one,) = asked(RULE, signed_subject(shared(1, 9)))
    assert (one.counterparty, one.facts["recipients"], one.facts["percent"]) == (STRANGER, (STRANGER,), 90)
    extra = Payout(asset=ether(1), recipient=ROUTER)
    several = replace(shared(1, 8), payouts=(*shared(1, 8).payouts, extra))
    (two,) = asked(RULE, signed_subject(several))
    assert (two.counterparty, two.facts["recipients"]) == (None, tuple(sorted((STRANGER, ROUTER))))


def test_somebody_elses_order_is_quiet() -> None:
    assert levels(RULE, signed_subject(replace(shared(0, 1), offerer=FRIEND))) == []
