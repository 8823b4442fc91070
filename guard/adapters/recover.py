"""Signature recovery on secp256k1, by eth-keys (libsecp256k1 where coincurve is installed)."""

from __future__ import annotations

from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from guard.core.address import Address
from guard.core.signed import SignedTransaction
from guard.errors import InvalidRequest


def recover(signed: SignedTransaction) -> Address:
    """Return whose key made the signature; raises InvalidRequest when nobody's could."""
    parts = signed.signature
    try:
        signature = Signature(vrs=(parts.y_parity, parts.r, parts.s))
        public_key = signature.recover_public_key_from_msg_hash(signed.signing_hash)
    except (BadSignature, ValidationError) as error:
        raise InvalidRequest("the signature belongs to no key", hint="give the bytes unchanged") from error
    return Address.from_bytes(public_key.to_canonical_address())
