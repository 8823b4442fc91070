"""Signed bytes, read again from scratch: the last look before anything leaves.

What belongs here: the canonical reading of signed types 0 and 2. What must not: recovering the signer, which
needs a curve and is a port's work.
"""

from __future__ import annotations

from dataclasses import dataclass

from guard.core import rlp
from guard.core.address import Address, keccak256
from guard.core.request import (
    FEE_MARKET_TYPE,
    LegacyFee,
    MarketFee,
    TransactionRequest,
    unsigned_payload,
)
from guard.errors import DigestMismatch, InvalidRequest

_CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of secp256k1, https://www.secg.org/sec2-v2.pdf"""
_PLACEHOLDER = Address.from_bytes(bytes(20))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """An ECDSA signature over secp256k1, s in the lower half (EIP-2)."""

    y_parity: int
    """0 or 1."""
    r: int
    """Between 1 and the curve order."""
    s: int
    """Between 1 and half the curve order."""


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
        fields = self.unattributed
        return TransactionRequest(
            sender=sender,
            to=fields.to,
            value=fields.value,
            data=fields.data,
            chain_id=fields.chain_id,
            nonce=fields.nonce,
            gas_limit=fields.gas_limit,
            fee=fields.fee,
        )


def decode_signed(raw: bytes) -> SignedTransaction:
    """Read signed bytes of type 0 (with EIP-155 replay protection) or 2, in their one canonical form.

    Raises InvalidRequest for other types, trailing bytes, leading zeros, a high s, a wrong v, an access list.
    """
    if raw[:1] == bytes([FEE_MARKET_TYPE]):
        request, signature = _read_fee_market(_fields(raw[1:], 12))
    elif raw[:1] and raw[0] >= 0xC0:
        request, signature = _read_legacy(_fields(raw, 9))
    else:
        kind = f"type 0x{raw[0]:02x}" if raw else "empty"
        raise InvalidRequest(f"signed bytes of {kind} are not supported", hint="types 0 and 2 are")
    _check_signature(signature)
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
    _check_signature(signature)
    payload = unsigned_payload(request)
    parts = [rlp.encode_integer(number) for number in (signature.r, signature.s)]
    if payload[0] == FEE_MARKET_TYPE:
        fields = _fields(payload[1:], 9)
        signed: list[rlp.Item] = [*fields, rlp.encode_integer(signature.y_parity), *parts]
        return payload[:1] + rlp.encode(signed)
    assert request.chain_id is not None
    # EIP-155: the last three fields of what was signed give way to v, r and s.
    v = rlp.encode_integer(35 + 2 * request.chain_id + signature.y_parity)
    return rlp.encode([*_fields(payload, 9)[:6], v, *parts])


def encode_signature(signature: Signature) -> bytes:
    """Return the 65 bytes that wallets return for a text or typed data: r, s, and v, which is 27 or 28."""
    _check_signature(signature)
    v = bytes([27 + signature.y_parity])
    return signature.r.to_bytes(32, "big") + signature.s.to_bytes(32, "big") + v


def decode_signature(raw: bytes) -> Signature:
    """Read 65 bytes in their one canonical form.

    Raises InvalidRequest for another length, a v other than 27 and 28, and a high s.
    """
    if len(raw) != 65 or raw[64] not in (27, 28):
        raise InvalidRequest(
            "that is not a signature of 65 bytes whose last is 27 or 28", hint="give the bytes unchanged"
        )
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big")
    signature = Signature(y_parity=raw[64] - 27, r=r, s=s)
    _check_signature(signature)
    return signature


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


def _fields(encoded: bytes, count: int) -> list[rlp.Item]:
    item = rlp.decode(encoded)
    if isinstance(item, bytes) or len(item) != count:
        raise InvalidRequest(
            f"a signed transaction of this type is a list of {count} fields", hint="give the bytes unchanged"
        )
    return list(item)


def _read_fee_market(fields: list[rlp.Item]) -> tuple[TransactionRequest, Signature]:
    if fields[8] != []:
        raise InvalidRequest("access lists are not supported", hint="sign it without one")
    numbers = [rlp.decode_integer(field, "a field") for field in (*fields[:5], fields[6], *fields[9:])]
    chain_id, nonce, tip, ceiling, gas_limit, value, y_parity, r, s = numbers
    request = TransactionRequest(
        sender=_PLACEHOLDER,
        to=_recipient(fields[5]),
        value=value,
        data=_calldata(fields[7]),
        chain_id=chain_id,
        nonce=nonce,
        gas_limit=gas_limit,
        fee=MarketFee(max_fee_per_gas=ceiling, max_priority_fee_per_gas=tip),
    )
    return request, Signature(y_parity=y_parity, r=r, s=s)


def _read_legacy(fields: list[rlp.Item]) -> tuple[TransactionRequest, Signature]:
    numbers = [rlp.decode_integer(field, "a field") for field in (*fields[:3], fields[4], *fields[6:])]
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
    if not isinstance(item, bytes) or len(item) not in (0, 20):
        raise InvalidRequest("`to` is not an address", hint="give the bytes unchanged")
    return Address.from_bytes(item) if item else None


def _calldata(item: rlp.Item) -> bytes:
    if not isinstance(item, bytes):
        raise InvalidRequest("`data` is not bytes", hint="give the bytes unchanged")
    return item


def _check_signature(signature: Signature) -> None:
    if signature.y_parity not in (0, 1):
        raise InvalidRequest("the signature's parity is not 0 or 1", hint="give the bytes unchanged")
    if not 0 < signature.r < _CURVE_ORDER or not 0 < signature.s <= _CURVE_ORDER // 2:
        raise InvalidRequest(
            "the signature is not in its canonical range (EIP-2)", hint="give the bytes unchanged"
        )
