"""Key files before they are opened: which are refused, at what cost, and with which way to mend them.

E2, E3 and E4 of the threats are here: modes and owners; costs of the key derivation; forms and addresses.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import tracemalloc
from pathlib import Path
from typing import Any

import Crypto.Protocol.KDF
import pytest

from guard.adapters.key_file import ScryptCost, load_key_file
from guard.errors import KeystoreError
from tests.adapters.key_files import (
    CAST_FILE,
    CHEAP,
    ETHERS_FILE,
    ETHERS_PHRASE_FILE,
    OTHERS_ADDRESS,
    PBKDF2_VECTOR,
    SCRYPT_VECTOR,
    changed,
    key_file,
)
from tests.adapters.values import SIGNER


def test_what_the_official_vectors_say_is_read(tmp_path: Path) -> None:
    pbkdf2 = load_key_file(key_file(tmp_path, PBKDF2_VECTOR, "pbkdf2"))
    scrypt = load_key_file(key_file(tmp_path, SCRYPT_VECTOR, "scrypt"))
    assert (pbkdf2.address, pbkdf2.encryption.derivation) == (None, 262144)
    assert (scrypt.address, scrypt.encryption.derivation) == (None, ScryptCost(n=262144, r=1, p=8))
    assert pbkdf2.encryption.salt.hex() == PBKDF2_VECTOR["crypto"]["kdfparams"]["salt"]
    assert scrypt.content == (tmp_path / "keys" / "scrypt").read_bytes()


def test_files_of_cast_and_ethers_are_read_as_they_are(tmp_path: Path) -> None:
    read = [
        load_key_file(key_file(tmp_path, document, str(number)))
        for number, document in enumerate([CAST_FILE, ETHERS_FILE, ETHERS_PHRASE_FILE])
    ]
    assert [(file.address is None, file.others) for file in read] == [
        (True, ()),
        (False, ()),
        (False, ("x-ethers",)),
    ]
    assert read[1].address == OTHERS_ADDRESS


@pytest.mark.parametrize("name", ["Crypto", "CRYPTO"])
def test_a_crypto_section_in_another_case_is_read_as_geth_reads_it(tmp_path: Path, name: str) -> None:
    document = {**CHEAP, name: CHEAP["crypto"]}
    del document["crypto"]
    assert load_key_file(key_file(tmp_path, document)).encryption.derivation == 1000


@pytest.mark.parametrize(
    "written",
    [
        SIGNER.address[2:].lower(),
        SIGNER.address[2:],
        SIGNER.address,
        SIGNER.address[2:].upper(),
    ],
)
def test_the_address_is_read_with_or_without_0x_in_any_case(tmp_path: Path, written: str) -> None:
    assert load_key_file(key_file(tmp_path, changed(CHEAP, "address", written))).address == SIGNER.address


UNFIT: list[tuple[object, str]] = [
    ("", "not JSON"),
    ("{", "not JSON"),
    ("[" * 50_000, "nested deeper"),
    ([], "not a JSON object"),
    ("null", "not a JSON object"),
    (json.dumps(CHEAP)[:-1] + ', "version": 3}', "a key given twice"),
    (changed(CHEAP, "version", None), "not a version 3 keystore"),
    (changed(CHEAP, "version", "3"), "not a version 3 keystore"),
    (changed(CHEAP, "version", 4), "not a version 3 keystore"),
    (changed(CHEAP, "version", 1), "not a version 3 keystore"),
    (changed(CHEAP, "crypto", None), "no crypto section"),
    (changed(CHEAP, "crypto", []), "no crypto section"),
    ({**CHEAP, "Crypto": CHEAP["crypto"]}, "differ by case alone"),
    ({**CHEAP, "Version": 4}, "differ by case alone"),
    (changed(CHEAP, "crypto.KDF", "scrypt"), "differ by case alone"),
    (changed(CHEAP, "crypto.kdfparams.C", 10**12), "differ by case alone"),
    (changed(CHEAP, "crypto.kdf", "argon2id"), "neither scrypt nor pbkdf2"),
    (changed(CHEAP, "crypto.kdf", None), "neither scrypt nor pbkdf2"),
    (changed(CHEAP, "crypto.kdfparams", None), "must give 32 bytes"),
    (changed(CHEAP, "crypto.kdfparams.dklen", 0), "must give 32 bytes"),
    (changed(CHEAP, "crypto.kdfparams.dklen", 2**31), "must give 32 bytes"),
    (changed(CHEAP, "crypto.kdfparams.dklen", "32"), "must give 32 bytes"),
    (changed(CHEAP, "crypto.kdfparams.c", 1), "pbkdf2 rounds are out of bounds"),
    (changed(CHEAP, "crypto.kdfparams.c", 999), "pbkdf2 rounds are out of bounds"),
    (changed(CHEAP, "crypto.kdfparams.c", 20_000_001), "pbkdf2 rounds are out of bounds"),
    (changed(CHEAP, "crypto.kdfparams.c", 10**12), "pbkdf2 rounds are out of bounds"),
    (changed(CHEAP, "crypto.kdfparams.c", 1e6), "pbkdf2 rounds are out of bounds"),
    (changed(CHEAP, "crypto.kdfparams.c", "1000"), "pbkdf2 rounds are out of bounds"),
    (changed(CHEAP, "crypto.kdfparams.c", None), "pbkdf2 rounds are out of bounds"),
    (changed(SCRYPT_VECTOR, "crypto.kdfparams.n", 2**30), "scrypt cost is out of bounds"),
    (changed(SCRYPT_VECTOR, "crypto.kdfparams.n", 3), "scrypt cost is not valid"),
    (changed(SCRYPT_VECTOR, "crypto.kdfparams.n", 1), "scrypt cost is not valid"),
    (changed(SCRYPT_VECTOR, "crypto.kdfparams.n", 0), "scrypt cost is not valid"),
    (changed(SCRYPT_VECTOR, "crypto.kdfparams.n", -2), "scrypt cost is not valid"),
    (changed(SCRYPT_VECTOR, "crypto.kdfparams.n", True), "scrypt cost is not valid"),
    (changed(SCRYPT_VECTOR, "crypto.kdfparams.n", 262144.0), "scrypt cost is not valid"),
    (changed(SCRYPT_VECTOR, "crypto.kdfparams.p", 10**6), "scrypt cost is out of bounds"),
    (changed(SCRYPT_VECTOR, "crypto.kdfparams.p", 0), "scrypt cost is not valid"),
    (changed(SCRYPT_VECTOR, "crypto.kdfparams.p", None), "scrypt cost is not valid"),
    (changed(SCRYPT_VECTOR, "crypto.kdfparams.r", 2**20), "scrypt cost is out of bounds"),
    (
        changed(changed(SCRYPT_VECTOR, "crypto.kdfparams.r", 2**20), "crypto.kdfparams.n", 2),
        "scrypt cost is out of bounds",
    ),
    (
        changed(changed(SCRYPT_VECTOR, "crypto.kdfparams.r", 65), "crypto.kdfparams.n", 2),
        "scrypt cost is out of bounds",
    ),
    (changed(CHEAP, "address", "1234"), "not an address"),
    (changed(CHEAP, "address", 5), "not an address"),
    (changed(CHEAP, "version", True), "not a version 3 keystore"),
    (changed(CHEAP, "version", 3.0), "not a version 3 keystore"),
    (changed(CHEAP, "crypto.cipher", "aes-128-cbc"), "its cipher is not aes-128-ctr"),
    (changed(CHEAP, "crypto.cipher", None), "its cipher is not aes-128-ctr"),
    (changed(CHEAP, "crypto.cipherparams", None), "its iv is not 16 bytes in hex"),
    (changed(CHEAP, "crypto.cipherparams.iv", "00" * 15), "its iv is not 16 bytes in hex"),
    (changed(CHEAP, "crypto.ciphertext", None), "its ciphertext is not 32 bytes in hex"),
    (changed(CHEAP, "crypto.ciphertext", "00" * 31), "its ciphertext is not 32 bytes in hex"),
    (changed(CHEAP, "crypto.ciphertext", "00" * 33), "its ciphertext is not 32 bytes in hex"),
    (changed(CHEAP, "crypto.mac", None), "its mac is not 32 bytes in hex"),
    (changed(CHEAP, "crypto.mac", "zz" * 32), "its mac is not 32 bytes in hex"),
    (changed(CHEAP, "crypto.kdfparams.salt", None), "its salt is not hex"),
    (changed(CHEAP, "crypto.kdfparams.salt", "0"), "its salt is not hex"),
    (changed(CHEAP, "crypto.kdfparams.salt", "00" * 1025), "its salt is not hex"),
    (changed(CHEAP, "crypto.kdfparams.salt", 5), "its salt is not hex"),
    (changed(CHEAP, "crypto.kdfparams.prf", "hmac-sha1"), "its pbkdf2 is not over hmac-sha256"),
    (changed(CHEAP, "crypto.kdfparams.prf", None), "its pbkdf2 is not over hmac-sha256"),
    (json.dumps(CHEAP) + " " * 65536, "too large"),
]


E3_COSTS = [
    changed(SCRYPT_VECTOR, "crypto.kdfparams.n", 2**30),
    changed(SCRYPT_VECTOR, "crypto.kdfparams.n", 3),
    changed(SCRYPT_VECTOR, "crypto.kdfparams.p", 10**6),
    changed(SCRYPT_VECTOR, "crypto.kdfparams.r", 2**20),
    changed(CHEAP, "crypto.kdfparams.c", 1),
    changed(CHEAP, "crypto.kdfparams.c", 10**12),
    changed(CHEAP, "crypto.kdfparams.dklen", 0),
    changed(CHEAP, "crypto.kdfparams.dklen", 2**31),
    changed(SCRYPT_VECTOR, "crypto.kdfparams.dklen", 0),
    changed(SCRYPT_VECTOR, "crypto.kdfparams.dklen", 2**31),
]


@pytest.fixture
def no_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that enters a key derivation of any kind."""
    for module, name in ((hashlib, "pbkdf2_hmac"), (hashlib, "scrypt"), (Crypto.Protocol.KDF, "scrypt")):
        monkeypatch.setattr(module, name, lambda *_, **__: pytest.fail("the key derivation was entered"))


@pytest.mark.usefixtures("no_derivation")
@pytest.mark.parametrize("document", E3_COSTS, ids=[str(number) for number in range(len(E3_COSTS))])
def test_e3_a_cost_out_of_bounds_is_refused_in_100_ms_and_64_mib(
    tmp_path: Path, document: dict[str, Any]
) -> None:
    path = key_file(tmp_path, document)
    tracemalloc.start()
    # The time of this process alone: what else the machine does is not the file's doing.
    started = time.process_time()
    with pytest.raises(KeystoreError, match=r"out of bounds|not valid|must give 32 bytes"):
        load_key_file(path)
    spent = time.process_time() - started
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (spent <= 0.1, most <= 64 * 2**20) == (True, True)


@pytest.mark.usefixtures("no_derivation")
@pytest.mark.parametrize(("document", "told"), UNFIT, ids=[str(number) for number in range(len(UNFIT))])
def test_e4_an_unfit_file_is_refused_before_it_is_opened(tmp_path: Path, document: object, told: str) -> None:
    path = key_file(tmp_path, document)
    with pytest.raises(KeystoreError, match=told) as caught:
        load_key_file(path)
    assert str(path) in caught.value.message


@pytest.mark.parametrize(
    ("n", "r", "p"),
    [(262144, 8, 1), (262144, 1, 8), (4096, 8, 6), (8192, 8, 1), (131072, 8, 1), (262144, 8, 16)],
)
def test_the_costs_that_geth_cast_and_ethers_write_are_accepted(
    tmp_path: Path, n: int, r: int, p: int
) -> None:
    document = changed(SCRYPT_VECTOR, "crypto.kdfparams", {"dklen": 32, "n": n, "r": r, "p": p, "salt": ""})
    assert load_key_file(key_file(tmp_path, document)).address is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o604, 0o601, 0o666])
def test_e2_a_file_that_others_may_use_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    path = key_file(tmp_path, CHEAP, mode=mode)
    with pytest.raises(KeystoreError) as caught:
        load_key_file(path)
    assert f"(mode {mode:04o}); mend it with: chmod 600 {path}" in caught.value.message


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_e2_a_file_in_a_folder_that_others_may_write_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    path = key_file(tmp_path, CHEAP)
    path.parent.chmod(mode)
    with pytest.raises(KeystoreError, match=f"mend it with: chmod go-w {path.parent}"):
        load_key_file(path)


def test_e2_a_symbolic_link_a_folder_and_nothing_are_no_key_files(tmp_path: Path) -> None:
    path = key_file(tmp_path, CHEAP)
    link = path.with_name("link")
    link.symlink_to(path)
    with pytest.raises(KeystoreError, match="not a regular file"):
        load_key_file(link)
    with pytest.raises(KeystoreError, match="not a regular file"):
        load_key_file(path.parent)
    with pytest.raises(KeystoreError, match="No such file"):
        load_key_file(path.with_name("none"))


def test_e2_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = key_file(tmp_path, CHEAP)
    monkeypatch.setattr("os.geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(KeystoreError, match="belongs to another user"):
        load_key_file(path)


def test_e2_a_file_in_another_users_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = key_file(tmp_path, CHEAP)
    real, owner = Path.stat, os.geteuid() + 1

    def stat(self: Path, **named: Any) -> os.stat_result:
        found = real(self, **named)
        return os.stat_result([*found[:4], owner, *found[5:]]) if self == path.parent else found

    monkeypatch.setattr(Path, "stat", stat)
    with pytest.raises(KeystoreError, match="its folder belongs to another user"):
        load_key_file(path)
