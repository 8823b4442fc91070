"""Blur: orders, and roots of trees of orders, whose orders a signature does not tell.

Source: the contracts at 0x000000000000Ad05Ccc4F10045630fb830B95127 (EIP712.sol, OrderStructs.sol) and
0xb2ecfE4E4D61f8790bbb9DE2D1259B9e2410CEA5
"""

from __future__ import annotations

from guard.core.decode.structures.structure import Signing, Structure, choice, coin
from guard.core.intent import Asset, AssetKind, Intent, OpaqueHash, Order, Payout

_RATE_UNITS = 10_000
"""What a fee's rate counts in: 10,000 is the whole price."""


def _order(signing: Signing) -> Intent:
    message = signing.message
    trader, price, amount = message["trader"], message["price"], message["amount"]
    kind = AssetKind.ERC721 if amount == 1 else AssetKind.ERC1155
    pieces = Asset(kind=kind, token=message["collection"], token_id=message["tokenId"], amount=amount)
    fees = [(fee["recipient"], price * fee["rate"] // _RATE_UNITS) for fee in message["fees"]]
    is_sale = choice(message["side"], ("buy", "sell"), "side") == "sell"
    rest = max(0, price - sum(fee for _, fee in fees))
    payouts = [Payout(asset=pieces, recipient=trader)]
    if is_sale:
        parts = [(trader, rest), *fees]
        payouts = [Payout(asset=coin(message["paymentToken"], part), recipient=who) for who, part in parts]
    return Order(
        market=signing.domain.verifying_contract,
        offerer=trader,
        gives=(pieces,) if is_sale else (coin(message["paymentToken"], price),),
        payouts=tuple(payouts),
        taker=None,
        expires_at=message["expirationTime"],
        form="blur",
    )


def _root(signing: Signing) -> Intent:
    return OpaqueHash(hash="0x" + signing.message["root"].hex(), form="blur-root")


def _listings(signing: Signing) -> Intent:
    return OpaqueHash(hash="0x" + signing.message["listingsRoot"].hex(), form="blur-listings")


STRUCTURES = (
    Structure(
        "376bfbc394a7ba7fdf10f224572cef371358e3053e362f4554fcd2ad56329b3f",
        "Order(address trader,uint8 side,address matchingPolicy,address collection,uint256 tokenId,"
        "uint256 amount,address paymentToken,uint256 price,uint256 listingTime,uint256 expirationTime,"
        "Fee[] fees,uint256 salt,bytes extraParams,uint256 nonce)Fee(uint16 rate,address recipient)",
        _order,
    ),
    Structure(
        "5bcf4b2eaff7fcdeb49f0bda53026b9ebdd93db566fe4c447125cb899e598c90", "Root(bytes32 root)", _root
    ),
    Structure(
        "af92fd8295121c3ba2d0dc4f6af18edcd0b3aaeff05fc72c591de6d457ee0c05",
        "Order(address trader,address collection,bytes32 listingsRoot,uint256 numberOfListings,"
        "uint256 expirationTime,uint8 assetType,FeeRate makerFee,uint256 salt,uint8 orderType,uint256 nonce)"
        "FeeRate(address recipient,uint16 rate)",
        _listings,
    ),
)
