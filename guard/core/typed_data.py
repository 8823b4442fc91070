"""Structured data as EIP-712 defines it, read in exactly one way or refused.

What belongs here: the value and its hashes. What must not: what any structure means.

Source: https://eips.ethereum.org/EIPS/eip-712
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from guard.core.abi import Value
from guard.core.address import Address, keccak256


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """For whom a signature is meant; what the domain leaves out is None."""

    name: str | None = None
    """The application's own name for itself."""
    version: str | None = None
    """Its version."""
    chain_id: int | None = None
    """The chain it holds on."""
    verifying_contract: Address | None = None
    """The contract that will read the signature."""
    salt: bytes | None = None
    """32 bytes that tell it from others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedData:
    """One structure that is signed, with every member in its one canonical form."""

    domain: Domain
    """For whom."""
    primary_type: str
    """The structure's name."""
    encoded_type: str
    """The structure's full declaration, such as `Mail(Person from,string contents)Person(string name)`."""
    message: Mapping[str, Value]
    """Its members: int, Address, bool, bytes, str, a tuple for an array, a mapping for a structure."""
    domain_separator: bytes
    """32 bytes: the hash of the domain."""
    message_hash: bytes
    """32 bytes: the hash of the structure."""

    @property
    def type_hash(self) -> bytes:
        """The 32 bytes by which the structure is recognised, whatever it calls itself."""
        return keccak256(self.encoded_type.encode())

    @property
    def signing_hash(self) -> bytes:
        """The 32 bytes that are signed."""
        return keccak256(b"\x19\x01" + self.domain_separator + self.message_hash)
