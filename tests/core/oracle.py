"""A request as eth-account takes it, the reference for what is signed."""

from __future__ import annotations

from typing import Any

from guard.core.request import BLOB_TYPE, LEGACY_TYPE, SET_CODE_TYPE, LegacyFee, TransactionRequest


def eth_account_fields(request: TransactionRequest) -> dict[str, Any]:
    """Return the fields of a complete request under eth-account's names."""
    assert request.fee is not None
    kind = request.type_byte
    fields: dict[str, Any] = {
        "nonce": request.nonce,
        "gas": request.gas_limit,
        "to": request.to or b"",
        "value": request.value,
        "data": request.data,
        "chainId": request.chain_id,
    }
    if isinstance(request.fee, LegacyFee):
        fields["gasPrice"] = request.fee.gas_price
    else:
        fields["maxFeePerGas"] = request.fee.ceiling
        fields["maxPriorityFeePerGas"] = request.fee.max_priority_fee_per_gas
    if kind == LEGACY_TYPE:
        return fields
    fields["type"] = kind
    fields["accessList"] = [
        {"address": entry.address, "storageKeys": ["0x" + key.hex() for key in entry.storage_keys]}
        for entry in request.access_list
    ]
    if kind == SET_CODE_TYPE:
        fields["authorizationList"] = [
            {
                "chainId": one.delegation.chain_id,
                "address": one.delegation.delegate,
                "nonce": one.delegation.nonce,
                "yParity": one.signature.y_parity,
                "r": one.signature.r,
                "s": one.signature.s,
            }
            for one in request.authorizations
        ]
    if kind == BLOB_TYPE:
        fields["maxFeePerBlobGas"] = request.max_fee_per_blob_gas
        fields["blobVersionedHashes"] = ["0x" + one.hex() for one in request.blob_versioned_hashes]
    return fields
