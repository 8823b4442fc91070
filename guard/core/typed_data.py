"""Structured data as EIP-712 defines it, read in exactly one way or refused.

What belongs here: the value, its hashes, and the document that it is read from. What must not: what any
structure means.

Source: https://eips.ethereum.org/EIPS/eip-712
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guard.core import strict_json
from guard.core.abi import Value
from guard.core.address import Address, keccak256
from guard.core.declarations import (
    Member,
    encode_type,
    parse_encoded_type,
    read_declarations,
    refused,
    shown,
)
from guard.core.members import MemberReader, StructureHasher, plain
from guard.errors import InvalidRequest

MAX_DOCUMENT_BYTES = 1024 * 1024
"""Bytes of one document as text."""

_DOMAIN = "EIP712Domain"
_DOMAIN_MEMBERS = (
    Member("name", "string"),
    Member("version", "string"),
    Member("chainId", "uint256"),
    Member("verifyingContract", "address"),
    Member("salt", "bytes32"),
)
"""What a domain may declare, in the one order in which all wallets hash it."""
_PARTS = frozenset({"types", "primaryType", "domain", "message"})


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


def parse_typed_data(
    document: Mapping[str, object] | Sequence[object] | str, *, version: int = 4
) -> TypedData:
    """Read a document as `eth_signTypedData_v4` and `_v3` take it, or its JSON text.

    One reading or a refusal. Integers are taken as 1, "1" and "0x1", and in no other form; addresses as 0x
    and 40 hex digits; booleans as true and false. Raises InvalidRequest for every member that is missing,
    not declared, of another type or out of its range, for structures that hold themselves, for a domain
    other than its declaration, for sizes that nobody needs, for arrays under version 3, which has none, and
    for the list of values of version 1, which names no contract and no chain; InvalidAddress for an address
    that is none; InvalidJson for a text that is not one JSON object.
    """
    parts = _parts(document)
    structures = read_declarations(parts["types"])
    primary = parts["primaryType"]
    if not isinstance(primary, str) or primary not in structures or primary == _DOMAIN:
        raise refused(f"the primary type '{shown(primary)}' is not a structure that it declares")
    _check_domain_type(structures.get(_DOMAIN))
    if version == 3 and "[" in encode_type(primary, structures):
        raise refused("it has arrays, which version 3 does not know")
    encoded_type = encode_type(primary, structures)
    reader, hasher = MemberReader(structures), StructureHasher(structures)
    domain = reader.structure(_DOMAIN, parts["domain"], "domain")
    message = reader.structure(primary, parts["message"], "message")
    return TypedData(
        domain=_domain(domain),
        primary_type=primary,
        encoded_type=encoded_type,
        message=message,
        domain_separator=hasher.structure_hash(_DOMAIN, domain),
        message_hash=hasher.structure_hash(primary, message),
    )


def _parts(document: Mapping[str, object] | Sequence[object] | str) -> Mapping[str, object]:
    if isinstance(document, str):
        if document.lstrip().startswith("["):
            raise _first_version()
        # A lone surrogate makes bytes that are no UTF-8, and is refused as such.
        data = document.encode("utf-8", "surrogatepass")
        document = strict_json.parse_object(data, max_bytes=MAX_DOCUMENT_BYTES)
    if not isinstance(document, Mapping):
        raise _first_version()
    if set(document) != _PARTS:
        raise refused("it has not exactly the parts types, primaryType, domain and message")
    return document


def typed_data_object(data: TypedData) -> dict[str, object]:
    """Return the document in its one canonical form; `parse_typed_data` reads it back to an equal value."""
    domain = {
        "name": data.domain.name,
        "version": data.domain.version,
        "chainId": data.domain.chain_id,
        "verifyingContract": data.domain.verifying_contract,
        "salt": data.domain.salt,
    }
    told = {name: plain(value) for name, value in domain.items() if value is not None}
    structures = {
        _DOMAIN: tuple(member for member in _DOMAIN_MEMBERS if member.name in told),
        **parse_encoded_type(data.encoded_type),
    }
    return {
        "types": {
            name: [{"name": member.name, "type": member.type} for member in members]
            for name, members in structures.items()
        },
        "primaryType": data.primary_type,
        "domain": told,
        "message": plain(data.message),
    }


def _check_domain_type(members: tuple[Member, ...] | None) -> None:
    if members is None:
        raise refused(f"it does not declare {_DOMAIN}")
    if not members:
        raise refused(f"{_DOMAIN} declares nothing: the signature would hold for every contract and chain")
    if members != tuple(member for member in _DOMAIN_MEMBERS if member in members):
        raise refused(
            f"{_DOMAIN} declares something else than string name, string version, uint256 chainId, "
            "address verifyingContract, bytes32 salt, in this order"
        )


def _domain(members: Mapping[str, Value]) -> Domain:
    return Domain(
        name=members.get("name"),
        version=members.get("version"),
        chain_id=members.get("chainId"),
        verifying_contract=members.get("verifyingContract"),
        salt=members.get("salt"),
    )


def _first_version() -> InvalidRequest:
    return refused(
        "it is a list of values, as version 1 of eth_signTypedData takes it: that names no contract and "
        "no chain"
    )
