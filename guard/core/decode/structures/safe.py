"""Safe: the signature under a wallet contract's transaction, or under a message of it.

Source: https://github.com/safe-global/safe-smart-account (Safe.sol, SignMessageLib.sol)
"""

from __future__ import annotations

from guard.core.address import keccak256
from guard.core.decode.safe import SafeTransaction, safe_transaction
from guard.core.decode.structures.structure import Signing, Structure
from guard.core.intent import Intent, OpaqueHash

_HASH_SIZE = 32


def _transaction(signing: Signing) -> Intent:
    message = signing.message
    transaction = SafeTransaction(
        to=message["to"],
        value=message["value"],
        data=message["data"],
        operation=message["operation"],
        gas_price=message["gasPrice"],
        gas_token=message["gasToken"],
        refund_receiver=message["refundReceiver"],
    )
    return safe_transaction(signing.nest, signing.contract, transaction, "SafeTx")


def _message(signing: Signing) -> Intent:
    content = signing.message["message"]
    told = content if len(content) == _HASH_SIZE else keccak256(content)
    return OpaqueHash(hash="0x" + told.hex(), form="SafeMessage")


def _declaration(base_gas: str) -> str:
    return (
        "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,"
        f"uint256 {base_gas},uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)"
    )


STRUCTURES = (
    Structure(
        "bb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8",
        _declaration("baseGas"),
        _transaction,
    ),
    # Versions before 1.0.0 call the same number by another name.
    Structure(
        "14d461bc7412367e924637b363c7bf29b8f47e2f84869f4426e5633d8af47b20",
        _declaration("dataGas"),
        _transaction,
    ),
    Structure(
        "60b3cbf8b4a223d68d641b3b6ddf9a298e7f33710cf3d3a9d1146b5a6150fbca",
        "SafeMessage(bytes message)",
        _message,
    ),
)
