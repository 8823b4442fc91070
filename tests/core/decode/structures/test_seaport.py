from __future__ import annotations

from typing import Any

import pytest

from guard.core.act import flatten
from guard.core.decode import read as read_request
from guard.core.intent import Asset, AssetKind, Batch, Order, Payout, Unknown
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from guard.core.signature_request import SignatureRequest
from guard.core.typed_data import parse_typed_data
from tests.core.decode.structures.reading import MARKET, ZERO, declared, read
from tests.core.typed_documents import document

COMPONENTS = declared("OrderComponents(")
PIECE = Asset(kind=AssetKind.ERC721, token=TOKEN, token_id=9, amount=1)


def item(kind: int, token: str, identifier: int, amount: int, *recipient: str) -> dict[str, Any]:
    return {
        "itemType": kind,
        "token": token,
        "identifierOrCriteria": identifier,
        "startAmount": amount,
        "endAmount": amount,
        **({"recipient": recipient[0]} if recipient else {}),
    }


def order(**changes: Any) -> dict[str, Any]:
    return {
        "offerer": SENDER,
        "zone": ZERO,
        "offer": [item(2, TOKEN, 9, 1)],
        "consideration": [item(0, ZERO, 0, 5, SENDER)],
        "orderType": 0,
        "startTime": 0,
        "endTime": 99,
        "zoneHash": "0x" + "00" * 32,
        "salt": 1,
        "conduitKey": "0x" + "00" * 32,
        "counter": 0,
        **changes,
    }


EMPTY = order(offerer=ZERO, offer=[], consideration=[], endTime=0, salt=0)


def sale(*payouts: Payout, taker: Any = None) -> Order:
    return Order(
        market=MARKET,
        offerer=SENDER,
        gives=(PIECE,),
        payouts=payouts,
        taker=taker,
        expires_at=99,
        form="seaport",
    )


def paid(amount: int, recipient: Any = SENDER) -> Payout:
    return Payout(asset=Asset(kind=AssetKind.NATIVE, token=None, amount=amount), recipient=recipient)


def test_an_order_says_what_is_given_and_what_is_paid_to_whom() -> None:
    assert read(COMPONENTS, order()) == sale(paid(5))
    assert read(COMPONENTS, order(consideration=[])) == sale()


def test_an_order_that_names_its_taker_says_so() -> None:
    consideration = [item(0, ZERO, 0, 5, SENDER), item(2, TOKEN, 9, 1, STRANGER)]
    assert read(COMPONENTS, order(consideration=consideration)) == sale(
        paid(5), Payout(asset=PIECE, recipient=STRANGER), taker=STRANGER
    )


def test_a_bid_whose_fee_is_paid_in_the_token_offered_names_no_taker() -> None:
    bid = order(
        offer=[item(1, MARKET, 0, 10)],
        consideration=[item(2, TOKEN, 9, 1, SENDER), item(1, MARKET, 0, 1, FRIEND)],
    )
    intent = read(COMPONENTS, bid)
    assert isinstance(intent, Order)
    assert intent.taker is None


def test_an_item_of_no_known_type_makes_the_order_unknown() -> None:
    intent = read(COMPONENTS, order(offer=[item(6, TOKEN, 0, 1)]))
    assert intent == Unknown(reason="the structure OrderComponents: 6 is no type of an item", selector=None)


def bulk(height: int) -> str:
    parts = {part.partition("(")[0]: part + ")" for part in COMPONENTS.split(")") if part}
    return f"BulkOrder(OrderComponents{'[2]' * height} tree)" + "".join(
        parts[name] for name in ("ConsiderationItem", "OfferItem", "OrderComponents")
    )


def tree(leaves: list[dict[str, Any]]) -> Any:
    level: list[Any] = leaves
    while len(level) > 2:
        level = [level[place : place + 2] for place in range(0, len(level), 2)]
    return level


@pytest.mark.parametrize("height", [1, 2, 3])
def test_every_order_of_a_tree_is_seen(height: int) -> None:
    leaves = [order(endTime=99, salt=number) for number in range(2**height - 1)]
    intent = read(bulk(height), {"tree": tree([*leaves, EMPTY])})
    if height == 1:
        assert intent == sale(paid(5))
        return
    assert isinstance(intent, Batch)
    assert intent.form == "seaport-bulk-order"
    assert [call.intent for call in intent.calls] == [sale(paid(5))] * (2**height - 1)


def test_the_orders_of_a_tree_stand_in_their_places() -> None:
    data = parse_typed_data(document(bulk(1), {"tree": [order(), order(consideration=[])]}))
    acts = flatten(read_request(SignatureRequest(sender=SENDER, content=data, chain_id=1)))
    assert [(act.path, act.intent.kind) for act in acts] == [((), "batch"), ((1,), "order"), ((2,), "order")]
    assert acts[2].call.actor == SENDER


def test_a_tree_of_too_many_orders_is_beyond_the_bound() -> None:
    small = order(offer=[], consideration=[])
    leaves = [small] * 257 + [EMPTY] * 255
    assert read(bulk(9), {"tree": tree(leaves)}) == Unknown(
        reason="there are more than 256 orders", selector=None, is_beyond_bound=True
    )


def test_a_tree_without_an_order_is_unknown() -> None:
    assert read(bulk(1), {"tree": [EMPTY, EMPTY]}) == Unknown(reason="the tree holds no order", selector=None)


def test_a_tree_of_another_width_or_of_other_orders_is_unknown() -> None:
    wide = bulk(1).replace("[2] tree", "[3] tree")
    assert isinstance(read(wide, {"tree": [order()] * 3}), Unknown)
    other = "BulkOrder(OrderComponents[2] tree)OrderComponents(uint8 a)"
    assert isinstance(read(other, {"tree": [{"a": 1}, {"a": 2}]}), Unknown)
