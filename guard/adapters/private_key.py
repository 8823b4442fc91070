"""An opened private key: whose it is, and its signature under a transaction, a text or typed data.

What belongs here: the curve, by libsecp256k1. What must not: where a key comes from.

eth-account would do the same; it takes half a second of imports, which the signer process would pay for each
signature, and is the oracle of the tests instead.
"""

from __future__ import annotations

from coincurve import PrivateKey as CurveKey

from guard.core.address import NOBODY, Address, keccak256
from guard.core.authorization import Delegation
from guard.core.request import TransactionRequest, unsigned_payload
from guard.core.signature import Signature, encode_signature
from guard.core.signature_request import SignatureRequest, hash_to_sign
from guard.core.signed import encode_signed
from guard.errors import KeystoreError

KEY_BYTES = 32


class PrivateKey:
    """A key in memory. Its text form shows the address alone."""

    def __init__(self, key: bytes) -> None:
        """Take 32 bytes; raises KeystoreError, which does not repeat them, for what is no private key."""
        try:
            if len(key) != KEY_BYTES:
                raise _no_key()
            self._key = CurveKey(key)
        except (ValueError, TypeError):
            raise _no_key() from None

    @property
    def address(self) -> Address:
        """The account of this key."""
        return Address.from_bytes(keccak256(self._key.public_key.format(compressed=False)[1:])[-20:])

    def sign(self, request: TransactionRequest) -> bytes:
        """Return the signed bytes of exactly `request`; raises InvalidRequest for an incomplete one.

        The signature is deterministic (RFC 6979), its s in the lower half (EIP-2).
        """
        return encode_signed(request, self._signature(keccak256(unsigned_payload(request))))

    def sign_content(self, request: SignatureRequest) -> bytes:
        """Return the 65 bytes of a signature under a text or typed data.

        Raises InvalidRequest for a bare hash and for an authorization.
        """
        return encode_signature(self._signature(hash_to_sign(request)))

    def sign_authorization(self, delegation: Delegation) -> Signature:
        """Return the signature under an authorization that takes a delegation back.

        Raises KeystoreError for one that names any delegate: no key of this wallet hands its account over.
        """
        if delegation.delegate != NOBODY:
            raise KeystoreError(
                f"an authorization of the code of {delegation.delegate} is never signed here",
                hint="only the zero address is, which takes a delegation back",
            )
        return self._signature(delegation.signing_hash)

    def _signature(self, digest: bytes) -> Signature:
        signature = self._key.sign_recoverable(digest, hasher=None)
        return Signature(
            y_parity=signature[64],
            r=int.from_bytes(signature[:32], "big"),
            s=int.from_bytes(signature[32:64], "big"),
        )

    def __repr__(self) -> str:
        return f"<the key of {self.address}>"


def _no_key() -> KeystoreError:
    return KeystoreError("that is not a private key", hint="give 0x and 64 hex digits")
