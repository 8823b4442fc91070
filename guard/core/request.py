"""The transaction as one frozen value: what was scored is what is signed.

What belongs here: the fields, their canonical reading, the payload that is signed, and the digest that names
the whole. What must not: where a missing field could be looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from guard.core import rlp
from guard.core.access_list import AccessEntry, check_access_list
from guard.core.address import Address, keccak256
from guard.core.amounts import MAX_UINT256
from guard.core.authorization import SignedAuthorization
from guard.core.fields import (
    MAX_CHAIN_ID,
    MAX_NONCE,
    MAX_UINT64,
    check_address,
    check_integer,
    check_optional,
    check_word,
    wrong_field,
)
from guard.errors import InvalidRequest

LEGACY_TYPE = 0
"""What JSON-RPC calls a transaction without an EIP-2718 type byte."""
ACCESS_LIST_TYPE = 1
"""EIP-2718 type byte of a transaction with one gas price and an access list (EIP-2930)."""
FEE_MARKET_TYPE = 2
"""EIP-2718 type byte of a fee-market transaction, https://eips.ethereum.org/EIPS/eip-1559"""
BLOB_TYPE = 3
"""EIP-2718 type byte of a transaction that carries blobs, https://eips.ethereum.org/EIPS/eip-4844"""
SET_CODE_TYPE = 4
"""EIP-2718 type byte of a transaction that hands accounts to code (EIP-7702)."""

_DIGEST_DOMAIN = b"txguard/transaction/1\n"
_MAX_DATA = 128 * 1024
"""Bytes of calldata; nodes refuse larger transactions (geth's txMaxSize)."""
_MAX_LISTED = 1024
"""Authorizations, or blobs, of one transaction; the gas of a block pays for no more."""
_GAS_PER_BLOB = 2**17
_BLOB_HASH_VERSION = 1
"""GAS_PER_BLOB and VERSIONED_HASH_VERSION_KZG of EIP-4844."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyFee:
    """One price for gas, https://eips.ethereum.org/EIPS/eip-155"""

    gas_price: int
    """Wei for each unit of gas."""

    @property
    def ceiling(self) -> int:
        """The most wei that one unit of gas can cost."""
        return self.gas_price


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketFee:
    """A ceiling and a tip, https://eips.ethereum.org/EIPS/eip-1559"""

    max_fee_per_gas: int
    """Wei for each unit of gas, base fee and tip together."""
    max_priority_fee_per_gas: int
    """Wei for each unit of gas that go to the block's proposer."""

    @property
    def ceiling(self) -> int:
        """The most wei that one unit of gas can cost."""
        return self.max_fee_per_gas


Fee: TypeAlias = LegacyFee | MarketFee


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionRequest:
    """One transaction before it is signed.

    Fields may be None until a node or a flag has told them; such a request can be reviewed, and each review
    says what it could not see, but it cannot be signed. Raises InvalidRequest when a field is out of its
    range or of another type, and for fields that no one type of transaction has together.
    """

    sender: Address
    """Who signs and pays."""
    to: Address | None
    """The account or contract called; None creates a contract."""
    value: int = 0
    """Native value, wei."""
    data: bytes = b""
    """Calldata, or the creation code."""
    chain_id: int | None = None
    """EIP-155 chain id."""
    nonce: int | None = None
    """The sender's transaction count when this one is next."""
    gas_limit: int | None = None
    """Units of gas that it may use."""
    fee: Fee | None = None
    """What a unit of gas may cost."""
    access_list: tuple[AccessEntry, ...] = ()
    """The accounts and storage it says it will touch (EIP-2930)."""
    has_empty_access_list: bool = False
    """Whether it is of type 1 and its list is empty; one gas price without a list is type 0."""
    authorizations: tuple[SignedAuthorization, ...] = ()
    """The accounts that it hands over to code (EIP-7702)."""
    blob_versioned_hashes: tuple[bytes, ...] = ()
    """The names of the blobs that go with it, 32 bytes each (EIP-4844)."""
    max_fee_per_blob_gas: int | None = None
    """Wei for each unit of blob gas; None where there are no blobs, or it is not told."""

    def __post_init__(self) -> None:
        check_address("from", self.sender)
        if self.to is not None:
            check_address("to", self.to)
        if not isinstance(self.data, bytes):
            raise wrong_field("data", self.data, "bytes")
        if len(self.data) > _MAX_DATA:
            raise wrong_field("data", f"{len(self.data)} bytes", f"at most {_MAX_DATA} bytes")
        check_integer("value", self.value, 0, MAX_UINT256)
        check_optional("chain id", self.chain_id, 1, MAX_CHAIN_ID)
        check_optional("nonce", self.nonce, 0, MAX_NONCE)
        check_optional("gas limit", self.gas_limit, 1, MAX_UINT64)
        _check_fee(self.fee)
        if self.is_extended:
            _check_extension(self)

    @property
    def is_extended(self) -> bool:
        """Whether it has what only the newer types have: a list, authorizations, or blobs."""
        return bool(
            self.access_list
            or self.has_empty_access_list
            or self.authorizations
            or self.blob_versioned_hashes
            or self.max_fee_per_blob_gas is not None
        )

    @property
    def has_blobs(self) -> bool:
        """Whether blobs go with it (type 3)."""
        return bool(self.blob_versioned_hashes)

    @property
    def type_byte(self) -> int | None:
        """Its EIP-2718 type, 0 to 4; None while the way of paying that decides it is not told."""
        if self.authorizations:
            return SET_CODE_TYPE
        if self.blob_versioned_hashes:
            return BLOB_TYPE
        if self.fee is None:
            return None
        if isinstance(self.fee, MarketFee):
            return FEE_MARKET_TYPE
        return ACCESS_LIST_TYPE if self.access_list or self.has_empty_access_list else LEGACY_TYPE

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to be told, so that it can be signed."""
        told = None not in (self.chain_id, self.nonce, self.gas_limit, self.fee)
        return told and (not self.has_blobs or self.max_fee_per_blob_gas is not None)

    @property
    def max_fee_wei(self) -> int | None:
        """The most wei that gas and blobs can cost; None while limit or price are not told."""
        if self.gas_limit is None or self.fee is None:
            return None
        if not self.has_blobs:
            return self.gas_limit * self.fee.ceiling
        if self.max_fee_per_blob_gas is None:
            return None
        blobs = _GAS_PER_BLOB * len(self.blob_versioned_hashes) * self.max_fee_per_blob_gas
        return self.gas_limit * self.fee.ceiling + blobs


def unsigned_payload(request: TransactionRequest) -> bytes:
    """Return the exact bytes whose keccak-256 is signed; raises InvalidRequest for an incomplete request."""
    kind, fields = unsigned_fields(request)
    return (b"" if kind == LEGACY_TYPE else bytes([kind])) + rlp.encode(fields)


def unsigned_fields(request: TransactionRequest) -> tuple[int, list[rlp.Item]]:
    """Return the type and the fields that are signed; raises InvalidRequest for an incomplete request."""
    chain_id, nonce, gas_limit, fee = request.chain_id, request.nonce, request.gas_limit, request.fee
    kind = request.type_byte
    if kind is None or chain_id is None or nonce is None or gas_limit is None or not request.is_complete:
        raise InvalidRequest(
            "the transaction is not complete",
            hint="give chain id, nonce, gas limit and fees, or a node",
        )
    fields: list[rlp.Item] = [
        rlp.encode_integer(nonce),
        *(rlp.encode_integer(price) for price in _prices(fee)),
        rlp.encode_integer(gas_limit),
        b"" if request.to is None else request.to.to_bytes(),
        rlp.encode_integer(request.value),
        request.data,
    ]
    chain = rlp.encode_integer(chain_id)
    if kind == LEGACY_TYPE:
        # EIP-155: the chain id and two empty fields are signed in the place of the signature.
        return kind, [*fields, chain, b"", b""]
    return kind, [chain, *fields, _access_list(request), *_extra_fields(request)]


def _extra_fields(request: TransactionRequest) -> list[rlp.Item]:
    """Return what the types of blobs and of authorizations have after the access list."""
    if request.max_fee_per_blob_gas is not None:
        return [rlp.encode_integer(request.max_fee_per_blob_gas), list(request.blob_versioned_hashes)]
    return [_authorizations(request)] if request.authorizations else []


def _prices(fee: Fee | None) -> tuple[int, ...]:
    if isinstance(fee, MarketFee):
        return fee.max_priority_fee_per_gas, fee.max_fee_per_gas
    return () if fee is None else (fee.gas_price,)


def _access_list(request: TransactionRequest) -> list[rlp.Item]:
    return [entry.fields for entry in request.access_list]


def _authorizations(request: TransactionRequest) -> list[rlp.Item]:
    return [authorization.fields for authorization in request.authorizations]


def digest(request: TransactionRequest) -> str:
    """Return the 32-byte name of this request as 0x and 64 hex digits.

    It covers every field, the sender included; a field that is not told differs from every value of it. Two
    requests have the same digest exactly when they are equal.
    """

    def optional(number: int | None) -> rlp.Item:
        return [] if number is None else [rlp.encode_integer(number)]

    fee: rlp.Item = []
    if isinstance(request.fee, LegacyFee):
        fee = [rlp.encode_integer(request.fee.gas_price)]
    elif isinstance(request.fee, MarketFee):
        fee = [
            rlp.encode_integer(request.fee.max_fee_per_gas),
            rlp.encode_integer(request.fee.max_priority_fee_per_gas),
        ]
    fields: list[rlp.Item] = [
        request.sender.to_bytes(),
        b"" if request.to is None else request.to.to_bytes(),
        rlp.encode_integer(request.value),
        request.data,
        optional(request.chain_id),
        optional(request.nonce),
        optional(request.gas_limit),
        fee,
    ]
    if request.is_extended:
        # A request without any of these keeps the digest it had before they were known.
        fields += [
            _access_list(request),
            rlp.encode_integer(int(request.has_empty_access_list)),
            _authorizations(request),
            list(request.blob_versioned_hashes),
            optional(request.max_fee_per_blob_gas),
        ]
    return "0x" + keccak256(_DIGEST_DOMAIN + rlp.encode(fields)).hex()


def _check_fee(fee: Fee | None) -> None:
    if isinstance(fee, LegacyFee):
        check_integer("gas price", fee.gas_price, 0, MAX_UINT256)
    elif isinstance(fee, MarketFee):
        check_integer("maximum fee", fee.max_fee_per_gas, 0, MAX_UINT256)
        check_integer("priority fee", fee.max_priority_fee_per_gas, 0, MAX_UINT256)
        if fee.max_priority_fee_per_gas > fee.max_fee_per_gas:
            raise InvalidRequest(
                f"the priority fee, {fee.max_priority_fee_per_gas} wei, is above the maximum fee, "
                f"{fee.max_fee_per_gas} wei",
                hint="raise the gas price or lower the priority gas price",
            )
    elif fee is not None:
        raise wrong_field("fee", fee, "a LegacyFee or a MarketFee")


def _check_extension(request: TransactionRequest) -> None:
    check_access_list(request.access_list)
    hashes = request.blob_versioned_hashes
    for name, listed in (("authorizations", request.authorizations), ("blobs", hashes)):
        if len(listed) > _MAX_LISTED:
            raise wrong_field(name, f"{len(listed)} of them", f"at most {_MAX_LISTED}")
    for one in request.authorizations:
        if not isinstance(one, SignedAuthorization):
            raise wrong_field("authorizations", one, "SignedAuthorization values")
    for blob_hash in hashes:
        check_word("blob hash", blob_hash)
        if blob_hash[0] != _BLOB_HASH_VERSION:
            raise wrong_field("blob hash", "0x" + blob_hash.hex(), "of version 1 (EIP-4844)")
    check_optional("maximum blob fee", request.max_fee_per_blob_gas, 0, MAX_UINT256)
    if problem := _mixture(request):
        raise InvalidRequest(problem, hint="give the fields of one type of transaction")


def _mixture(request: TransactionRequest) -> str | None:
    """Return what no type of transaction has together, in words."""
    if request.authorizations and request.has_blobs:
        return "the transaction has both authorizations and blobs"
    if request.max_fee_per_blob_gas is not None and not request.has_blobs:
        return "the transaction has a blob fee and no blobs"
    if request.has_empty_access_list and (request.access_list or not isinstance(request.fee, LegacyFee)):
        return "the transaction says that its access list is empty, and is not of type 1 with an empty one"
    if not request.authorizations and not request.has_blobs:
        return None
    if request.to is None:
        return "a transaction with authorizations or blobs cannot create a contract"
    if isinstance(request.fee, LegacyFee):
        return "a transaction with authorizations or blobs has maxFeePerGas, and this one has a gas price"
    return None
