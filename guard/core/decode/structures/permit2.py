"""Permit2: one contract that holds allowances of every token, given by signature.

Source: https://github.com/Uniswap/permit2 (PermitHash.sol), at 0x000000000022D473030F116dDEE9F6B43aC78BA3
"""

from __future__ import annotations

from collections.abc import Mapping

from guard.core.abi import Value
from guard.core.declarations import Member, parse_encoded_type
from guard.core.decode.structures.structure import Reader, Signing, Structure
from guard.core.intent import Grant, Intent, Permit

LARGEST_ALLOWANCE = 2**160 - 1
"""The most that Permit2 can hold for a spender; from there on it is an allowance without a limit."""

_PERMITTED = "TokenPermissions(address token,uint256 amount)"
_REST = " permitted,address spender,uint256 nonce,uint256 deadline,"
_WITNESS = f"PermitWitnessTransferFrom(TokenPermissions{_REST}"
_BATCH_WITNESS = f"PermitBatchWitnessTransferFrom(TokenPermissions[]{_REST}"
_PERMITTED_MEMBERS = (Member("token", "address"), Member("amount", "uint256"))


def witness_reader(encoded_type: str) -> Reader | None:
    """Return the reader of a transfer with a witness, whose own declaration is anybody's; or None.

    Permit2 itself makes the declaration from these words and whatever the caller adds after them.
    """
    if parse_encoded_type(encoded_type).get("TokenPermissions") != _PERMITTED_MEMBERS:
        return None
    if encoded_type.startswith(_WITNESS):
        return _witness
    return _batch_witness if encoded_type.startswith(_BATCH_WITNESS) else None


def _allowance(details: Mapping[str, Value]) -> Grant:
    return Grant(token=details["token"], amount=details["amount"], expires_at=details["expiration"])


def _single(signing: Signing) -> Intent:
    return _of_allowances(signing, (_allowance(signing.message["details"]),))


def _batch(signing: Signing) -> Intent:
    return _of_allowances(signing, tuple(map(_allowance, signing.message["details"])))


def _of_allowances(signing: Signing, grants: tuple[Grant, ...]) -> Intent:
    return Permit(
        owner=signing.signer,
        spender=signing.message["spender"],
        grants=grants,
        deadline=signing.message["sigDeadline"],
        form="permit2",
    )


def _transfer(signing: Signing) -> Intent:
    return _of_transfers(signing, (signing.message["permitted"],), "permit2-transfer")


def _batch_transfer(signing: Signing) -> Intent:
    return _of_transfers(signing, signing.message["permitted"], "permit2-transfer")


def _witness(signing: Signing) -> Intent:
    return _of_transfers(signing, (signing.message["permitted"],), "permit2-witness-transfer")


def _batch_witness(signing: Signing) -> Intent:
    return _of_transfers(signing, signing.message["permitted"], "permit2-witness-transfer")


def _of_transfers(signing: Signing, permitted: tuple[Mapping[str, Value], ...], form: str) -> Intent:
    deadline = signing.message["deadline"]
    return Permit(
        owner=signing.signer,
        spender=signing.message["spender"],
        grants=tuple(
            Grant(token=each["token"], amount=each["amount"], expires_at=deadline) for each in permitted
        ),
        deadline=deadline,
        form=form,
    )


_DETAILS = "PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)"

STRUCTURES = (
    Structure(
        "f3841cd1ff0085026a6327b620b67997ce40f282c88a8e905a7a5626e310f3d0",
        f"PermitSingle(PermitDetails details,address spender,uint256 sigDeadline){_DETAILS}",
        _single,
    ),
    Structure(
        "af1b0d30d2cab0380e68f0689007e3254993c596f2fdd0aaa7f4d04f79440863",
        f"PermitBatch(PermitDetails[] details,address spender,uint256 sigDeadline){_DETAILS}",
        _batch,
    ),
    Structure(
        "939c21a48a8dbe3a9a2404a1d46691e4d39f6583d6ec6b35714604c986d80106",
        "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)"
        + _PERMITTED,
        _transfer,
    ),
    Structure(
        "fcf35f5ac6a2c28868dc44c302166470266239195f02b0ee408334829333b766",
        "PermitBatchTransferFrom(TokenPermissions[] permitted,address spender,uint256 nonce,uint256 deadline)"
        + _PERMITTED,
        _batch_transfer,
    ),
)
