"""Seaport: one order, or a tree of orders under one signature.

Source: https://github.com/ProjectOpenSea/seaport (ConsiderationStructs.sol, docs/SeaportDocumentation.md)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from guard.core.abi import Value
from guard.core.address import Address
from guard.core.decode.seaport import components_from_message, seaport_order
from guard.core.decode.structures.structure import ZERO, Reader, Signing, Structure
from guard.core.intent import AssetKind, Batch, Call, Intent, Order, Unknown

MAX_ORDERS = 256
"""Orders of one tree that are looked at."""


def bulk_reader(encoded_type: str) -> Reader | None:
    """Return the reader of a tree of orders, of whatever height, or None where this is none."""
    return _bulk if _BULK.fullmatch(encoded_type) else None


def _order(signing: Signing) -> Intent:
    return _order_of(signing, signing.message)


def _order_of(signing: Signing, message: Mapping[str, Value]) -> Order:
    market = signing.domain.verifying_contract
    order = seaport_order(components_from_message(message), market, "seaport")
    return seaport_order(components_from_message(message), market, "seaport", taker=_taker(order))


def _taker(order: Order) -> Address | None:
    """Return whom the order names as its only taker: the piece that is given has then to be paid to them."""
    pieces = {AssetKind.ERC721, AssetKind.ERC1155}
    given = {(asset.kind, asset.token, asset.token_id) for asset in order.gives if asset.kind in pieces}
    named = [
        payout.recipient
        for payout in order.payouts
        if (payout.asset.kind, payout.asset.token, payout.asset.token_id) in given
    ]
    return named[0] if named else None


def _bulk(signing: Signing) -> Intent:
    # A tree is filled up with empty orders to the next power of two.
    leaves = [leaf for leaf in _leaves(signing.message["tree"]) if leaf["offerer"] != ZERO or leaf["offer"]]
    if not leaves:
        return Unknown(reason="the tree holds no order", selector=None)
    if len(leaves) > MAX_ORDERS:
        return Unknown(reason=f"there are more than {MAX_ORDERS} orders", selector=None, is_beyond_bound=True)
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
