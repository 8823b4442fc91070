"""Key files that the tests share: official vectors, files that other programs wrote, and ways to break them.

What belongs here: documents and the writing of them. What must not: assertions.
"""

from __future__ import annotations

import base64
import copy
import json
import traceback
from hashlib import pbkdf2_hmac
from pathlib import Path
from typing import Any

from Crypto.Cipher import AES
from Crypto.Util import Counter
from eth_account import Account

from guard.core.address import Address, keccak256
from tests.adapters.values import KEY

PASSWORD = "canary-password-7391"
VECTOR_PASSWORD = "testpassword"
VECTOR_KEY = bytes.fromhex("7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d")
VECTOR_ADDRESS = Address.parse("0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b")

# https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage/#test-vectors
PBKDF2_VECTOR: dict[str, Any] = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": {
            "c": 262144,
            "dklen": 32,
            "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
        },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}
SCRYPT_VECTOR: dict[str, Any] = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "kdf": "scrypt",
        "kdfparams": {
            "dklen": 32,
            "n": 262144,
            "p": 8,
            "r": 1,
            "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
        },
        "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}

OTHERS_KEY = bytes.fromhex("00000000000000000000000000000000000000000000000000000000c0ffee07")
OTHERS_ADDRESS = Address.parse("0x2F3F1194F5C83A8a328479A2a7F4a440849AC768")

# Written by `cast wallet import` 1.7.1.
CAST_PASSWORD = "cast pässword"
CAST_FILE: dict[str, Any] = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "773bc141b62803c50aff7bad31c6e274"},
        "ciphertext": "884ca80cceec8d2d8c668e5419c5e17362b8f643d2f56808111faac7bd4fa54c",
        "kdf": "scrypt",
        "kdfparams": {
            "dklen": 32,
            "n": 8192,
            "p": 1,
            "r": 8,
            "salt": "4aa8e3934b9c6db8962919104533bb19777c8dac3caa60ee68883bad8ff8b8e3",
        },
        "mac": "8379610949fbdd9dd61f40b8776baab668162827fbd82c2f97205792edc441ce",
    },
    "id": "04100e86-09ad-449d-8f99-442c8b8cec77",
    "version": 3,
}

# Written by ethers 6.17.0: of a private key, and of a phrase (the public one of development nodes).
ETHERS_PASSWORD = "ethers pässword"
ETHERS_FILE: dict[str, Any] = {
    "address": "2f3f1194f5c83a8a328479a2a7f4a440849ac768",
    "id": "a48aba26-3929-4525-8ee3-09a3b1d39c6a",
    "version": 3,
    "Crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "af27bbef60440d21e8ac38cb69b15f45"},
        "ciphertext": "afceb8f2b899dca6e135d2fea7df4432b3b6bc60da7f234f28431c9c27c6523e",
        "kdf": "scrypt",
        "kdfparams": {
            "salt": "52021a0a3e0ed7c80398f6b938edf6aef47ebe9a0a218643f1a2946a030623be",
            "n": 1024,
            "dklen": 32,
            "p": 1,
            "r": 8,
        },
        "mac": "7d43fbcc0b1a7d8d62b3cb81e71dc3d2949f3f1095d69a30ca6763928533c2d4",
    },
}
ETHERS_PHRASE_KEY = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
ETHERS_PHRASE_ADDRESS = Address.parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
ETHERS_PHRASE_FILE: dict[str, Any] = {
    "address": "f39fd6e51aad88f6f4ce6ab8827279cfffb92266",
    "id": "d4940504-05d8-45ac-904a-e178378d69de",
    "version": 3,
    "Crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "5d6292d7c0d3d3522b6eec1223ea0a45"},
        "ciphertext": "e92593735c1b8ccc3c8cb3b70140249dbb5649486a4e5ec039fbf5d590f78b22",
        "kdf": "scrypt",
        "kdfparams": {
            "salt": "dfed385341d8a8e6ebca6ddc2955267ca7fabec7a1ad3a5d96bb2d11c1036de1",
            "n": 1024,
            "dklen": 32,
            "p": 1,
            "r": 8,
        },
        "mac": "09056b7273deeb8c5bb6ec8a11eb60e3f12a2a4280b9f31c8f72e2bfd1b3965b",
    },
    "x-ethers": {
        "client": "ethers/6.17.0",
        "gethFilename": "UTC--2026-11-20T14-31-11.0Z--f39fd6e51aad88f6f4ce6ab8827279cfffb92266",
        "path": "m/44'/60'/0'/0/0",
        "locale": "en",
        "mnemonicCounter": "104e7296db56813a4df7fa49664e067d",
        "mnemonicCiphertext": "f37c62d9f5d48019543eb19e275afe17",
        "version": "0.1",
    },
}

# Cheap in its key derivation.
CHEAP: dict[str, Any] = Account.encrypt(KEY, PASSWORD, kdf="pbkdf2", iterations=1000)


def key_file(tmp_path: Path, document: object, name: str = "main", mode: int = 0o600) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    path.chmod(mode)
    return path


def changed(document: dict[str, Any], place: str, value: object) -> dict[str, Any]:
    """Return the document with one value replaced, `crypto.kdfparams.n` say; None removes it."""
    result = copy.deepcopy(document)
    *way, last = place.split(".")
    inner = result
    for step in way:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return result


def encrypted(key: bytes) -> dict[str, Any]:
    """Return a key file of these bytes, which eth-account would not encrypt."""
    derived = pbkdf2_hmac("sha256", PASSWORD.encode(), b"salt", 1000, 32)
    counter = Counter.new(128, initial_value=1)
    ciphertext = AES.new(derived[:16], AES.MODE_CTR, counter=counter).encrypt(key)
    return {
        "version": 3,
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": "00" * 15 + "01"},
            "ciphertext": ciphertext.hex(),
            "kdf": "pbkdf2",
            "kdfparams": {"c": 1000, "dklen": 32, "prf": "hmac-sha256", "salt": b"salt".hex()},
            "mac": keccak256(derived[16:] + ciphertext).hex(),
        },
    }


def forms(secret: bytes) -> list[bytes]:
    """Return a secret as it could be written down: raw, hex, base64, and each of them backwards."""
    written = [secret, secret.hex().encode(), base64.b64encode(secret), str(int.from_bytes(secret)).encode()]
    return [form for text in written for form in (text, text[::-1])]


def told_by(error: BaseException) -> bytes:
    trace = traceback.TracebackException.from_exception(error).format()
    return "".join([repr(error), str(error), *trace]).encode("utf-8", "surrogateescape")
