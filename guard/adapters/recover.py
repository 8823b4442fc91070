"""Signature recovery on secp256k1, by eth-keys (libsecp256k1 where coincurve is installed)."""

from __future__ import annotations

from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from guard.core.address import Address
from guard.core.signature_request import SignatureRequest
from guard.core.signed import Signature as SignatureParts
from guard.core.signed import SignedTransaction, decode_signature
from guard.errors import InvalidRequest


def recover(signed: SignedTransaction) -> Address:
    """Return whose key made the signature; raises InvalidRequest when nobody's could."""
    return _recover(signed.signing_hash, signed.signature)


def recover_content(request: SignatureRequest, signature: bytes) -> Address:
    """Return whose key made the 65 bytes; raises InvalidRequest when nobody's could."""
    return _recover(request.content.signing_hash, decode_signature(signature))


def _recover(digest: bytes, parts: SignatureParts) -> Address:
    try:
        signature = Signature(vrs=(parts.y_parity, parts.r, parts.s))
        public_key = signature.recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError) as error:
        raise InvalidRequest("the signature belongs to no key", hint="give the bytes unchanged") from error
    return Address.from_bytes(public_key.to_canonical_address())
