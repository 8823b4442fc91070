"""A signature that is not a transaction, as one frozen value: what was scored is what is signed.

What belongs here: the request, and the digest that names it. What must not: reading JSON; `typed_data` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from guard.core import rlp
from guard.core.address import Address, keccak256
from guard.core.authorization import Delegation
from guard.core.typed_data import TypedData
from guard.errors import InvalidRequest

_DIGEST_DOMAIN = b"txguard/signature/1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalMessage:
    """Bytes signed under the prefix of `personal_sign`, https://eips.ethereum.org/EIPS/eip-191 (0x45)."""

    data: bytes
    """The message, without the prefix."""

    @property
    def signing_hash(self) -> bytes:
        """The 32 bytes that are signed."""
        return keccak256(b"\x19Ethereum Signed Message:\n%d" % len(self.data) + self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class BareHash:
    """Thirty-two bytes signed as they are (`eth_sign`): they may be any transaction."""

    data: bytes
    """The 32 bytes."""

    @property
    def signing_hash(self) -> bytes:
        """The 32 bytes that are signed."""
        return self.data


Content: TypeAlias = TypedData | PersonalMessage | BareHash | Delegation


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRequest:
    """One signature before it is made."""

    sender: Address
    """Whose key signs."""
    content: Content
    """What is signed."""
    chain_id: int | None = None
    """The chain that the signer is on; None where it is not told."""


def signature_digest(request: SignatureRequest) -> str:
    """Return the 32-byte name of this request as 0x and 64 hex digits; it covers signer, chain and bytes."""
    chain: rlp.Item = [] if request.chain_id is None else [rlp.encode_integer(request.chain_id)]
    fields: list[rlp.Item] = [
        request.sender.to_bytes(),
        type(request.content).__name__.encode(),
        request.content.signing_hash,
        chain,
    ]
    return "0x" + keccak256(_DIGEST_DOMAIN + rlp.encode(fields)).hex()


def hash_to_sign(request: SignatureRequest) -> bytes:
    """Return the 32 bytes that a signer signs; raises InvalidRequest for what is never signed here.

    A bare hash may be a transaction's, and an authorization belongs into a transaction that is reviewed.
    """
    if isinstance(request.content, TypedData | PersonalMessage):
        return request.content.signing_hash
    what = "a bare hash" if isinstance(request.content, BareHash) else "an authorization alone"
    raise InvalidRequest(
        f"{what} is never signed here: nobody can see what it will be used for",
        hint="ask the site for typed data, or for a transaction",
    )
