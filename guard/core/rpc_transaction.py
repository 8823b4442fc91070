"""Transaction objects as JSON-RPC writes them, read in exactly one way or refused.

What belongs here: the reading of `eth_sendTransaction`'s object. What must not: other methods' parameters.

Source: https://ethereum.github.io/execution-apis/ (quantities have no leading zeros, data has whole bytes)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guard.core.access_list import AccessEntry
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.fields import wrong_field
from guard.core.request import ACCESS_LIST_TYPE, Fee, LegacyFee, MarketFee, TransactionRequest
from guard.core.rpc_values import (
    check_names,
    needed_quantity,
    parse_address,
    parse_data,
    parse_objects,
    parse_quantity,
)
from guard.core.signature import Signature
from guard.errors import InvalidRequest

_PAYMENT_FIELDS = frozenset({"from", "to", "value", "data", "input", "chainId", "nonce", "gas", "type"})
_FEE_FIELDS = frozenset({"gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"})
_LIST_FIELDS = frozenset({"accessList", "authorizationList", "blobVersionedHashes", "maxFeePerBlobGas"})
_SIGNATURE_FIELDS = frozenset({"yParity", "r", "s"})
_KNOWN_FIELDS = _PAYMENT_FIELDS | _FEE_FIELDS | _LIST_FIELDS


def parse_transaction(transaction: Mapping[str, object]) -> TransactionRequest:
    """Return the request that a transaction object tells; fields it leaves out stay None.

    Raises InvalidRequest for unknown fields, two ways of paying for gas, `data` and `input` that differ, a
    type that its fields deny, and every number or address not in its one canonical form.
    """
    check_names(transaction, _KNOWN_FIELDS, "the transaction")
    if "from" not in transaction:
        raise InvalidRequest("the transaction has no `from`", hint="name the account that pays")
    fee = _fee_from_rpc(transaction)
    kind = parse_quantity(transaction, "type")
    access_list = _access_list(transaction)
    is_listed = transaction.get("accessList") is not None or kind == ACCESS_LIST_TYPE
    recipient = transaction.get("to")
    request = TransactionRequest(
        sender=parse_address(transaction["from"], "from"),
        to=None if recipient is None else parse_address(recipient, "to"),
        value=parse_quantity(transaction, "value") or 0,
        data=parse_calldata(transaction),
        chain_id=parse_quantity(transaction, "chainId"),
        nonce=parse_quantity(transaction, "nonce"),
        gas_limit=parse_quantity(transaction, "gas"),
        fee=fee,
        access_list=access_list,
        # Nodes take one gas price with a list, though it be empty, for type 1.
        has_empty_access_list=is_listed and not access_list and isinstance(fee, LegacyFee),
        authorizations=_authorizations(transaction),
        blob_versioned_hashes=_blob_hashes(transaction),
        max_fee_per_blob_gas=parse_quantity(transaction, "maxFeePerBlobGas"),
    )
    if kind is not None and kind != request.type_byte:
        raise InvalidRequest(
            f"the transaction says type {kind}, and its fields are not of that type",
            hint="type 0 has gasPrice, type 1 an access list too; type 2 has maxFeePerGas and "
            "maxPriorityFeePerGas, type 3 blobs too, type 4 authorizations too",
        )
    return request


def transaction_object(request: TransactionRequest) -> dict[str, object]:
    """Return `request` as JSON-RPC writes it; `parse_transaction` reads it back to an equal request."""
    optional: dict[str, int | None] = {
        "chainId": request.chain_id,
        "nonce": request.nonce,
        "gas": request.gas_limit,
        "maxFeePerBlobGas": request.max_fee_per_blob_gas,
    }
    if isinstance(request.fee, LegacyFee):
        optional["gasPrice"] = request.fee.gas_price
    elif isinstance(request.fee, MarketFee):
        optional["maxFeePerGas"] = request.fee.max_fee_per_gas
        optional["maxPriorityFeePerGas"] = request.fee.max_priority_fee_per_gas
    return {
        "from": request.sender,
        **({} if request.to is None else {"to": request.to}),
        "value": hex(request.value),
        "data": "0x" + request.data.hex(),
        **{name: hex(number) for name, number in optional.items() if number is not None},
        **(_written_lists(request) if request.is_extended else {}),
    }


def _written_lists(request: TransactionRequest) -> dict[str, object]:
    lists: dict[str, list[object]] = {
        "accessList": [
            {"address": entry.address, "storageKeys": ["0x" + key.hex() for key in entry.storage_keys]}
            for entry in request.access_list
        ],
        "authorizationList": [_written_authorization(one) for one in request.authorizations],
        "blobVersionedHashes": ["0x" + blob_hash.hex() for blob_hash in request.blob_versioned_hashes],
    }
    kept = {name: listed for name, listed in lists.items() if listed}
    return {**kept, "accessList": []} if request.has_empty_access_list else dict(kept)


def _written_authorization(authorization: SignedAuthorization) -> dict[str, str]:
    delegation, signature = authorization.delegation, authorization.signature
    return {
        "chainId": hex(delegation.chain_id),
        "address": delegation.delegate,
        "nonce": hex(delegation.nonce),
        "yParity": hex(signature.y_parity),
        "r": hex(signature.r),
        "s": hex(signature.s),
    }


def _access_list(transaction: Mapping[str, object]) -> tuple[AccessEntry, ...]:
    entries = []
    for entry in parse_objects(transaction, "accessList", {"address", "storageKeys"}):
        keys = entry["storageKeys"]
        if not isinstance(keys, Sequence) or isinstance(keys, str):
            raise wrong_field("storageKeys", keys, "an array")
        entries.append(
            AccessEntry(
                address=parse_address(entry["address"], "the access list's address"),
                storage_keys=tuple(parse_data(key, "storageKeys") for key in keys),
            )
        )
    return tuple(entries)


def _authorizations(transaction: Mapping[str, object]) -> tuple[SignedAuthorization, ...]:
    name = "authorizationList"
    _refuse_to_sign_delegations(transaction.get(name))
    listed = parse_objects(transaction, name, {"chainId", "address", "nonce", "yParity", "r", "s"})
    if not listed and transaction.get(name) is not None:
        raise wrong_field(name, [], "a list that is not empty, or left out")
    return tuple(
        SignedAuthorization(
            delegation=Delegation(
                chain_id=needed_quantity(one, "chainId"),
                delegate=parse_address(one["address"], "the authorization's address"),
                nonce=needed_quantity(one, "nonce"),
            ),
            signature=Signature(
                y_parity=needed_quantity(one, "yParity"),
                r=needed_quantity(one, "r"),
                s=needed_quantity(one, "s"),
            ),
        )
        for one in listed
    )


def _refuse_to_sign_delegations(listed: object) -> None:
    """Raise InvalidRequest, naming the code, for an authorization that the wallet is to sign itself."""
    for entry in listed if isinstance(listed, Sequence) else ():
        if isinstance(entry, Mapping) and "address" in entry and _SIGNATURE_FIELDS.isdisjoint(entry):
            delegate = parse_address(entry["address"], "the authorization's address")
            raise InvalidRequest(
                f"it asks for an authorization by which the account runs the code of {delegate} (EIP-7702)",
                hint="refused: that code could move all that the account holds",
            )


def _blob_hashes(transaction: Mapping[str, object]) -> tuple[bytes, ...]:
    listed = transaction.get("blobVersionedHashes")
    if listed is None:
        return ()
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
        raise wrong_field("blobVersionedHashes", listed, "a list that is not empty, or left out")
    return tuple(parse_data(one, "blobVersionedHashes") for one in listed)


def _fee_from_rpc(transaction: Mapping[str, object]) -> Fee | None:
    gas_price = parse_quantity(transaction, "gasPrice")
    ceiling = parse_quantity(transaction, "maxFeePerGas")
    tip = parse_quantity(transaction, "maxPriorityFeePerGas")
    if gas_price is not None and (ceiling is not None or tip is not None):
        raise InvalidRequest(
            "the transaction has both gasPrice and maxFeePerGas", hint="give one way of paying for gas"
        )
    if gas_price is not None:
        return LegacyFee(gas_price=gas_price)
    if (ceiling is None) != (tip is None):
        raise InvalidRequest(
            "the transaction has only one of maxFeePerGas and maxPriorityFeePerGas", hint="give both or none"
        )
    if ceiling is None or tip is None:
        return None
    return MarketFee(max_fee_per_gas=ceiling, max_priority_fee_per_gas=tip)


def parse_calldata(transaction: Mapping[str, object]) -> bytes:
    """Read `data` or `input`, two names of one field; raises InvalidRequest where they differ."""
    data, alias = (
        None if transaction.get(name) is None else parse_data(transaction[name], name)
        for name in ("data", "input")
    )
    if data is not None and alias is not None and data != alias:
        raise InvalidRequest("`data` and `input` differ", hint="give one of them")
    return data if data is not None else alias or b""
