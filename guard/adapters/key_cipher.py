"""The encryption of key files: password and judged file in, key out, and the other way round.

Rule: whatever a library says here may repeat the password or the key; none of its text goes further.

Source: https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage/
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import uuid

from Crypto.Cipher import AES

from guard.adapters.key_file import CIPHER, DERIVED_BYTES, Encryption, KeyFile, ScryptCost, unusable
from guard.adapters.private_key import KEY_BYTES, PrivateKey
from guard.core.address import keccak256
from guard.errors import KeystoreError


def open_key_file(key_file: KeyFile, password: str) -> bytes:
    """Return the private key that a file holds.

    Raises KeystoreError for a wrong password, for bytes that are no key, and for the key of another account
    than the file names.
    """
    key = _decrypt(key_file.encryption, password)
    if key is None:
        raise KeystoreError(
            f"the password does not open the key file {key_file.path.name}",
            hint="check it; letters with accents can be typed in two forms (NFC and NFD) that differ",
        )
    try:
        address = PrivateKey(key).address
    except KeystoreError:
        raise unusable(key_file.path, "what it holds is not a private key") from None
    if key_file.address not in (None, address):
        raise unusable(key_file.path, f"it says that it holds {key_file.address}, and holds {address}")
    return key


def seal_key(key: bytes, password: str, cost: ScryptCost) -> str:
    """Return the text of a key file that holds `key`; raises KeystoreError for what is no private key.

    The key is opened again before it is trusted to the file: a fault of the memory would be found years
    later otherwise.
    """
    address = PrivateKey(key).address
    salt, iv = secrets.token_bytes(32), secrets.token_bytes(16)
    derived = _derive(cost, salt, password)
    ciphertext = _apply_cipher(derived[:16], iv, key)
    mac = keccak256(derived[16:] + ciphertext)
    written = Encryption(derivation=cost, salt=salt, iv=iv, ciphertext=ciphertext, mac=mac)
    if _decrypt(written, password) != key:
        raise KeystoreError(
            "the key could not be read back from what was encrypted, and nothing was written",
            hint="this machine's memory or processor is at fault: use another one",
        )
    document = {
        "address": address[2:].lower(),
        "crypto": {
            "cipher": CIPHER,
            "cipherparams": {"iv": iv.hex()},
            "ciphertext": ciphertext.hex(),
            "kdf": "scrypt",
            "kdfparams": {"dklen": DERIVED_BYTES, "n": cost.n, "r": cost.r, "p": cost.p, "salt": salt.hex()},
            "mac": mac.hex(),
        },
        "id": str(uuid.uuid4()),
        "version": 3,
    }
    return json.dumps(document, indent=2) + "\n"


def new_key() -> bytes:
    """Return a fresh private key from the system's randomness."""
    while True:
        key = secrets.token_bytes(KEY_BYTES)
        try:
            PrivateKey(key)
        except KeystoreError:
            # One of 2^128 draws is zero or beyond the curve's order.
            continue
        return key


def _decrypt(encryption: Encryption, password: str) -> bytes | None:
    """Return the bytes behind the password, or None where the MAC says that it is another."""
    derived = _derive(encryption.derivation, encryption.salt, password)
    if not hmac.compare_digest(keccak256(derived[16:] + encryption.ciphertext), encryption.mac):
        return None
    return _apply_cipher(derived[:16], encryption.iv, encryption.ciphertext)


def _derive(derivation: ScryptCost | int, salt: bytes, password: str) -> bytes:
    # The bytes of the password as they were typed: geth and cast do not normalise Unicode either.
    secret = password.encode("utf-8", "surrogateescape")
    if isinstance(derivation, int):
        return hashlib.pbkdf2_hmac("sha256", secret, salt, derivation, DERIVED_BYTES)
    # Not `hashlib.scrypt`: OpenSSL refuses n of 2^16 and more where r is 1, which the official vector has.
    from Crypto.Protocol.KDF import scrypt

    derived = scrypt(secret, salt, DERIVED_BYTES, N=derivation.n, r=derivation.r, p=derivation.p)  # type: ignore[arg-type]
    assert isinstance(derived, bytes)
    return derived


def _apply_cipher(key: bytes, iv: bytes, content: bytes) -> bytes:
    """Encrypt or decrypt, which are the same in counter mode."""
    return AES.new(key, AES.MODE_CTR, nonce=b"", initial_value=iv).encrypt(content)
