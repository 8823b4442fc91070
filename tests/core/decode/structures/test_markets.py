"""Orders of Blur, 0x and CoW: what each side gives and gets, and what a root does not tell."""

from __future__ import annotations

from typing import Any

import pytest

from guard.core.intent import Asset, AssetKind, OpaqueHash, Order, Payout, Unknown
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from tests.core.decode.structures.reading import MARKET, NAMELESS, ZERO, declared, read

COLLECTION = FRIEND
COIN = "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE"
ROOT = "0x" + "ab" * 32


def piece(kind: AssetKind = AssetKind.ERC721, token_id: int | None = 9, amount: int = 1) -> Asset:
    return Asset(kind=kind, token=COLLECTION, token_id=token_id, amount=amount)


def tokens(amount: int) -> Asset:
    return Asset(kind=AssetKind.ERC20, token=TOKEN, amount=amount)


def ether(amount: int) -> Asset:
    return Asset(kind=AssetKind.NATIVE, token=None, amount=amount)


def order(
    form: str, gives: Asset, *payouts: tuple[Asset, Any], taker: Any = None, market: Any = MARKET
) -> Order:
    return Order(
        market=market,
        offerer=SENDER,
        gives=(gives,),
        payouts=tuple(Payout(asset=asset, recipient=recipient) for asset, recipient in payouts),
        taker=taker,
        expires_at=99,
        form=form,
    )


def blur(**changes: Any) -> dict[str, Any]:
    return {
        "trader": SENDER,
        "side": 1,
        "matchingPolicy": ZERO,
        "collection": COLLECTION,
        "tokenId": 9,
        "amount": 1,
        "paymentToken": ZERO,
        "price": 10_000,
        "listingTime": 0,
        "expirationTime": 99,
        "fees": [],
        "salt": 1,
        "extraParams": "0x",
        "nonce": 0,
        **changes,
    }


BLUR = declared("Order(address trader,uint8 side")


@pytest.mark.parametrize(
    ("changes", "intent"),
    [
        ({}, order("blur", piece(), (ether(10_000), SENDER))),
        ({"price": 0}, order("blur", piece(), (ether(0), SENDER))),
        (
            {"fees": [{"rate": 50, "recipient": STRANGER}]},
            order("blur", piece(), (ether(9_950), SENDER), (ether(50), STRANGER)),
        ),
        (
            {"fees": [{"rate": 20_000, "recipient": STRANGER}]},
            order("blur", piece(), (ether(0), SENDER), (ether(20_000), STRANGER)),
        ),
        ({"amount": 3}, order("blur", piece(AssetKind.ERC1155, amount=3), (ether(10_000), SENDER))),
        ({"side": 0, "paymentToken": TOKEN}, order("blur", tokens(10_000), (piece(), SENDER))),
    ],
)
def test_a_blur_order_gives_a_piece_for_the_price_less_fees_or_the_price_for_a_piece(
    changes: dict[str, Any], intent: Order
) -> None:
    assert read(BLUR, blur(**changes)) == intent


def test_a_side_that_is_none_makes_the_order_unknown() -> None:
    assert read(BLUR, blur(side=2)) == Unknown(
        reason="the structure Order: there is no side 2", selector=None
    )


def test_a_root_of_orders_may_stand_for_any_of_them() -> None:
    assert read("Root(bytes32 root)", {"root": ROOT}) == OpaqueHash(hash=ROOT, form="blur-root")
    message = {
        "trader": SENDER,
        "collection": COLLECTION,
        "listingsRoot": ROOT,
        "numberOfListings": 1,
        "expirationTime": 99,
        "assetType": 0,
        "makerFee": {"recipient": ZERO, "rate": 0},
        "salt": 1,
        "orderType": 0,
        "nonce": 0,
    }
    assert read(declared("Order(address trader,address"), message) == OpaqueHash(
        hash=ROOT, form="blur-listings"
    )


def zero_ex(**changes: Any) -> dict[str, Any]:
    return {
        "direction": 0,
        "maker": SENDER,
        "taker": ZERO,
        "expiry": 99,
        "nonce": 0,
        "erc20Token": COIN,
        "erc20TokenAmount": 100,
        "fees": [{"recipient": STRANGER, "amount": 5, "feeData": "0x"}],
        **changes,
    }


ANY = [{"propertyValidator": ZERO, "propertyData": "0x"}]


@pytest.mark.parametrize(
    ("changes", "intent"),
    [
        ({}, order("0x-v4", piece(), (ether(100), SENDER), (ether(5), STRANGER))),
        ({"taker": STRANGER, "fees": []}, order("0x-v4", piece(), (ether(100), SENDER), taker=STRANGER)),
        ({"direction": 1, "erc20Token": TOKEN}, order("0x-v4", tokens(105), (piece(), SENDER))),
        (
            {"direction": 1, "erc20Token": TOKEN, "erc721TokenProperties": ANY},
            order("0x-v4", tokens(105), (piece(token_id=None), SENDER)),
        ),
    ],
)
def test_a_0x_order_for_one_piece(changes: dict[str, Any], intent: Order) -> None:
    message = {"erc721Token": COLLECTION, "erc721TokenId": 9, "erc721TokenProperties": [], **changes}
    assert read(declared("ERC721Order("), zero_ex(**message)) == intent


@pytest.mark.parametrize(("properties", "token_id"), [([], 9), (ANY, None)])
def test_a_0x_order_for_several_pieces(properties: list[Any], token_id: int | None) -> None:
    message = {
        "erc1155Token": COLLECTION,
        "erc1155TokenId": 9,
        "erc1155TokenProperties": properties,
        "erc1155TokenAmount": 4,
        "fees": [],
    }
    gives = piece(AssetKind.ERC1155, token_id, 4)
    assert read(declared("ERC1155Order("), zero_ex(**message)) == order("0x-v4", gives, (ether(100), SENDER))


@pytest.mark.parametrize(("receiver", "recipient"), [(ZERO, SENDER), (STRANGER, STRANGER)])
@pytest.mark.parametrize(("domain", "market"), [(None, MARKET), (NAMELESS, None)])
def test_a_cow_order_gives_what_is_sold_and_its_fee_for_what_is_bought(
    receiver: str, recipient: str, domain: Any, market: Any
) -> None:
    message = {
        "sellToken": TOKEN,
        "buyToken": COIN,
        "receiver": receiver,
        "sellAmount": 100,
        "buyAmount": 7,
        "validTo": 99,
        "appData": ROOT,
        "feeAmount": 3,
        "kind": "sell",
        "partiallyFillable": False,
        "sellTokenBalance": "erc20",
        "buyTokenBalance": "erc20",
    }
    assert read(declared("Order(address sellToken"), message, domain=domain) == order(
        "cow", tokens(103), (ether(7), recipient), market=market
    )
