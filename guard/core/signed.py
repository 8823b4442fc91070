"""Signed bytes, read again from scratch: the last look before anything leaves.

What belongs here: the canonical reading of signed types 0 to 4. What must not: recovering the signer, which
needs a curve and is a port's work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from guard.core import rlp
from guard.core.access_list import AccessEntry
from guard.core.address import Address, keccak256
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.request import (
    ACCESS_LIST_TYPE,
    BLOB_TYPE,
    FEE_MARKET_TYPE,
    LEGACY_TYPE,
    SET_CODE_TYPE,
    Fee,
    LegacyFee,
    MarketFee,
    TransactionRequest,
    unsigned_fields,
    unsigned_payload,
)
from guard.core.signature import Signature, check_signature
from guard.errors import DigestMismatch, InvalidRequest

_FIELDS = {
    LEGACY_TYPE: 9,
    ACCESS_LIST_TYPE: 11,
    FEE_MARKET_TYPE: 12,
    BLOB_TYPE: 14,
    SET_CODE_TYPE: 13,
}
"""How many fields a signed transaction of each type has: EIP-155, 2930, 1559, 4844 and 7702."""
_MAX_BYTES = 256 * 1024
"""Signed bytes; twice what nodes take of a transaction without blobs (geth's txMaxSize)."""

_PLACEHOLDER = Address.from_bytes(bytes(20))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTransaction:
    """Signed bytes and what they say."""

    raw: bytes
    """The bytes themselves."""
    hash: str
    """Keccak-256 of the bytes, 0x and 64 hex digits: the transaction's name on the chain."""
    signing_hash: bytes
    """Keccak-256 of the part that was signed."""
    signature: Signature
    """Who signed follows from it and the signing hash."""
    unattributed: TransactionRequest
    """Every field but the sender, which the bytes do not hold and which is the zero address here."""

    def request(self, sender: Address) -> TransactionRequest:
        """Return the request these bytes carry out, once the sender has been recovered."""
        return replace(self.unattributed, sender=sender)


def decode_signed(raw: bytes) -> SignedTransaction:
    """Read signed bytes of type 0 (with EIP-155 replay protection) to 4, in their one canonical form.

    Raises InvalidRequest for other types, trailing bytes, leading zeros, a high s, a wrong v, an empty list
    where the type asks for one, and a blob transaction with its blobs around it, as networks pass it on.
    """
    if len(raw) > _MAX_BYTES:
        raise InvalidRequest(
            f"signed bytes of {len(raw)} bytes are larger than any node takes without blobs",
            hint="give the transaction without its blobs",
        )
    kind = _type(raw)
    item = rlp.decode(raw if kind == LEGACY_TYPE else raw[1:])
    if kind == BLOB_TYPE and not isinstance(item, bytes) and item and not isinstance(item[0], bytes):
        raise InvalidRequest(
            "these are a transaction and its blobs, in the form in which networks pass them on",
            hint="give the signed transaction without its blobs",
        )
    if isinstance(item, bytes) or len(item) != _FIELDS[kind]:
        raise InvalidRequest(
            f"a signed transaction of this type is a list of {_FIELDS[kind]} fields",
            hint="give the bytes unchanged",
        )
    request, signature = _read_legacy(item) if kind == LEGACY_TYPE else _read_typed(kind, item)
    check_signature(signature)
    return SignedTransaction(
        raw=raw,
        hash="0x" + keccak256(raw).hex(),
        signing_hash=keccak256(unsigned_payload(request)),
        signature=signature,
        unattributed=request,
    )


def encode_signed(request: TransactionRequest, signature: Signature) -> bytes:
    """Return the bytes that carry `request` under this signature; `decode_signed` reads them back.

    Raises InvalidRequest for an incomplete request, and for a signature outside its canonical range.
    """
    check_signature(signature)
    kind, fields = unsigned_fields(request)
    parts = [rlp.encode_integer(number) for number in (signature.r, signature.s)]
    if kind != LEGACY_TYPE:
        return bytes([kind]) + rlp.encode([*fields, rlp.encode_integer(signature.y_parity), *parts])
    assert request.chain_id is not None
    # EIP-155: the last three fields of what was signed give way to v, r and s.
    v = rlp.encode_integer(35 + 2 * request.chain_id + signature.y_parity)
    return rlp.encode([*fields[:-3], v, *parts])


def check_signed(signed: SignedTransaction, recovered: Address, request: TransactionRequest) -> None:
    """Raise DigestMismatch unless these bytes carry out exactly `request`, signed by its sender."""
    if recovered != request.sender:
        raise DigestMismatch(
            f"the signer used the key of {recovered}, not of {request.sender}",
            hint="nothing was sent: check which account the signer holds",
        )
    if signed.request(recovered) != request:
        raise DigestMismatch(
            "the signed bytes are not the transaction that was scored",
            hint="nothing was sent: do not use this signer until you know why",
        )


def _type(raw: bytes) -> int:
    if raw and raw[0] >= 0xC0:
        return LEGACY_TYPE
    if raw and raw[0] in _FIELDS and raw[0] != LEGACY_TYPE:
        return raw[0]
    kind = f"type 0x{raw[0]:02x}" if raw else "empty"
    raise InvalidRequest(f"signed bytes of {kind} are not supported", hint="types 0 to 4 are")


def _read_typed(kind: int, fields: Sequence[rlp.Item]) -> tuple[TransactionRequest, Signature]:
    chain_id, nonce = (_integer(field) for field in fields[:2])
    prices = 1 if kind == ACCESS_LIST_TYPE else 2
    fee = _fee([_integer(field) for field in fields[2 : 2 + prices]])
    gas_limit, to, value, data, listed = fields[2 + prices : 7 + prices]
    access_list = tuple(_access_entry(entry) for entry in _items(listed, "the access list"))
    extra = fields[7 + prices : -3]
    request = TransactionRequest(
        sender=_PLACEHOLDER,
        to=_recipient(to),
        value=_integer(value),
        data=_calldata(data),
        chain_id=chain_id,
        nonce=nonce,
        gas_limit=_integer(gas_limit),
        fee=fee,
        access_list=access_list,
        has_empty_access_list=kind == ACCESS_LIST_TYPE and not access_list,
        authorizations=_authorizations(extra[0]) if kind == SET_CODE_TYPE else (),
        blob_versioned_hashes=_blob_hashes(extra[1]) if kind == BLOB_TYPE else (),
        max_fee_per_blob_gas=_integer(extra[0]) if kind == BLOB_TYPE else None,
    )
    y_parity, r, s = (_integer(field) for field in fields[-3:])
    return request, Signature(y_parity=y_parity, r=r, s=s)


def _fee(prices: list[int]) -> Fee:
    if len(prices) == 1:
        return LegacyFee(gas_price=prices[0])
    return MarketFee(max_priority_fee_per_gas=prices[0], max_fee_per_gas=prices[1])


def _access_entry(item: rlp.Item) -> AccessEntry:
    address, keys = _items(item, "an entry of the access list", 2)
    return AccessEntry(
        address=_address(address, "the access list's address"),
        storage_keys=tuple(_bytes(key, "a storage key") for key in _items(keys, "the storage keys")),
    )


def _authorizations(item: rlp.Item) -> tuple[SignedAuthorization, ...]:
    listed = _items(item, "the authorization list")
    if not listed:
        raise InvalidRequest("the authorization list is empty", hint="give the bytes unchanged")
    return tuple(_authorization(one) for one in listed)


def _authorization(item: rlp.Item) -> SignedAuthorization:
    chain_id, delegate, nonce, y_parity, r, s = _items(item, "an authorization", 6)
    return SignedAuthorization(
        delegation=Delegation(
            chain_id=_integer(chain_id),
            delegate=_address(delegate, "the authorization's address"),
            nonce=_integer(nonce),
        ),
        signature=Signature(y_parity=_integer(y_parity), r=_integer(r), s=_integer(s)),
    )


def _blob_hashes(item: rlp.Item) -> tuple[bytes, ...]:
    listed = _items(item, "the list of blobs")
    if not listed:
        raise InvalidRequest("the list of blobs is empty", hint="give the bytes unchanged")
    return tuple(_bytes(one, "a blob hash") for one in listed)


def _read_legacy(fields: Sequence[rlp.Item]) -> tuple[TransactionRequest, Signature]:
    numbers = [_integer(field) for field in (*fields[:3], fields[4], *fields[6:])]
    nonce, gas_price, gas_limit, value, v, r, s = numbers
    if v < 37:
        raise InvalidRequest(
            f"v is {v}: the bytes are not bound to a chain (EIP-155) and could be replayed on any",
            hint="sign again with a chain id",
        )
    chain_id, y_parity = divmod(v - 35, 2)
    request = TransactionRequest(
        sender=_PLACEHOLDER,
        to=_recipient(fields[3]),
        value=value,
        data=_calldata(fields[5]),
        chain_id=chain_id,
        nonce=nonce,
        gas_limit=gas_limit,
        fee=LegacyFee(gas_price=gas_price),
    )
    return request, Signature(y_parity=y_parity, r=r, s=s)


def _recipient(item: rlp.Item) -> Address | None:
    return None if item == b"" else _address(item, "`to`")


def _address(item: rlp.Item, name: str) -> Address:
    if not isinstance(item, bytes) or len(item) != 20:
        raise InvalidRequest(f"{name} is not an address", hint="give the bytes unchanged")
    return Address.from_bytes(item)


def _calldata(item: rlp.Item) -> bytes:
    return _bytes(item, "`data`")


def _bytes(item: rlp.Item, name: str) -> bytes:
    if not isinstance(item, bytes):
        raise InvalidRequest(f"{name} is not bytes", hint="give the bytes unchanged")
    return item


def _integer(item: rlp.Item) -> int:
    return rlp.decode_integer(item, "a field")


def _items(item: rlp.Item, name: str, count: int | None = None) -> Sequence[rlp.Item]:
    if isinstance(item, bytes) or count not in (None, len(item)):
        expected = "a list" if count is None else f"a list of {count} fields"
        raise InvalidRequest(f"{name} is not {expected}", hint="give the bytes unchanged")
    return item
