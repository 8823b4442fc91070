"""What an account signs to hand itself over to code (EIP-7702), before and after the signature.

What belongs here: the values and the bytes that are signed. What must not: recovering who signed; that is a
port's work, and what it finds is noted here.

Source: https://eips.ethereum.org/EIPS/eip-7702
"""

from __future__ import annotations

from dataclasses import dataclass, field

from guard.core import rlp
from guard.core.address import Address, keccak256
from guard.core.fields import MAX_CHAIN_ID, MAX_NONCE, check_address, check_integer, wrong_field
from guard.core.signature import Signature, check_signature

_MAGIC = b"\x05"
"""The first byte of what is signed (EIP-7702), which no transaction type has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """An authorization before it is signed. Raises InvalidRequest for a field out of its range."""

    chain_id: int
    """The chain it holds on; 0 means every chain."""
    delegate: Address
    """Whose code the account is to run; the zero address takes an earlier delegation back."""
    nonce: int
    """The account's nonce at which it holds."""

    def __post_init__(self) -> None:
        check_integer("the authorization's chain id", self.chain_id, 0, MAX_CHAIN_ID)
        check_address("the authorization's address", self.delegate)
        check_integer("the authorization's nonce", self.nonce, 0, MAX_NONCE)

    @property
    def fields(self) -> list[rlp.Item]:
        """Its fields in the order of the wire."""
        return [
            rlp.encode_integer(self.chain_id),
            self.delegate.to_bytes(),
            rlp.encode_integer(self.nonce),
        ]

    @property
    def signing_hash(self) -> bytes:
        """The 32 bytes that are signed."""
        return keccak256(_MAGIC + rlp.encode(self.fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAuthorization:
    """One entry of a set-code transaction. Raises InvalidRequest for a signature out of its range.

    The chain passes over an entry whose signature is not canonical; here it is refused, as every other form
    that could be read in two ways.
    """

    delegation: Delegation
    """What was signed."""
    signature: Signature
    """Who signed follows from it."""
    authority: Address | None = field(default=None, compare=False)
    """Whose account it is, where that has been recovered. It follows from the rest, and so takes no part in
    equality."""

    def __post_init__(self) -> None:
        if not isinstance(self.delegation, Delegation) or not isinstance(self.signature, Signature):
            raise wrong_field("authorization", self, "a Delegation and a Signature")
        check_signature(self.signature)

    @property
    def fields(self) -> list[rlp.Item]:
        """Its fields in the order of the wire."""
        parts = (self.signature.y_parity, self.signature.r, self.signature.s)
        return [*self.delegation.fields, *(rlp.encode_integer(part) for part in parts)]
