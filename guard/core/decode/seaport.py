"""Seaport orders, as they are signed and as they are handed in.

What belongs here: what an order's components mean. What must not: functions; those are in `orders.py`.

Source: https://github.com/ProjectOpenSea/seaport (ConsiderationStructs.sol, ConsiderationEnums.sol).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guard.core.abi import Value
from guard.core.address import NOBODY, Address
from guard.core.intent import Asset, AssetKind, Order, Payout
from guard.errors import UnreadableArguments

_KINDS = (
    AssetKind.NATIVE,
    AssetKind.ERC20,
    AssetKind.ERC721,
    AssetKind.ERC1155,
    AssetKind.ERC721,
    AssetKind.ERC1155,
)
"""By item type; 4 and 5 are any piece that fits a criterion."""
_FIRST_WITH_CRITERIA = 4
_RESTRICTED, _CONTRACT = (2, 3), 4
"""Order types: a zone decides; the offerer is a contract that sets the terms when the order is taken."""
_OPENSEA_CONDUIT_KEY = bytes.fromhex("0000007b02230091a7ed01230072f7006a004d60a8d4e71d599b8104250f0000")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """One asset of an order; its amount moves in a line from the one to the other while the order holds."""

    item_type: int
    """0 ether, 1 ERC-20, 2 ERC-721, 3 ERC-1155; 4 and 5 any piece of a collection, or of a list of them."""
    token: Address
    """Its contract; the zero address for ether."""
    identifier: int
    """Which piece; for 4 and 5 the root of the list, 0 for any piece."""
    start_amount: int
    """Amount when the order begins."""
    end_amount: int
    """Amount when it ends."""
    recipient: Address | None = None
    """Who has to get it; None for what is offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderComponents:
    """The components of an order that say who gives what for what."""

    offerer: Address
    """Who gives."""
    zone: Address
    """Who may have a say in whether the order is taken; the zero address for nobody."""
    offer: tuple[OrderItem, ...]
    """What is given."""
    consideration: tuple[OrderItem, ...]
    """What has to be paid."""
    order_type: int
    """0 whole and 1 partly, open to all; 2 and 3 the same where the zone agrees; 4 of a contract."""
    end_time: int
    """Unix seconds."""
    conduit_key: bytes
    """32 bytes: through which account the assets are taken; zeros for the market itself."""


def seaport_order(
    components: OrderComponents, market: Address | None, form: str, *, taker: Address | None = None
) -> Order:
    """Return the order that these components make at `market`.

    What is given counts at its most, what is paid at its least. Raises UnreadableArguments for an item whose
    type Seaport does not have.
    """
    return Order(
        market=market,
        offerer=components.offerer,
        gives=tuple(_asset(item, max(item.start_amount, item.end_amount)) for item in components.offer),
        payouts=tuple(
            Payout(
                asset=_asset(item, min(item.start_amount, item.end_amount)),
                recipient=item.recipient or NOBODY,
            )
            for item in components.consideration
        ),
        taker=taker,
        expires_at=components.end_time,
        form=form,
        unusual=tuple(_unusual(components)),
    )


def _asset(item: OrderItem, amount: int) -> Asset:
    if item.item_type >= len(_KINDS):
        raise UnreadableArguments(f"{item.item_type} is no type of an item")
    kind = _KINDS[item.item_type]
    has_id = item.item_type in (2, 3)
    return Asset(
        kind=kind,
        token=None if kind is AssetKind.NATIVE else item.token,
        token_id=item.identifier if has_id else None,
        amount=amount,
    )


def _unusual(components: OrderComponents) -> list[str]:
    found = []
    items = components.offer + components.consideration
    if components.order_type in _RESTRICTED and components.zone != NOBODY:
        found.append(f"the zone {components.zone} decides whether it is taken")
    if components.order_type >= _CONTRACT:
        found.append("the offerer is a contract that sets the terms when the order is taken")
    if any(components.conduit_key) and components.conduit_key != _OPENSEA_CONDUIT_KEY:
        found.append("the assets are taken through a conduit that is not OpenSea's")
    if any(item.start_amount != item.end_amount for item in items):
        found.append("the amounts change with time")
    if any(item.item_type >= _FIRST_WITH_CRITERIA and not item.identifier for item in components.offer):
        found.append("any piece of a collection is given")
    return found


def components_from_arguments(parameters: Sequence[Value]) -> OrderComponents:
    """Return the components in the order in which a call has them (`OrderParameters`)."""
    offerer, zone, offer, consideration, order_type, _start, end, _zone_hash, _salt, conduit, _rest = (
        parameters
    )
    return OrderComponents(
        offerer=offerer,
        zone=zone,
        offer=tuple(_item(*fields) for fields in offer),
        consideration=tuple(_item(*fields) for fields in consideration),
        order_type=order_type,
        end_time=end,
        conduit_key=conduit,
    )


def components_from_message(message: Mapping[str, Value]) -> OrderComponents:
    """Return the components of the structure `OrderComponents`, as it is signed."""
    return OrderComponents(
        offerer=message["offerer"],
        zone=message["zone"],
        offer=tuple(_named_item(item) for item in message["offer"]),
        consideration=tuple(_named_item(item) for item in message["consideration"]),
        order_type=message["orderType"],
        end_time=message["endTime"],
        conduit_key=message["conduitKey"],
    )


def _named_item(item: Mapping[str, Value]) -> OrderItem:
    names = ("itemType", "token", "identifierOrCriteria", "startAmount", "endAmount")
    return _item(*(item[name] for name in names), item.get("recipient"))


def _item(item_type: int, token: Address, identifier: int, *rest: Value) -> OrderItem:
    start_amount, end_amount, *recipient = rest
    return OrderItem(
        item_type=item_type,
        token=token,
        identifier=identifier,
        start_amount=start_amount,
        end_amount=end_amount,
        recipient=recipient[0] if recipient else None,
    )
