"""An ECDSA signature as Ethereum takes it.

What belongs here: its parts and their canonical range. What must not: recovering the signer, which needs a
curve and is a port's work.
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
