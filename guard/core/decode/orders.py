"""Orders of markets that are taken, matched, or made valid on the chain.

What belongs here: Seaport's and Wyvern's functions. What must not: what the components of a Seaport order
mean; that is `seaport.py`.

Sources: Seaport 1.1 to 1.6, ConsiderationInterface.sol; Wyvern 2.3, ExchangeCore.sol (`atomicMatch_`).
"""

from __future__ import annotations

from collections.abc import Callable

from guard.core import abi
from guard.core.abi import Value
from guard.core.address import NOBODY, Address
from guard.core.decode.function import Context, Frame, Function
from guard.core.decode.seaport import (
    OrderComponents,
    OrderItem,
    components_from_arguments,
    seaport_order,
)
from guard.core.intent import Asset, AssetKind, Batch, Intent, Invoke, Order, Payout
from guard.errors import UnreadableArguments

_OFFER = "(uint8,address,uint256,uint256,uint256)"
_CONSIDERATION = "(uint8,address,uint256,uint256,uint256,address)"
_PARAMETERS = (
    f"(address,address,{_OFFER}[],{_CONSIDERATION}[],uint8,uint256,uint256,bytes32,uint256,bytes32,uint256)"
)
_ORDER = f"({_PARAMETERS},bytes)"
_ADVANCED = f"({_PARAMETERS},uint120,uint120,bytes,bytes)"
_RESOLVER = "(uint256,uint8,uint256,uint256,bytes32[])"
_PLACE = "(uint256,uint256)"
_MATCH = f"({_PLACE}[],{_PLACE}[])"
_BASIC = (
    "(address,uint256,uint256,address,address,address,uint256,uint256,uint8,uint256,uint256,bytes32,uint256,"
    "bytes32,bytes32,uint256,(uint256,address)[],bytes)"
)
_SIGNED = "seaport"
_FILLED = "seaport-fill"


def _taken(context: Context, parameters: tuple[Value, ...], recipient: Address = NOBODY) -> Order:
    """Read one order that the caller takes; the caller's own counts as signed, for it needs no signature."""
    components = components_from_arguments(parameters)
    if components.offerer == context.frame.actor:
        return seaport_order(components, context.to, _SIGNED)
    taker = context.frame.actor if recipient == NOBODY else recipient
    return seaport_order(components, context.to, _FILLED, taker=taker)


def _fulfil(context: Context, order: tuple[Value, ...], *_rest: Value) -> Intent:
    return _taken(context, order[0])


def _fulfil_advanced(
    context: Context, order: tuple[Value, ...], _resolvers: Value, _conduit: bytes, recipient: Address
) -> Intent:
    return _taken(context, order[0], recipient)


def _several(
    context: Context, orders: tuple[tuple[Value, ...], ...], read: Callable[[Context, Value], Order]
) -> Intent:
    """Read each order by itself, so that one which cannot be read hides no other."""
    frames = (_apart(context, order[0], read) for order in orders)
    return Batch(form="seaport", calls=context.nest_all(frames))


def _apart(context: Context, parameters: Value, read: Callable[[Context, Value], Order]) -> Frame:
    function = Function("", "order()", lambda inner: read(inner, parameters))
    return Frame(actor=context.frame.actor, to=context.to, value=0, data=b"", function=function)


def _fulfil_available(context: Context, orders: tuple[tuple[Value, ...], ...], *_rest: Value) -> Intent:
    return _several(context, orders, _taken)


def _fulfil_available_advanced(
    context: Context, orders: tuple[tuple[Value, ...], ...], *rest: Value
) -> Intent:
    recipient = rest[-2]
    return _several(context, orders, lambda inner, parameters: _taken(inner, parameters, recipient))


def _matched(context: Context, parameters: tuple[Value, ...]) -> Order:
    # What goes to whom is in the lists of what fulfils what: the order's own terms hold in any case.
    components = components_from_arguments(parameters)
    form = _SIGNED if components.offerer == context.frame.actor else _FILLED
    return seaport_order(components, context.to, form)


def _match(context: Context, orders: tuple[tuple[Value, ...], ...], *_rest: Value) -> Intent:
    return _several(context, orders, _matched)


def _validated(context: Context, parameters: tuple[Value, ...]) -> Order:
    return seaport_order(components_from_arguments(parameters), context.to, _SIGNED)


def _validate(context: Context, orders: tuple[tuple[Value, ...], ...]) -> Intent:
    return _several(context, orders, _validated)


def _cancel(_context: Context, _orders: Value) -> Intent:
    return Invoke(function="cancel(orders)")


def _fulfil_basic(context: Context, basic: tuple[Value, ...]) -> Intent:
    components = _basic_components(basic)
    if components.offerer == context.frame.actor:
        return seaport_order(components, context.to, _SIGNED)
    return seaport_order(components, context.to, _FILLED, taker=context.frame.actor)


_ROUTES = ((0, 2), (0, 3), (1, 2), (1, 3), (2, 1), (3, 1))
"""By the basic order's type, in fours: the item type of what is paid, and of what is given."""


def _basic_components(basic: tuple[Value, ...]) -> OrderComponents:
    paid_token, paid_id, paid_amount, offerer, zone, token, token_id, amount, basic_type = basic[:9]
    end, conduit, tips = basic[10], basic[13], basic[16]
    if basic_type >= 4 * len(_ROUTES):
        raise UnreadableArguments(f"{basic_type} is no type of a basic order")
    paid_type, given_type = _ROUTES[basic_type // 4]
    given = _item(given_type, token, token_id, amount)
    paid = _item(paid_type, paid_token, paid_id, paid_amount, offerer)
    # Where a piece is sold to a bid, the others are paid out of the bid.
    money = given if given_type == 1 else paid
    extra = (_item(money.item_type, money.token, 0, sum_, recipient) for sum_, recipient in tips)
    return OrderComponents(
        offerer=offerer,
        zone=zone,
        offer=(given,),
        consideration=(paid, *extra),
        order_type=basic_type % 4,
        end_time=end,
        conduit_key=conduit,
    )


def _item(
    item_type: int, token: Address, identifier: int, amount: int, recipient: Address | None = None
) -> OrderItem:
    return OrderItem(
        item_type=item_type,
        token=token,
        identifier=identifier,
        start_amount=amount,
        end_amount=amount,
        recipient=recipient,
    )


_TRANSFER_FROM = bytes.fromhex("23b872dd")


def _wyvern(
    context: Context, addresses: tuple[Address, ...], numbers: tuple[int, ...], *rest: Value
) -> Intent:
    """Read the sell order of a match: the first seven addresses and nine numbers are the buyer's."""
    seller, target, payment = addresses[8], addresses[11], addresses[13]
    price, expires = numbers[13], numbers[16]
    token_id, unusual = _wyvern_piece(rest[2])
    money = Asset(
        kind=AssetKind.NATIVE if payment == NOBODY else AssetKind.ERC20,
        token=None if payment == NOBODY else payment,
        amount=price,
    )
    return Order(
        market=context.to,
        offerer=seller,
        gives=(Asset(kind=AssetKind.ERC721, token=target, token_id=token_id, amount=1),),
        payouts=(Payout(asset=money, recipient=seller),),
        taker=addresses[1],
        expires_at=expires or None,
        form="wyvern" if seller == context.frame.actor else "wyvern-fill",
        unusual=unusual,
    )


def _wyvern_piece(sold: bytes) -> tuple[int | None, tuple[str, ...]]:
    """Return which piece the seller's call moves; the call may be any other too, which is then said."""
    if sold[:4] != _TRANSFER_FROM or len(sold) != 100:
        return None, ("what is sold is a call that is not a plain transfer of a piece",)
    return abi.read("address,address,uint256", sold[4:]).values[2], ()


FUNCTIONS = (
    Function("fb0f3ee1", f"fulfillBasicOrder({_BASIC})", _fulfil_basic, is_payable=True),
    Function("00000000", f"fulfillBasicOrder_efficient_6GL6yc({_BASIC})", _fulfil_basic, is_payable=True),
    Function("b3a34c4c", f"fulfillOrder({_ORDER},bytes32)", _fulfil, is_payable=True),
    Function(
        "e7acab24",
        f"fulfillAdvancedOrder({_ADVANCED},{_RESOLVER}[],bytes32,address)",
        _fulfil_advanced,
        is_payable=True,
    ),
    Function(
        "ed98a574",
        f"fulfillAvailableOrders({_ORDER}[],{_PLACE}[][],{_PLACE}[][],bytes32,uint256)",
        _fulfil_available,
        is_payable=True,
    ),
    Function(
        "87201b41",
        f"fulfillAvailableAdvancedOrders({_ADVANCED}[],{_RESOLVER}[],{_PLACE}[][],{_PLACE}[][],bytes32,"
        "address,uint256)",
        _fulfil_available_advanced,
        is_payable=True,
    ),
    Function("a8174404", f"matchOrders({_ORDER}[],{_MATCH}[])", _match, is_payable=True),
    Function(
        "f2d12b12",
        f"matchAdvancedOrders({_ADVANCED}[],{_RESOLVER}[],{_MATCH}[],address)",
        _match,
        is_payable=True,
    ),
    Function(
        "55944a42", f"matchAdvancedOrders({_ADVANCED}[],{_RESOLVER}[],{_MATCH}[])", _match, is_payable=True
    ),
    Function("88147732", f"validate({_ORDER}[])", _validate),
    Function("fd9f1e10", f"cancel({_PARAMETERS}[])", _cancel),
    Function(
        "ab834bab",
        "atomicMatch_(address[14],uint256[18],uint8[8],bytes,bytes,bytes,bytes,bytes,bytes,uint8[2],bytes32[5])",
        _wyvern,
        is_payable=True,
    ),
)
