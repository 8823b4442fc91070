"""Several calls that a wallet is asked to make as one (EIP-5792), as one frozen value.

What belongs here: the bundle and the digest that names it. What must not: reading JSON-RPC.

Source: https://eips.ethereum.org/EIPS/eip-5792
"""

from __future__ import annotations

from dataclasses import dataclass

from guard.core import rlp
from guard.core.address import Address, keccak256
from guard.core.request import TransactionRequest, digest
from guard.errors import InvalidRequest

_DIGEST_DOMAIN = b"txguard/bundle/1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBundle:
    """The calls of one `wallet_sendCalls`. Raises InvalidRequest for none, or for another account's."""

    sender: Address
    """Who makes them."""
    calls: tuple[TransactionRequest, ...]
    """The calls, in order, each of the sender."""
    chain_id: int | None = None
    """The chain; None where it is not told."""
    is_atomic: bool = False
    """Whether all of them must happen or none."""

    def __post_init__(self) -> None:
        if not self.calls or any(call.sender != self.sender for call in self.calls):
            raise InvalidRequest(
                "a bundle has no calls, or calls of several accounts", hint="give one account's calls"
            )


def bundle_digest(bundle: CallBundle) -> str:
    """Return the 32-byte name of this bundle as 0x and 64 hex digits; it covers every call."""
    chain: rlp.Item = [] if bundle.chain_id is None else [rlp.encode_integer(bundle.chain_id)]
    fields: list[rlp.Item] = [
        bundle.sender.to_bytes(),
        chain,
        rlp.encode_integer(int(bundle.is_atomic)),
        [bytes.fromhex(digest(call)[2:]) for call in bundle.calls],
    ]
    return "0x" + keccak256(_DIGEST_DOMAIN + rlp.encode(fields)).hex()
