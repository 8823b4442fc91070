"""Signed allowances and transfers, handed in on the chain: EIP-2612, DAI, EIP-3009 and Permit2.

Who hands one in need not be its owner: the owner is named in the arguments, and a rule compares. Not read
here are the signatures before they are made; those are typed data.

Sources: https://eips.ethereum.org/EIPS/eip-2612, https://eips.ethereum.org/EIPS/eip-3009,
https://github.com/Uniswap/permit2/tree/main/src/interfaces, and the source of DAI
(0x6B175474E89094C44Da98b954EedeAC495271d0F) and of USDC (the forms with one `bytes` signature).
"""

from __future__ import annotations

from guard.core.abi import Value
from guard.core.address import Address
from guard.core.amounts import MAX_UINT256
from guard.core.decode.erc20 import TRANSFER_FROM
from guard.core.decode.function import Context, Frame, Function
from guard.core.intent import Approve, Batch, Grant, Intent, Invoke, Permit, Transfer
from guard.errors import UnreadableArguments


def _permit(
    context: Context, owner: Address, spender: Address, amount: int, deadline: int, *_: Value
) -> Intent:
    grant = Grant(token=context.to, amount=amount, expires_at=None)
    return Permit(owner=owner, spender=spender, grants=(grant,), deadline=deadline, form="permit")


def _dai_permit(context: Context, holder: Address, spender: Address, *rest: Value) -> Intent:
    _nonce, expiry, allowed, *_signature = rest
    # An expiry of 0 is none; the allowance is everything or nothing, and stays.
    grant = Grant(token=context.to, amount=MAX_UINT256 if allowed else 0, expires_at=None)
    return Permit(owner=holder, spender=spender, grants=(grant,), deadline=expiry or None, form="dai-permit")


def _signed_transfer(context: Context, owner: Address, recipient: Address, amount: int, *_: Value) -> Intent:
    return Transfer(token=context.to, owner=owner, recipient=recipient, amount=amount)


def _approve(context: Context, token: Address, spender: Address, amount: int, expiration: int) -> Intent:
    return Approve(
        token=token,
        owner=context.frame.actor,
        spender=spender,
        amount=amount,
        expires_at=expiration,
        form="permit2-approve",
    )


def _permit_single(context: Context, owner: Address, permit: Value, _: bytes) -> Intent:
    details, spender, deadline = permit
    return _permit_details(owner, spender, (details,), deadline)


def _permit_batch(context: Context, owner: Address, permit: Value, _: bytes) -> Intent:
    details, spender, deadline = permit
    return _permit_details(owner, spender, details, deadline)


def _permit_details(owner: Address, spender: Address, details: tuple[Value, ...], deadline: int) -> Intent:
    grants = tuple(
        Grant(token=token, amount=amount, expires_at=expiration) for token, amount, expiration, _ in details
    )
    return Permit(owner=owner, spender=spender, grants=grants, deadline=deadline, form="permit2")


def _pull(context: Context, owner: Address, recipient: Address, amount: int, token: Address) -> Intent:
    return Transfer(token=token, owner=owner, recipient=recipient, amount=amount)


def _pull_many(context: Context, pulls: tuple[Value, ...]) -> Intent:
    frames = (_token_call(context, token, owner, to, amount) for owner, to, amount, token in pulls)
    return Batch(form="permit2-transfer", calls=context.nest_all(frames))


def _pull_signed(context: Context, permit: Value, details: Value, owner: Address, *_: Value) -> Intent:
    (token, _permitted), *_rest = permit
    recipient, amount = details
    return Transfer(token=token, owner=owner, recipient=recipient, amount=amount)


def _pull_many_signed(context: Context, permit: Value, details: Value, owner: Address, *_: Value) -> Intent:
    permitted, *_rest = permit
    if len(permitted) != len(details):
        raise UnreadableArguments("there are not as many tokens as transfers")
    frames = (
        _token_call(context, token, owner, recipient, amount)
        for (token, _most), (recipient, amount) in zip(permitted, details, strict=True)
    )
    return Batch(form="permit2-transfer", calls=context.nest_all(frames))


def _token_call(context: Context, token: Address, owner: Address, recipient: Address, amount: int) -> Frame:
    """Return the call that Permit2 makes of a token, in the name of whoever called Permit2."""
    data = TRANSFER_FROM.calldata(owner, recipient, amount)
    return Frame(actor=context.frame.actor, to=token, value=0, data=data)


def _lockdown(context: Context, pairs: tuple[Value, ...]) -> Intent:
    actor = context.frame.actor
    # Which are approvals of nothing, made by Permit2 itself.
    frames = (
        Frame(actor=actor, to=context.to, value=0, data=APPROVE.calldata(token, spender, 0, 0))
        for token, spender in pairs
    )
    return Batch(form="permit2-lockdown", calls=context.nest_all(frames))


def _harmless(signature: str) -> Function:
    def read(context: Context, *_: Value) -> Intent:
        return Invoke(function=signature)

    return Function(_CANCELLATIONS[signature], signature, read)


_SIGNATURE = "uint8,bytes32,bytes32"
_TRANSFER = "address,address,uint256,uint256,uint256,bytes32"
_CANCELLATIONS = {
    "invalidateNonces(address,address,uint48)": "65d9723c",
    "invalidateUnorderedNonces(uint256,uint256)": "3ff9dcb1",
    f"cancelAuthorization(address,bytes32,{_SIGNATURE})": "5a049a70",
    "cancelAuthorization(address,bytes32,bytes)": "b7b72899",
}
"""They make signatures worthless that were given before, and move nothing."""

APPROVE = Function("87517c45", "approve(address,address,uint160,uint48)", _approve)
"""Permit2's own allowance: it holds until its expiration, in Unix seconds, 0 being this block."""

FUNCTIONS = (
    Function("d505accf", f"permit(address,address,uint256,uint256,{_SIGNATURE})", _permit),
    Function("9fd5a6cf", "permit(address,address,uint256,uint256,bytes)", _permit),
    Function("8fcbaf0c", f"permit(address,address,uint256,uint256,bool,{_SIGNATURE})", _dai_permit),
    Function("e3ee160e", f"transferWithAuthorization({_TRANSFER},{_SIGNATURE})", _signed_transfer),
    Function("cf092995", f"transferWithAuthorization({_TRANSFER},bytes)", _signed_transfer),
    Function("ef55bec6", f"receiveWithAuthorization({_TRANSFER},{_SIGNATURE})", _signed_transfer),
    Function("88b7ab63", f"receiveWithAuthorization({_TRANSFER},bytes)", _signed_transfer),
    APPROVE,
    Function(
        "2b67b570",
        "permit(address,((address,uint160,uint48,uint48),address,uint256),bytes)",
        _permit_single,
    ),
    Function(
        "2a2d80d1",
        "permit(address,((address,uint160,uint48,uint48)[],address,uint256),bytes)",
        _permit_batch,
    ),
    Function("36c78516", "transferFrom(address,address,uint160,address)", _pull),
    Function("0d58b1db", "transferFrom((address,address,uint160,address)[])", _pull_many),
    Function(
        "30f28b7a",
        "permitTransferFrom(((address,uint256),uint256,uint256),(address,uint256),address,bytes)",
        _pull_signed,
    ),
    Function(
        "edd9444b",
        "permitTransferFrom(((address,uint256)[],uint256,uint256),(address,uint256)[],address,bytes)",
        _pull_many_signed,
    ),
    Function(
        "137c29fe",
        "permitWitnessTransferFrom(((address,uint256),uint256,uint256),(address,uint256),address,"
        "bytes32,string,bytes)",
        _pull_signed,
    ),
    Function(
        "fe8ec1a7",
        "permitWitnessTransferFrom(((address,uint256)[],uint256,uint256),(address,uint256)[],address,"
        "bytes32,string,bytes)",
        _pull_many_signed,
    ),
    Function("cc53287f", "lockdown((address,address)[])", _lockdown),
    *(_harmless(signature) for signature in _CANCELLATIONS),
)
