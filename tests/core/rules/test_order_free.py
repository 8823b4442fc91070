from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import Address
from guard.core.intent import Asset, AssetKind, Order, Payout
from guard.core.rules.examples import (
    COLLECTION,
    ROUTER,
    SENDER,
    STATE,
    STRANGER,
    TOKEN,
    acts_subject,
    approval,
    call_doing,
    signed_subject,
    told,
)
from guard.core.rules.offers import LISTING, ether
from guard.core.rules.order_free import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import asked, levels

TOLD = told(tokens={TOKEN: STATE})


def paying(*assets: Asset) -> Order:
    return replace(LISTING, payouts=tuple(Payout(asset=asset, recipient=SENDER) for asset in assets))


def tokens(amount: int, token: Address | None = TOKEN) -> Asset:
    return Asset(kind=AssetKind.ERC20, token=token, amount=amount)


def test_an_order_at_no_price_is_blocked() -> None:
    """D11: a Seaport order at zero price is refused."""
    assert asked(RULE, signed_subject(paying())) == (
        Finding(
            rule="order.free",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message="the order (seaport) gives 1 of your assets, and nothing comes to you for it",
            advice="do not sign; to give something to a person, send it",
            facts={"given": 1, "form": "seaport"},
        ),
    )


@pytest.mark.parametrize(
    ("asset", "fires"),
    [
        (ether(0), True),
        (ether(10**12), True),
        (ether(10**12 + 1), False),
        (tokens(99), True),
        (tokens(100), False),
        (tokens(99, None), True),
        (tokens(99, COLLECTION), True),
        (Asset(kind=AssetKind.ERC721, token=COLLECTION, token_id=1, amount=1), False),
        (Asset(kind=AssetKind.ERC1155, token=COLLECTION, token_id=1, amount=0), True),
    ],
)
def test_a_payment_of_next_to_nothing_is_none(asset: Asset, fires: bool) -> None:
    assert levels(RULE, signed_subject(paying(asset), TOLD)) == [Severity.BLOCK] * fires


def test_a_token_that_does_not_tell_its_decimals_is_counted_in_its_smallest_unit() -> None:
    silent = told(tokens={TOKEN: replace(STATE, decimals=None)})
    found = [levels(RULE, signed_subject(paying(tokens(amount)), silent)) for amount in (99, 100)]
    assert found == [[Severity.BLOCK], []]
    ether_like = told(tokens={TOKEN: replace(STATE, decimals=18)})
    assert levels(RULE, signed_subject(paying(tokens(10**14 - 1)), ether_like)) == [Severity.BLOCK]
    assert levels(RULE, signed_subject(paying(tokens(10**14)), ether_like)) == []


def test_what_others_are_paid_does_not_count_and_a_named_taker_is_the_counterparty() -> None:
    elsewhere = replace(LISTING, payouts=LISTING.payouts[1:], taker=STRANGER)
    (finding,) = asked(RULE, signed_subject(elsewhere))
    assert finding.counterparty == STRANGER


def test_one_that_a_wallet_contract_registers_is_its_own_and_others_are_not() -> None:
    assert levels(RULE, acts_subject(call_doing(replace(paying(), offerer=ROUTER), actor=ROUTER))) == [
        Severity.BLOCK
    ]
    assert levels(RULE, acts_subject(replace(paying(), offerer=STRANGER))) == []
    assert levels(RULE, signed_subject(replace(paying(), gives=()))) == []
    assert list(RULE.check(acts_subject(approval()))) == []
