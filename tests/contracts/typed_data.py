"""EIP-712 documents as pages ask wallets to sign them, integers as decimal strings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guard.core.address import Address

Document = dict[str, Any]

_DOMAIN_TYPES = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Where a signature is valid."""

    contract: Address
    """Who verifies it."""
    chain_id: int
    """The chain that it is for."""
    name: str | None = None
    """The name that the contract signs under; None where its domain has none."""
    version: str | None = None
    """The version of the domain; None where it has none."""

    def as_json(self) -> dict[str, Any]:
        """Return its fields, those that are None left out."""
        fields = {"name": self.name, "version": self.version, "chainId": self.chain_id}
        given = {name: value for name, value in fields.items() if value is not None}
        return {**given, "verifyingContract": self.contract}


def permit(
    domain: Domain, *, owner: Address, spender: Address, value: int, nonce: int, deadline: int
) -> Document:
    """Return the approval of EIP-2612."""
    types = {
        "Permit": "address owner,address spender,uint256 value,uint256 nonce,uint256 deadline",
    }
    message = {"owner": owner, "spender": spender, "value": value, "nonce": nonce, "deadline": deadline}
    return _document(domain, types, message)


def dai_permit(domain: Domain, *, holder: Address, spender: Address, nonce: int, expiry: int) -> Document:
    """Return the unlimited approval of DAI."""
    types = {"Permit": "address holder,address spender,uint256 nonce,uint256 expiry,bool allowed"}
    message = {"holder": holder, "spender": spender, "nonce": nonce, "expiry": expiry, "allowed": True}
    return _document(domain, types, message)


def transfer_with_authorization(
    domain: Domain, *, owner: Address, to: Address, value: int, valid_before: int, nonce: bytes
) -> Document:
    """Return the transfer of EIP-3009."""
    types = {
        "TransferWithAuthorization": "address from,address to,uint256 value,uint256 validAfter,"
        "uint256 validBefore,bytes32 nonce",
    }
    message = {"from": owner, "to": to, "value": value, "validAfter": 0, "validBefore": valid_before}
    return _document(domain, types, {**message, "nonce": "0x" + nonce.hex()})


_PERMIT_DETAILS = {"PermitDetails": "address token,uint160 amount,uint48 expiration,uint48 nonce"}


def _details(token: Address, amount: int, until: int) -> dict[str, Any]:
    return {"token": token, "amount": amount, "expiration": until, "nonce": 0}


def permit_single(domain: Domain, *, token: Address, amount: int, spender: Address, until: int) -> Document:
    """Return Permit2's approval of one token, the first to this spender."""
    types = {"PermitSingle": "PermitDetails details,address spender,uint256 sigDeadline", **_PERMIT_DETAILS}
    message = {"details": _details(token, amount, until), "spender": spender, "sigDeadline": until}
    return _document(domain, types, message)


def permit_batch(domain: Domain, *, amounts: Mapping[Address, int], spender: Address, until: int) -> Document:
    """Return Permit2's approval of several tokens, the first to this spender."""
    types = {"PermitBatch": "PermitDetails[] details,address spender,uint256 sigDeadline", **_PERMIT_DETAILS}
    details = [_details(token, amount, until) for token, amount in amounts.items()]
    return _document(domain, types, {"details": details, "spender": spender, "sigDeadline": until})


def permit_transfer(
    domain: Domain, *, token: Address, amount: int, spender: Address, deadline: int
) -> Document:
    """Return Permit2's single transfer, at the spender's choice of recipient."""
    types = {
        "PermitTransferFrom": "TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline",
        "TokenPermissions": "address token,uint256 amount",
    }
    permitted = {"token": token, "amount": amount}
    message = {"permitted": permitted, "spender": spender, "nonce": 0, "deadline": deadline}
    return _document(domain, types, message)


def permit_batch_transfer(
    domain: Domain, *, amounts: Mapping[Address, int], spender: Address, deadline: int
) -> Document:
    """Return Permit2's single transfer of several tokens."""
    types = {
        "PermitBatchTransferFrom": "TokenPermissions[] permitted,address spender,uint256 nonce,"
        "uint256 deadline",
        "TokenPermissions": "address token,uint256 amount",
    }
    permitted = [{"token": token, "amount": amount} for token, amount in amounts.items()]
    message = {"permitted": permitted, "spender": spender, "nonce": 0, "deadline": deadline}
    return _document(domain, types, message)


def safe_transaction(domain: Domain, *, to: Address, data: bytes, operation: int, nonce: int) -> Document:
    """Return what the owner of a Safe signs; no refund, no value."""
    types = {
        "SafeTx": "address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,"
        "uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce",
    }
    nobody = Address.from_bytes(bytes(20))
    message = {"to": to, "value": 0, "data": "0x" + data.hex(), "operation": operation}
    refund = {"safeTxGas": 0, "baseGas": 0, "gasPrice": 0, "gasToken": nobody, "refundReceiver": nobody}
    return _document(domain, types, {**message, **refund, "nonce": nonce})


def order(domain: Domain, *, components: Mapping[str, Any]) -> Document:
    """Return an order of Seaport."""
    item = "uint8 itemType,address token,uint256 identifierOrCriteria,uint256 startAmount,uint256 endAmount"
    types = {
        "OrderComponents": "address offerer,address zone,OfferItem[] offer,ConsiderationItem[] consideration,"
        "uint8 orderType,uint256 startTime,uint256 endTime,bytes32 zoneHash,uint256 salt,bytes32 conduitKey,"
        "uint256 counter",
        "OfferItem": item,
        "ConsiderationItem": f"{item},address recipient",
    }
    return _document(domain, types, components)


def _document(domain: Domain, types: Mapping[str, str], message: Mapping[str, Any]) -> Document:
    """Put it together; the first type is the primary one."""
    given = domain.as_json()
    members = {name: [_member(text) for text in listed.split(",")] for name, listed in types.items()}
    return {
        "types": {
            "EIP712Domain": [{"name": name, "type": _DOMAIN_TYPES[name]} for name in given],
            **members,
        },
        "primaryType": next(iter(types)),
        "domain": given,
        "message": _plain(message),
    }


def _member(text: str) -> dict[str, str]:
    kind, name = text.split(" ")
    return {"name": name, "type": kind}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
