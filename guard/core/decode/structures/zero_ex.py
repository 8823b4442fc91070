"""0x, version 4: orders that sell or buy pieces of a collection.

Source: https://github.com/0xProject/protocol (LibNFTOrder.sol)
"""

from __future__ import annotations

from guard.core.address import Address
from guard.core.decode.structures.structure import Signing, Structure, choice, coin, someone
from guard.core.intent import Asset, AssetKind, Intent, Order, Payout


def _of_one(signing: Signing) -> Intent:
    message = signing.message
    properties = message["erc721TokenProperties"]
    piece = _pieces(AssetKind.ERC721, message["erc721Token"], message["erc721TokenId"], 1, bool(properties))
    return _order(signing, piece)


def _of_several(signing: Signing) -> Intent:
    message = signing.message
    any_of_them = bool(message["erc1155TokenProperties"])
    token, token_id = message["erc1155Token"], message["erc1155TokenId"]
    amount = message["erc1155TokenAmount"]
    return _order(signing, _pieces(AssetKind.ERC1155, token, token_id, amount, any_of_them))


def _pieces(kind: AssetKind, token: Address, token_id: int, amount: int, any_of_them: bool) -> Asset:
    # Properties say by contracts of their own which pieces will do.
    return Asset(kind=kind, token=token, token_id=None if any_of_them else token_id, amount=amount)


def _order(signing: Signing, pieces: Asset) -> Intent:
    message = signing.message
    maker, token, price = message["maker"], message["erc20Token"], message["erc20TokenAmount"]
    fees = [Payout(asset=coin(token, fee["amount"]), recipient=fee["recipient"]) for fee in message["fees"]]
    is_sale = choice(message["direction"], ("sell", "buy"), "direction") == "sell"
    # Fees come on top of the price: the buyer pays them, whoever made the order.
    cost = price + sum(fee.asset.amount for fee in fees)
    received = Payout(asset=coin(token, price) if is_sale else pieces, recipient=maker)
    return Order(
        market=signing.domain.verifying_contract,
        offerer=maker,
        gives=(pieces,) if is_sale else (coin(token, cost),),
        payouts=(received, *(fees if is_sale else ())),
        taker=someone(message["taker"]),
        expires_at=message["expiry"],
        form="0x-v4",
    )


_FRONT = (
    "(uint8 direction,address maker,address taker,uint256 expiry,uint256 nonce,address erc20Token,"
    "uint256 erc20TokenAmount,Fee[] fees,"
)
_BACK = (
    "Fee(address recipient,uint256 amount,bytes feeData)"
    "Property(address propertyValidator,bytes propertyData)"
)

STRUCTURES = (
    Structure(
        "2de32b2b090da7d8ab83ca4c85ba2eb6957bc7f6c50cb4ae1995e87560d808ed",
        f"ERC721Order{_FRONT}address erc721Token,uint256 erc721TokenId,Property[] erc721TokenProperties)"
        f"{_BACK}",
        _of_one,
    ),
    Structure(
        "930490b1bcedd2e5139e22c761fafd52e533960197c2283f3922c7fd8c880be9",
        f"ERC1155Order{_FRONT}address erc1155Token,uint256 erc1155TokenId,Property[] erc1155TokenProperties,"
        f"uint128 erc1155TokenAmount){_BACK}",
        _of_several,
    ),
)
