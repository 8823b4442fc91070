"""Seaport: one order, or a tree of orders under one signature.

Source: https://github.com/ProjectOpenSea/seaport (ConsiderationEnums.sol, docs/SeaportDocumentation.md)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from guard.core.abi import Value
from guard.core.address import Address
from guard.core.decode.structures.structure import ZERO, Reader, Signing, Structure, choice, coin
from guard.core.intent import Asset, AssetKind, Batch, Call, Intent, Order, Payout, Unknown

MAX_ORDERS = 256
"""Orders of one tree that are looked at."""

_ITEM_TYPES = ("native", "erc20", "erc721", "erc1155", "erc721 criteria", "erc1155 criteria")
_ORDER_TYPES = (
    "",
    "",
    "its zone decides whether it is carried out",
    "its zone decides whether it is carried out",
    "a contract makes it up",
)
_PIECES = {"erc721": AssetKind.ERC721, "erc1155": AssetKind.ERC1155}


def bulk_reader(encoded_type: str) -> Reader | None:
    """Return the reader of a tree of orders, of whatever height, or None where this is none."""
    return _bulk if _BULK.fullmatch(encoded_type) else None


def _order(signing: Signing) -> Intent:
    return _order_of(signing, signing.message)


def _order_of(signing: Signing, order: Mapping[str, Value]) -> Order:
    # An amount may move between two ends while the order runs: the worse one of them is taken.
    gives = tuple(_asset(item, max(item["startAmount"], item["endAmount"])) for item in order["offer"])
    payouts = tuple(
        Payout(asset=_asset(item, min(item["startAmount"], item["endAmount"])), recipient=item["recipient"])
        for item in order["consideration"]
    )
    return Order(
        market=signing.domain.verifying_contract,
        offerer=order["offerer"],
        gives=gives,
        payouts=payouts,
        taker=_taker(gives, payouts),
        expires_at=order["endTime"],
        form="seaport",
        unusual=tuple(_unusual(order)),
    )


def _asset(item: Mapping[str, Value], amount: int) -> Asset:
    kind, _, criteria = choice(item["itemType"], _ITEM_TYPES, "item type").partition(" ")
    if kind == "native":
        return coin(ZERO, amount)
    if kind == "erc20":
        return Asset(kind=AssetKind.ERC20, token=item["token"], amount=amount)
    token_id = None if criteria else item["identifierOrCriteria"]
    return Asset(kind=_PIECES[kind], token=item["token"], token_id=token_id, amount=amount)


def _taker(gives: tuple[Asset, ...], payouts: tuple[Payout, ...]) -> Address | None:
    """Return whom the order names as its only taker: what is given is then also to be paid, to the taker."""
    given = {(asset.kind, asset.token, asset.token_id) for asset in gives}
    named = [
        each.recipient
        for each in payouts
        if each.asset.kind in _PIECES.values()
        and (each.asset.kind, each.asset.token, each.asset.token_id) in given
    ]
    return named[0] if named else None


def _unusual(order: Mapping[str, Value]) -> Iterator[str]:
    words = choice(order["orderType"], _ORDER_TYPES, "order type")
    if words:
        yield f"{words}: {order['zone']}" if order["zone"] != ZERO else words
    items = (*order["offer"], *order["consideration"])
    if any(item["startAmount"] != item["endAmount"] for item in items):
        yield "its amounts change with time"


def _bulk(signing: Signing) -> Intent:
    leaves = [leaf for leaf in _leaves(signing.message["tree"]) if leaf["offerer"] != ZERO or leaf["offer"]]
    if len(leaves) > MAX_ORDERS:
        return Unknown(reason=f"there are more than {MAX_ORDERS} orders", selector=None, is_beyond_bound=True)
    if not leaves:
        return Unknown(reason="the tree holds no order", selector=None)
    orders = tuple(_wordless(signing.signer, _order_of(signing, leaf)) for leaf in leaves)
    return orders[0].intent if len(orders) == 1 else Batch(form="seaport-bulk-order", calls=orders)


def _leaves(tree: Value) -> Iterator[Mapping[str, Value]]:
    if isinstance(tree, Mapping):
        yield tree
        return
    for branch in tree:
        yield from _leaves(branch)


def _wordless(actor: Address, intent: Intent) -> Call:
    return Call(actor=actor, to=None, value=0, data_size=0, selector=None, intent=intent)


_ITEM = "uint8 itemType,address token,uint256 identifierOrCriteria,uint256 startAmount,uint256 endAmount"
_CONSIDERATION = f"ConsiderationItem({_ITEM},address recipient)"
_OFFER = f"OfferItem({_ITEM})"
_COMPONENTS = (
    "OrderComponents(address offerer,address zone,OfferItem[] offer,ConsiderationItem[] consideration,"
    "uint8 orderType,uint256 startTime,uint256 endTime,bytes32 zoneHash,uint256 salt,bytes32 conduitKey,"
    "uint256 counter)"
)
_BULK = re.compile(
    r"BulkOrder\(OrderComponents(?:\[2\]){1,24} tree\)" + re.escape(_CONSIDERATION + _OFFER + _COMPONENTS)
)

STRUCTURES = (
    Structure(
        "fa445660b7e21515a59617fcd68910b487aa5808b8abda3d78bc85df364b2c2f",
        _COMPONENTS + _CONSIDERATION + _OFFER,
        _order,
    ),
)
