"""Collections: moves of pieces, operators, and OpenSea's helper that sends many at once.

`transferFrom` and `approve` of ERC-721 have the selectors of ERC-20's: they read as a Transfer and an
Approve, and a rule can tell by what the token is (`TokenState.kind`) that the amount is the id of a piece.

Sources: https://eips.ethereum.org/EIPS/eip-721, https://eips.ethereum.org/EIPS/eip-1155,
https://github.com/ProjectOpenSea/seaport/blob/main/contracts/helpers/TransferHelper.sol
"""

from __future__ import annotations

from guard.core.abi import Value
from guard.core.address import Address
from guard.core.decode.erc20 import TRANSFER_FROM
from guard.core.decode.function import Context, Frame, Function
from guard.core.intent import ApproveAll, Batch, Intent, NftTransfer
from guard.errors import UnreadableArguments

_HELPER_KINDS = {1: "erc20", 2: "erc721", 3: "erc1155"}
"""ConduitItemType of Seaport's conduit; 0, the chain's own coin, is refused by the helper."""


def _transfer(context: Context, owner: Address, recipient: Address, token_id: int, *_: Value) -> Intent:
    return _pieces(context, owner, recipient, (token_id,), (1,))


def _transfer_some(
    context: Context, owner: Address, recipient: Address, token_id: int, *rest: Value
) -> Intent:
    amount, _ = rest
    return _pieces(context, owner, recipient, (token_id,), (amount,))


def _transfer_many(
    context: Context, owner: Address, recipient: Address, token_ids: tuple[int, ...], *rest: Value
) -> Intent:
    amounts, _ = rest
    if len(token_ids) != len(amounts):
        raise UnreadableArguments("there are not as many ids as amounts")
    return _pieces(context, owner, recipient, token_ids, amounts)


def _pieces(
    context: Context,
    owner: Address,
    recipient: Address,
    token_ids: tuple[int, ...],
    amounts: tuple[int, ...],
) -> Intent:
    return NftTransfer(
        collection=context.to, owner=owner, recipient=recipient, token_ids=token_ids, amounts=amounts
    )


def _set_approval_for_all(context: Context, operator: Address, approved: bool) -> Intent:
    return ApproveAll(collection=context.to, owner=context.frame.actor, operator=operator, approved=approved)


def _bulk_transfer(context: Context, groups: tuple[Value, ...], _: bytes) -> Intent:
    frames = [_helped(context, item, recipient) for items, recipient, _ in groups for item in items]
    return Batch(form="bulk-transfer", calls=context.nest_all(frames))


def _helped(context: Context, item: Value, recipient: Address) -> Frame:
    """Return the call that the helper makes for one item, in the owner's name."""
    number, token, token_id, amount = item
    owner = context.frame.actor
    match _HELPER_KINDS.get(number):
        case "erc20":
            data = TRANSFER_FROM.calldata(owner, recipient, amount)
        case "erc721":
            data = SAFE_TRANSFER.calldata(owner, recipient, token_id)
        case "erc1155":
            data = TRANSFER_SOME.calldata(owner, recipient, token_id, amount, b"")
        case _:
            raise UnreadableArguments(f"there is no kind of item {number}")
    return Frame(actor=owner, to=token, value=0, data=data)


SAFE_TRANSFER = Function("42842e0e", "safeTransferFrom(address,address,uint256)", _transfer)
"""The move of one piece that ERC-721 names; a collection's `transferFrom` does the same."""
TRANSFER_SOME = Function(
    "f242432a", "safeTransferFrom(address,address,uint256,uint256,bytes)", _transfer_some
)
"""The move of some pieces that ERC-1155 names."""

FUNCTIONS = (
    SAFE_TRANSFER,
    Function("b88d4fde", "safeTransferFrom(address,address,uint256,bytes)", _transfer),
    TRANSFER_SOME,
    Function("2eb2c2d6", "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)", _transfer_many),
    Function("a22cb465", "setApprovalForAll(address,bool)", _set_approval_for_all),
    Function(
        "32389b71",
        "bulkTransfer(((uint8,address,uint256,uint256)[],address,bool)[],bytes32)",
        _bulk_transfer,
    ),
)
