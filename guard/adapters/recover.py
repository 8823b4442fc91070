"""Signature recovery on secp256k1, by eth-keys (libsecp256k1 where coincurve is installed)."""

from __future__ import annotations

from dataclasses import replace

from eth_keys.datatypes import Signature as KeysSignature
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from guard.core.address import Address
from guard.core.request import TransactionRequest
from guard.core.rpc_request import Reviewable
from guard.core.signature import Signature, decode_signature
from guard.core.signature_request import SignatureRequest
from guard.core.signed import SignedTransaction
from guard.core.subject import Request
from guard.errors import InvalidRequest


def recover(signed: SignedTransaction) -> Address:
    """Return whose key made the signature; raises InvalidRequest when nobody's could."""
    signer = _signer(signed.signature, signed.signing_hash)
    if signer is None:
        raise InvalidRequest("the signature belongs to no key", hint="give the bytes unchanged")
    return signer


def recover_content(request: SignatureRequest, signature: bytes) -> Address:
    """Return whose key made the 65 bytes; raises InvalidRequest when nobody's could."""
    signer = _signer(decode_signature(signature), request.content.signing_hash)
    if signer is None:
        raise InvalidRequest("the signature belongs to no key", hint="give the bytes unchanged")
    return signer


def attributed(asked: Reviewable) -> Request:
    """Return what is asked for as a request of somebody: signed bytes as their signer's, authorizations too.

    Raises InvalidRequest for signed bytes that belong to no key.
    """
    request = asked.request(recover(asked)) if isinstance(asked, SignedTransaction) else asked
    if isinstance(request, TransactionRequest) and request.authorizations:
        return recover_authorities(request)
    return request


def recover_authorities(request: TransactionRequest) -> TransactionRequest:
    """Return the same request with the accounts named that its authorizations hand over.

    One whose signature belongs to no key stays without; the chain passes over it.
    """
    return replace(
        request,
        authorizations=tuple(
            replace(one, authority=_signer(one.signature, one.delegation.signing_hash))
            for one in request.authorizations
        ),
    )


def _signer(parts: Signature, signing_hash: bytes) -> Address | None:
    try:
        signature = KeysSignature(vrs=(parts.y_parity, parts.r, parts.s))
        public_key = signature.recover_public_key_from_msg_hash(signing_hash)
    except (BadSignature, ValidationError):
        return None
    return Address.from_bytes(public_key.to_canonical_address())
