from __future__ import annotations

import pytest

from guard.core.address import Address
from guard.core.decode.seaport import components_from_message, seaport_order
from guard.core.intent import Asset, AssetKind, Batch, Invoke, Order, Payout
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from tests.core.decode.calldata import OTHER, THIEF, VENUE, WETH, ZERO, calldata, done, intents, unknown

OFFER, PAID = "(uint8,address,uint256,uint256,uint256)", "(uint8,address,uint256,uint256,uint256,address)"
PARAMETERS = f"(address,address,{OFFER}[],{PAID}[],uint8,uint256,uint256,bytes32,uint256,bytes32,uint256)"
ORDER, ADVANCED = f"({PARAMETERS},bytes)", f"({PARAMETERS},uint120,uint120,bytes,bytes)"
RESOLVER, PLACE = "(uint256,uint8,uint256,uint256,bytes32[])", "(uint256,uint256)"
MATCH = f"({PLACE}[],{PLACE}[])"
BASIC = (
    "(address,uint256,uint256,address,address,address,uint256,uint256,uint8,uint256,uint256,bytes32,uint256,"
    "bytes32,bytes32,uint256,(uint256,address)[],bytes)"
)
OPENSEA_CONDUIT = bytes.fromhex("0000007b02230091a7ed01230072f7006a004d60a8d4e71d599b8104250f0000")
NOTHING = bytes(32)
PIECE = Asset(kind=AssetKind.ERC721, token=TOKEN, token_id=42, amount=1)


def ether(amount: int) -> Asset:
    return Asset(kind=AssetKind.NATIVE, token=None, amount=amount)


def parameters(
    offerer: Address = FRIEND,
    offer: object = ((2, TOKEN, 42, 1, 1),),
    paid: object = ((0, ZERO, 0, 9, 9, FRIEND),),
    *,
    order_type: int = 0,
    zone: Address = ZERO,
    conduit: bytes = OPENSEA_CONDUIT,
) -> tuple[object, ...]:
    return (offerer, zone, list(offer), list(paid), order_type, 1, 99, NOTHING, 7, conduit, 1)  # type: ignore[call-overload]


def order(form: str = "seaport-fill", **changes: object) -> Order:
    values = {
        "market": VENUE,
        "offerer": FRIEND,
        "gives": (PIECE,),
        "payouts": (Payout(asset=ether(9), recipient=FRIEND),),
        "taker": None if form == "seaport" else SENDER,
        "expires_at": 99,
        "form": form,
        **changes,
    }
    return Order(**values)  # type: ignore[arg-type]


def advanced(*args: object, **kwargs: object) -> tuple[object, ...]:
    return (parameters(*args, **kwargs), 1, 1, b"signed", b"")  # type: ignore[arg-type]


FULFIL = f"fulfillOrder({ORDER},bytes32)"
FULFIL_ADVANCED = f"fulfillAdvancedOrder({ADVANCED},{RESOLVER}[],bytes32,address)"


@pytest.mark.parametrize(
    ("data", "taker"),
    [
        (calldata(FULFIL, (parameters(), b"signed"), NOTHING), SENDER),
        (calldata(FULFIL_ADVANCED, advanced(), [], NOTHING, ZERO), SENDER),
        (calldata(FULFIL_ADVANCED, advanced(), [], NOTHING, THIEF), THIEF),
    ],
)
def test_an_order_that_is_taken_names_who_gets_what_it_gives(data: bytes, taker: Address) -> None:
    assert done(data, to=VENUE, value=9).intent == order(taker=taker)


@pytest.mark.parametrize(
    "data",
    [
        calldata(FULFIL, (parameters(SENDER), b""), NOTHING),
        calldata(FULFIL_ADVANCED, advanced(SENDER), [], NOTHING, THIEF),
    ],
)
def test_ones_own_order_that_is_handed_in_counts_as_signed(data: bytes) -> None:
    assert done(data, to=VENUE).intent == order("seaport", offerer=SENDER)


AVAILABLE = f"fulfillAvailableOrders({ORDER}[],{PLACE}[][],{PLACE}[][],bytes32,uint256)"
AVAILABLE_ADVANCED = (
    f"fulfillAvailableAdvancedOrders({ADVANCED}[],{RESOLVER}[],{PLACE}[][],{PLACE}[][],bytes32,address,"
    "uint256)"
)
BAD = parameters(FRIEND, ((6, TOKEN, 42, 1, 1),))


@pytest.mark.parametrize(
    ("data", "first"),
    [
        (
            calldata(
                AVAILABLE, [(parameters(), b""), (BAD, b""), (parameters(SENDER), b"")], [], [], NOTHING, 3
            ),
            order(),
        ),
        (
            calldata(
                AVAILABLE_ADVANCED,
                [advanced(), (BAD, 1, 1, b"", b""), advanced(SENDER)],
                [],
                [],
                [],
                NOTHING,
                THIEF,
                3,
            ),
            order(taker=THIEF),
        ),
        (
            calldata(
                f"matchOrders({ORDER}[],{MATCH}[])",
                [(parameters(), b""), (BAD, b""), (parameters(SENDER), b"")],
                [],
            ),
            order(taker=None),
        ),
        (
            calldata(
                f"matchAdvancedOrders({ADVANCED}[],{RESOLVER}[],{MATCH}[],address)",
                [advanced(), (BAD, 1, 1, b"", b""), advanced(SENDER)],
                [],
                [],
                THIEF,
            ),
            order(taker=None),
        ),
        (
            calldata(
                f"matchAdvancedOrders({ADVANCED}[],{RESOLVER}[],{MATCH}[])",
                [advanced(), (BAD, 1, 1, b"", b""), advanced(SENDER)],
                [],
                [],
            ),
            order(taker=None),
        ),
    ],
)
def test_each_of_several_orders_is_read_by_itself(data: bytes, first: Order) -> None:
    call = done(data, to=VENUE)
    assert isinstance(call.intent, Batch)
    assert [one.intent for one in call.intent.calls] == [
        first,
        unknown("order(): 6 is no type of an item"),
        order("seaport", offerer=SENDER),
    ]
    assert {(one.actor, one.to) for one in call.intent.calls} == {(SENDER, VENUE)}


def test_making_an_order_valid_equals_signing_it() -> None:
    data = calldata(f"validate({ORDER}[])", [(parameters(SENDER, paid=()), b"")])
    assert intents(data, to=VENUE) == [order("seaport", offerer=SENDER, payouts=())]


def test_an_item_of_no_type_is_unknown() -> None:
    data = calldata(FULFIL, (BAD, b""), NOTHING)
    assert done(data).intent == unknown(f"{FULFIL}: 6 is no type of an item", "0xb3a34c4c")


def test_cancelling_moves_nothing() -> None:
    assert done(calldata(f"cancel({PARAMETERS}[])", [parameters()])).intent == Invoke(
        function="cancel(orders)"
    )
    assert done(calldata("incrementCounter()")).intent == Invoke(function="incrementCounter()")


@pytest.mark.parametrize(
    ("changes", "unusual"),
    [
        ({}, ()),
        ({"conduit": NOTHING}, ()),
        ({"conduit": b"\x01" * 32}, ("the assets are taken through a conduit that is not OpenSea's",)),
        ({"order_type": 2}, ()),
        ({"zone": THIEF}, ()),
        ({"order_type": 2, "zone": THIEF}, (f"the zone {THIEF} decides whether it is taken",)),
        ({"order_type": 3, "zone": THIEF}, (f"the zone {THIEF} decides whether it is taken",)),
        ({"order_type": 4}, ("the offerer is a contract that sets the terms when the order is taken",)),
    ],
)
def test_what_is_out_of_the_ordinary_is_said(changes: dict[str, object], unusual: tuple[str, ...]) -> None:
    data = calldata(FULFIL, (parameters(**changes), b""), NOTHING)  # type: ignore[arg-type]
    assert done(data, to=VENUE).intent == order(unusual=unusual)


def test_of_changing_amounts_the_most_is_given_and_the_least_is_paid() -> None:
    offer = ((1, WETH, 0, 5, 7), (4, TOKEN, 0, 1, 1), (5, TOKEN, 3, 2, 2), (3, TOKEN, 8, 2, 2))
    paid = ((0, ZERO, 0, 9, 4, FRIEND), (1, WETH, 0, 3, 3, STRANGER))
    intent = done(calldata(FULFIL, (parameters(FRIEND, offer, paid), b""), NOTHING), to=VENUE).intent
    assert intent == order(
        gives=(
            Asset(kind=AssetKind.ERC20, token=WETH, amount=7),
            Asset(kind=AssetKind.ERC721, token=TOKEN, amount=1),
            Asset(kind=AssetKind.ERC1155, token=TOKEN, amount=2),
            Asset(kind=AssetKind.ERC1155, token=TOKEN, token_id=8, amount=2),
        ),
        payouts=(
            Payout(asset=ether(4), recipient=FRIEND),
            Payout(asset=Asset(kind=AssetKind.ERC20, token=WETH, amount=3), recipient=STRANGER),
        ),
        unusual=("the amounts change with time", "any piece of a collection is given"),
    )


def test_the_components_that_are_signed_are_the_same_order() -> None:
    item = {"itemType": 2, "token": TOKEN, "identifierOrCriteria": 42, "startAmount": 1, "endAmount": 1}
    paid = {"itemType": 0, "token": ZERO, "identifierOrCriteria": 0, "startAmount": 9, "endAmount": 9}
    message = {
        "offerer": FRIEND,
        "zone": ZERO,
        "offer": (item,),
        "consideration": ({**paid, "recipient": FRIEND},),
        "orderType": 0,
        "startTime": 1,
        "endTime": 99,
        "zoneHash": NOTHING,
        "salt": 7,
        "conduitKey": OPENSEA_CONDUIT,
        "counter": 0,
    }
    assert seaport_order(components_from_message(message), VENUE, "seaport") == order("seaport")


def basic(basic_type: int, *, offerer: Address = FRIEND, tips: object = ()) -> tuple[object, ...]:
    tip_list = list(tips)  # type: ignore[call-overload]
    return (
        WETH,
        4,
        9,
        offerer,
        ZERO,
        TOKEN,
        42,
        2,
        basic_type,
        1,
        99,
        NOTHING,
        7,
        NOTHING,
        NOTHING,
        len(tip_list),
        tip_list,
        b"signed",
    )


def some(kind: AssetKind, token: Address | None, token_id: int | None, amount: int) -> Asset:
    return Asset(kind=kind, token=token, token_id=token_id, amount=amount)


ROUTES = [
    (0, some(AssetKind.ERC721, TOKEN, 42, 2), some(AssetKind.NATIVE, None, None, 9), ether(3)),
    (4, some(AssetKind.ERC1155, TOKEN, 42, 2), some(AssetKind.NATIVE, None, None, 9), ether(3)),
    (
        8,
        some(AssetKind.ERC721, TOKEN, 42, 2),
        some(AssetKind.ERC20, WETH, None, 9),
        some(AssetKind.ERC20, WETH, None, 3),
    ),
    (
        12,
        some(AssetKind.ERC1155, TOKEN, 42, 2),
        some(AssetKind.ERC20, WETH, None, 9),
        some(AssetKind.ERC20, WETH, None, 3),
    ),
    (
        16,
        some(AssetKind.ERC20, TOKEN, None, 2),
        some(AssetKind.ERC721, WETH, 4, 9),
        some(AssetKind.ERC20, TOKEN, None, 3),
    ),
    (
        20,
        some(AssetKind.ERC20, TOKEN, None, 2),
        some(AssetKind.ERC1155, WETH, 4, 9),
        some(AssetKind.ERC20, TOKEN, None, 3),
    ),
]


@pytest.mark.parametrize("name", ["fulfillBasicOrder", "fulfillBasicOrder_efficient_6GL6yc"])
@pytest.mark.parametrize(("basic_type", "given", "paid", "tip"), ROUTES)
def test_a_basic_order_is_told_by_its_type(
    name: str, basic_type: int, given: Asset, paid: Asset, tip: Asset
) -> None:
    data = calldata(f"{name}({BASIC})", basic(basic_type, tips=((3, STRANGER),)))
    assert done(data, to=VENUE, value=9).intent == order(
        gives=(given,),
        payouts=(Payout(asset=paid, recipient=FRIEND), Payout(asset=tip, recipient=STRANGER)),
    )


def test_ones_own_basic_order_counts_as_signed_and_one_of_no_type_is_unknown() -> None:
    signature = f"fulfillBasicOrder({BASIC})"
    own = done(calldata(signature, basic(0, offerer=SENDER)), to=VENUE).intent
    assert isinstance(own, Order)
    assert (own.form, own.taker) == ("seaport", None)
    assert done(calldata(signature, basic(24))).intent == unknown(
        f"{signature}: 24 is no type of a basic order", "0xfb0f3ee1"
    )


WYVERN = (
    "atomicMatch_(address[14],uint256[18],uint8[8],bytes,bytes,bytes,bytes,bytes,bytes,uint8[2],bytes32[5])"
)


def matched(sold: bytes, *, seller: Address = FRIEND, token: Address = ZERO, expires: int = 99) -> bytes:
    addresses = [VENUE, SENDER, ZERO, ZERO, TOKEN, ZERO, token, VENUE, seller, ZERO, ZERO, TOKEN, ZERO, token]
    numbers = [0] * 13 + [9, 0, 0, expires, 0]
    return calldata(WYVERN, addresses, numbers, [0] * 8, b"", sold, b"", b"", b"", b"", [0, 0], [NOTHING] * 5)


MOVED = calldata("transferFrom(address,address,uint256)", FRIEND, ZERO, 42)


def test_a_match_of_wyvern_is_the_sellers_order() -> None:
    assert done(matched(MOVED), to=VENUE, value=9).intent == order("wyvern-fill")
    assert done(matched(MOVED, seller=SENDER, token=WETH, expires=0), to=VENUE).intent == order(
        "wyvern",
        offerer=SENDER,
        payouts=(Payout(asset=Asset(kind=AssetKind.ERC20, token=WETH, amount=9), recipient=SENDER),),
        expires_at=None,
    )


@pytest.mark.parametrize("sold", [b"", MOVED[:-1], calldata("upgradeTo(address)", OTHER) + bytes(64)])
def test_a_match_of_wyvern_that_sells_another_call_says_so(sold: bytes) -> None:
    assert done(matched(sold), to=VENUE).intent == order(
        "wyvern-fill",
        gives=(Asset(kind=AssetKind.ERC721, token=TOKEN, amount=1),),
        unusual=("what is sold is a call that is not a plain transfer of a piece",),
    )
