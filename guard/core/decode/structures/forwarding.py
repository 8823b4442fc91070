"""Calls by signature: a forwarder, or the contract itself, makes them in the signer's name.

Sources: https://eips.ethereum.org/EIPS/eip-2771, OpenZeppelin's MinimalForwarder and ERC2771Forwarder, and
the NativeMetaTransaction of tokens on Polygon
"""

from __future__ import annotations

from guard.core.decode.function import Frame
from guard.core.decode.structures.structure import Signing, Structure
from guard.core.intent import Batch, Intent


def _forwarded(signing: Signing) -> Intent:
    message = signing.message
    frame = Frame(actor=message["from"], to=message["to"], value=message["value"], data=message["data"])
    return Batch(form="forward-request", calls=(signing.nest(frame),))


def _meta_transaction(signing: Signing) -> Intent:
    message = signing.message
    frame = Frame(actor=message["from"], to=signing.contract, value=0, data=message["functionSignature"])
    return Batch(form="meta-transaction", calls=(signing.nest(frame),))


STRUCTURES = (
    Structure(
        "dd8f4b70b0f4393e889bd39128a30628a78b61816a9eb8199759e7a349657e48",
        "ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,bytes data)",
        _forwarded,
    ),
    Structure(
        "7f96328b83274ebc7c1cf4f7a3abda602b51a78b7fa1d86a2ce353d75e587cac",
        "ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,uint48 deadline,"
        "bytes data)",
        _forwarded,
    ),
    Structure(
        "23d10def3caacba2e4042e0c75d44a42d2558aabcf5ce951d0642a8032e1e653",
        "MetaTransaction(uint256 nonce,address from,bytes functionSignature)",
        _meta_transaction,
    ),
)
