"""An ECDSA signature as Ethereum takes it.

What belongs here: its parts, their canonical range, and its 65 bytes. What must not: recovering the signer,
which needs a curve and is a port's work.
"""

from __future__ import annotations

from dataclasses import dataclass

from guard.errors import InvalidRequest

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of secp256k1, https://www.secg.org/sec2-v2.pdf"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """An ECDSA signature over secp256k1, s in the lower half (EIP-2)."""

    y_parity: int
    """0 or 1."""
    r: int
    """Between 1 and the curve order."""
    s: int
    """Between 1 and half the curve order."""


def check_signature(signature: Signature) -> None:
    """Raise InvalidRequest for a signature outside of its canonical range."""
    if signature.y_parity not in (0, 1):
        raise InvalidRequest("the signature's parity is not 0 or 1", hint="give the bytes unchanged")
    if not 0 < signature.r < CURVE_ORDER or not 0 < signature.s <= CURVE_ORDER // 2:
        raise InvalidRequest(
            "the signature is not in its canonical range (EIP-2)", hint="give the bytes unchanged"
        )


def encode_signature(signature: Signature) -> bytes:
    """Return the 65 bytes that wallets return for a text or typed data: r, s, and v, which is 27 or 28."""
    check_signature(signature)
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
    check_signature(signature)
    return signature
