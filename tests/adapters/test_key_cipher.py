"""The encryption of key files, against the official vectors, other programs' files, and eth-account.

E4 (what opens and does not fit), E9 (vectors, round trips, range of keys) and E10 (forms of a password).
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from guard.adapters import key_cipher
from guard.adapters.key_cipher import new_key, open_key_file, seal_key
from guard.adapters.key_file import ScryptCost, load_key_file
from guard.adapters.private_key import PrivateKey
from guard.errors import KeystoreError
from tests.adapters.key_files import (
    CAST_FILE,
    CAST_PASSWORD,
    CHEAP,
    ETHERS_FILE,
    ETHERS_PASSWORD,
    ETHERS_PHRASE_FILE,
    ETHERS_PHRASE_KEY,
    OTHERS_KEY,
    PASSWORD,
    PBKDF2_VECTOR,
    SCRYPT_VECTOR,
    VECTOR_KEY,
    VECTOR_PASSWORD,
    changed,
    encrypted,
    forms,
    key_file,
    told_by,
)
from tests.adapters.values import KEY, SIGNER

CHEAPEST = ScryptCost(n=2, r=1, p=1)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def opened(tmp_path: Path, document: object, password: str = PASSWORD) -> bytes:
    return open_key_file(load_key_file(key_file(tmp_path, document)), password)


@pytest.mark.parametrize(
    ("document", "password", "key"),
    [
        (PBKDF2_VECTOR, VECTOR_PASSWORD, VECTOR_KEY),
        (SCRYPT_VECTOR, VECTOR_PASSWORD, VECTOR_KEY),
        (CAST_FILE, CAST_PASSWORD, OTHERS_KEY),
        (ETHERS_FILE, ETHERS_PASSWORD, OTHERS_KEY),
        (ETHERS_PHRASE_FILE, ETHERS_PASSWORD, ETHERS_PHRASE_KEY),
        (CHEAP, PASSWORD, KEY),
        (encrypted(KEY), PASSWORD, KEY),
    ],
    ids=["official pbkdf2", "official scrypt", "cast", "ethers", "ethers phrase", "eth-account", "by hand"],
)
def test_e9_what_others_wrote_opens(
    tmp_path: Path, document: dict[str, Any], password: str, key: bytes
) -> None:
    assert opened(tmp_path, document, password) == key


def test_e9_a_thousand_keys_go_in_and_come_out(tmp_path: Path) -> None:
    for number in range(1000):
        # A quarter of them begin with zeros, up to 31.
        zeros = number % 32 if number % 4 == 0 else 0
        key = bytes(zeros) + (number + 1).to_bytes(32, "big")[-1:] + new_key()[zeros + 1 :]
        assert opened(tmp_path, seal_key(key, PASSWORD, CHEAPEST)) == key


def test_e9_eth_account_opens_what_is_written(tmp_path: Path) -> None:
    for key in (KEY, bytes(31) + b"\x01", (ORDER - 1).to_bytes(32, "big"), new_key()):
        document = json.loads(seal_key(key, "pässwörd", ScryptCost(n=4096, r=8, p=6)))
        assert bytes(Account.decrypt(document, "pässwörd")) == key
        assert document["address"] == PrivateKey(key).address[2:].lower()


@pytest.mark.parametrize(
    "key",
    [
        bytes(32),
        ORDER.to_bytes(32, "big"),
        (ORDER + 1).to_bytes(32, "big"),
        (2**256 - 1).to_bytes(32, "big"),
    ],
    ids=["0", "N", "N+1", "2^256-1"],
)
def test_e9_a_number_that_is_no_private_key_is_neither_sealed_nor_opened(tmp_path: Path, key: bytes) -> None:
    with pytest.raises(KeystoreError, match="not a private key") as sealing:
        seal_key(key, PASSWORD, CHEAPEST)
    with pytest.raises(KeystoreError, match="what it holds is not a private key") as opening:
        opened(tmp_path, encrypted(key))
    for caught in (sealing, opening):
        assert not [form for form in forms(key) if form in told_by(caught.value) and any(key)]


@pytest.mark.parametrize(
    ("document", "password", "told"),
    [
        (CHEAP, "wrong", "the password does not open the key file main"),
        (CHEAP, PASSWORD + " ", "the password does not open"),
        (CHEAP, "", "the password does not open"),
        (changed(CHEAP, "crypto.mac", "00" * 32), PASSWORD, "the password does not open"),
        (changed(CHEAP, "crypto.ciphertext", "00" * 32), PASSWORD, "the password does not open"),
        (changed(CHEAP, "crypto.kdfparams.salt", "00"), PASSWORD, "the password does not open"),
        (changed(CHEAP, "crypto.kdfparams.c", 1001), PASSWORD, "the password does not open"),
        (changed(CHEAP, "crypto.cipherparams.iv", "00" * 16), PASSWORD, "it says that it holds"),
        (changed(CHEAP, "address", "11" * 20), PASSWORD, f"0x1{{40}}, and holds {SIGNER.address}"),
    ],
)
def test_e4_what_does_not_open_or_is_anothers_is_refused_and_tells_neither_key_nor_password(
    tmp_path: Path, document: dict[str, Any], password: str, told: str
) -> None:
    with pytest.raises(KeystoreError, match=told) as caught:
        opened(tmp_path, document, password)
    text = told_by(caught.value)
    for secret in (KEY, PASSWORD.encode()):
        assert not [form for form in forms(secret) if form in text]


def test_e10_the_two_forms_of_a_password_differ_and_neither_is_tried_for_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    composed, decomposed = (unicodedata.normalize(form, "pässwörd") for form in ("NFC", "NFD"))
    document = seal_key(KEY, composed, CHEAPEST)
    assert opened(tmp_path, document, composed) == KEY
    entered: list[str] = []
    real = key_cipher._derive

    def derive(derivation: Any, salt: bytes, password: str) -> bytes:
        entered.append(password)
        return real(derivation, salt, password)

    monkeypatch.setattr(key_cipher, "_derive", derive)
    with pytest.raises(KeystoreError, match="does not open") as caught:
        opened(tmp_path, document, decomposed)
    assert entered == [decomposed]
    assert "(NFC and NFD) that differ" in caught.value.hint


def test_a_key_that_cannot_be_read_back_is_not_given_to_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = key_cipher._derive, []

    def forgetful(derivation: Any, salt: bytes, password: str) -> bytes:
        calls.append(salt)
        derived = real(derivation, salt, password)
        return derived if len(calls) > 1 else bytes([derived[0] ^ 1]) + derived[1:]

    monkeypatch.setattr(key_cipher, "_derive", forgetful)
    with pytest.raises(KeystoreError, match="could not be read back"):
        seal_key(KEY, PASSWORD, CHEAPEST)
    assert len(calls) == 2


def test_no_two_files_of_one_key_share_a_salt_or_a_counter() -> None:
    documents = [json.loads(seal_key(KEY, PASSWORD, CHEAPEST))["crypto"] for _ in range(2)]
    assert documents[0]["kdfparams"]["salt"] != documents[1]["kdfparams"]["salt"]
    assert documents[0]["cipherparams"]["iv"] != documents[1]["cipherparams"]["iv"]
    assert len({len(document["kdfparams"]["salt"]) for document in documents} | {64}) == 1
