"""Key files: which are opened, which are refused before their key derivation runs, what no error tells."""

from __future__ import annotations

import base64
import copy
import json
import stat
import time
import traceback
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from guard.adapters import keystore
from guard.adapters.keystore import KeystoreFolder, KeystoreSigner, MemorySigner, load_key_file
from guard.core.address import Address
from guard.core.request import LegacyFee, TransactionRequest
from guard.core.signed import decode_signed
from guard.errors import KeystoreError
from tests.adapters.values import KEY, SIGNER, request

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

# Cheap in its key derivation, which these tests are not about.
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


def sign_with(path: Path, password: str = PASSWORD, of: TransactionRequest | None = None) -> bytes:
    return KeystoreSigner(load_key_file(path), lambda: password).sign(of or request())


@pytest.mark.parametrize("vector", [PBKDF2_VECTOR, SCRYPT_VECTOR], ids=["pbkdf2", "scrypt"])
def test_the_official_vectors_sign_for_their_account(tmp_path: Path, vector: dict[str, Any]) -> None:
    path = key_file(tmp_path, vector)
    assert load_key_file(path).address is None
    of = request(sender=VECTOR_ADDRESS)
    assert sign_with(path, VECTOR_PASSWORD, of) == MemorySigner(VECTOR_KEY).sign(of)


@pytest.mark.parametrize("name", ["Crypto", "CRYPTO"])
def test_a_crypto_section_in_another_case_is_read_as_geth_reads_it(tmp_path: Path, name: str) -> None:
    document = {**CHEAP, name: CHEAP["crypto"]}
    del document["crypto"]
    assert decode_signed(sign_with(key_file(tmp_path, document))).unattributed.value == request().value


def test_a_file_as_cast_writes_it_has_no_address_and_signs(tmp_path: Path) -> None:
    document = changed(CHEAP, "address", None)
    path = key_file(tmp_path, document, name="throwaway")
    assert load_key_file(path).address is None
    assert sign_with(path) == SIGNER.sign(request())


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
    (json.dumps(CHEAP) + " " * 65536, "too large"),
]


@pytest.mark.parametrize(("document", "told"), UNFIT, ids=[str(number) for number in range(len(UNFIT))])
def test_an_unfit_file_is_refused_at_once_and_its_key_derivation_never_runs(
    tmp_path: Path, document: object, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Account, "decrypt", lambda *_: pytest.fail("the key derivation was entered"))
    path = key_file(tmp_path, document)
    started = time.monotonic()
    with pytest.raises(KeystoreError, match=told) as caught:
        sign_with(path)
    assert time.monotonic() - started < 0.5
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
def test_a_file_that_others_may_use_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    path = key_file(tmp_path, CHEAP, mode=mode)
    with pytest.raises(KeystoreError) as caught:
        load_key_file(path)
    assert f"(mode {mode:04o}); mend it with: chmod 600 {path}" in caught.value.message


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_file_in_a_folder_that_others_may_write_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    path = key_file(tmp_path, CHEAP)
    path.parent.chmod(mode)
    with pytest.raises(KeystoreError, match=f"mend it with: chmod go-w {path.parent}"):
        load_key_file(path)


def test_a_symbolic_link_a_folder_and_nothing_are_no_key_files(tmp_path: Path) -> None:
    path = key_file(tmp_path, CHEAP)
    link = path.with_name("link")
    link.symlink_to(path)
    with pytest.raises(KeystoreError, match="not a regular file"):
        load_key_file(link)
    with pytest.raises(KeystoreError, match="not a regular file"):
        load_key_file(path.parent)
    with pytest.raises(KeystoreError, match="No such file"):
        load_key_file(path.with_name("none"))


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = key_file(tmp_path, CHEAP)
    monkeypatch.setattr("os.geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(KeystoreError, match="belongs to another user"):
        load_key_file(path)


def forms(secret: bytes) -> list[bytes]:
    """Return a secret as it could be written down: raw, hex, base64, and each of them backwards."""
    written = [secret, secret.hex().encode(), base64.b64encode(secret), str(int.from_bytes(secret)).encode()]
    return [form for text in written for form in (text, text[::-1])]


def told_by(error: BaseException) -> bytes:
    trace = traceback.TracebackException.from_exception(error).format()
    return "".join([repr(error), str(error), *trace]).encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("document", "password", "told"),
    [
        (CHEAP, "wrong", "does not open"),
        (CHEAP, PASSWORD + " ", "does not open"),
        (CHEAP, "", "does not open"),
        (changed(CHEAP, "crypto.mac", "00" * 32), PASSWORD, "does not open"),
        (changed(CHEAP, "crypto.mac", "zz"), PASSWORD, "does not open"),
        (changed(CHEAP, "crypto.mac", None), PASSWORD, "crypto section is incomplete"),
        (changed(CHEAP, "crypto.ciphertext", None), PASSWORD, "crypto section is incomplete"),
        (changed(CHEAP, "crypto.cipherparams", None), PASSWORD, "crypto section is incomplete"),
        (changed(CHEAP, "crypto.kdfparams.prf", "hmac-sha1"), PASSWORD, "does not open"),
        (changed(CHEAP, "crypto.cipherparams.iv", "00" * 16), PASSWORD, "holds the key of 0x"),
    ],
)
def test_what_cannot_be_opened_is_a_keystore_error_that_tells_neither_key_nor_password(
    tmp_path: Path, document: dict[str, Any], password: str, told: str
) -> None:
    path = key_file(tmp_path, document)
    with pytest.raises(KeystoreError, match=told) as caught:
        sign_with(path, password)
    text = told_by(caught.value)
    for secret in (KEY, PASSWORD.encode()):
        assert not [form for form in forms(secret) if form in text]


@pytest.mark.parametrize(
    "key",
    [
        b"",
        KEY[1:],
        KEY + b"\0",
        bytes(32),
        (2**256 - 1).to_bytes(32, "big"),
        bytes.fromhex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
    ],
    ids=["none", "31 bytes", "33 bytes", "zero", "2^256-1", "the curve order"],
)
def test_a_file_that_holds_no_private_key_is_a_keystore_error(tmp_path: Path, key: bytes) -> None:
    path = key_file(tmp_path, encrypted(key))
    with pytest.raises(KeystoreError, match="what it holds is not a private key"):
        sign_with(path)


def encrypted(key: bytes) -> dict[str, Any]:
    """Return a key file of these bytes, which eth-account would not encrypt."""
    from hashlib import pbkdf2_hmac

    from Crypto.Cipher import AES
    from Crypto.Util import Counter

    from guard.core.address import keccak256

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


def test_a_key_with_leading_zeros_signs(tmp_path: Path) -> None:
    path = key_file(tmp_path, encrypted(KEY))
    assert sign_with(path) == SIGNER.sign(request())


def test_the_key_of_another_account_signs_nothing(tmp_path: Path) -> None:
    other = MemorySigner(b"\x09" * 32).address
    path = key_file(tmp_path, changed(CHEAP, "address", other))
    assert load_key_file(path).address == other
    with pytest.raises(KeystoreError, match=f"main holds the key of {SIGNER.address}, not of {other}"):
        sign_with(path, of=request(sender=other))


def test_the_password_is_asked_for_when_it_signs_and_not_before(tmp_path: Path) -> None:
    asked = []

    def ask() -> str:
        asked.append("asked")
        return PASSWORD

    signer = KeystoreSigner(load_key_file(key_file(tmp_path, CHEAP)), ask)
    assert asked == []
    signer.sign(request())
    assert asked == ["asked"]


@pytest.mark.parametrize(
    "of",
    [
        request(),
        request(fee=LegacyFee(gas_price=10**9)),
        request(to=None, data=b"\x60\x00", value=0),
        request(data=b"\x01\x02", value=0, nonce=0),
        request(value=2**256 - 1),
    ],
)
def test_the_signed_bytes_say_exactly_what_was_asked(of: TransactionRequest) -> None:
    assert decode_signed(SIGNER.sign(of)).request(SIGNER.address) == of


def test_no_value_that_holds_a_key_shows_it(tmp_path: Path) -> None:
    path = key_file(tmp_path, CHEAP)
    shown = repr([SIGNER, vars(SIGNER), KeystoreSigner(load_key_file(path), lambda: PASSWORD)]).encode()
    for secret in (KEY, PASSWORD.encode()):
        assert not [form for form in forms(secret) if form in shown]


# The folder


@pytest.fixture
def cheap_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Account.encrypt

    def encrypt(key: bytes, password: str) -> dict[str, Any]:
        return real(key, password, kdf="pbkdf2", iterations=1000)

    monkeypatch.setattr(Account, "encrypt", encrypt)


@pytest.mark.usefixtures("cheap_encryption")
def test_a_stored_key_is_its_owners_alone_whole_and_found_again(tmp_path: Path) -> None:
    folder = KeystoreFolder(tmp_path / "new" / "keystore")
    assert folder.store("main", KEY, PASSWORD) == SIGNER.address
    path = tmp_path / "new" / "keystore" / "main"
    assert [entry.name for entry in path.parent.iterdir()] == ["main"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert folder.load("main").address == SIGNER.address
    assert folder.addresses() == [("main", SIGNER.address)]
    assert sign_with(path) == SIGNER.sign(request())


def test_what_is_stored_has_the_cost_that_geth_uses(tmp_path: Path) -> None:
    KeystoreFolder(tmp_path).store("main", KEY, PASSWORD)
    parameters = json.loads((tmp_path / "main").read_text())["crypto"]["kdfparams"]
    assert {name: parameters[name] for name in ("n", "r", "p", "dklen")} == {
        "n": 262144,
        "r": 8,
        "p": 1,
        "dklen": 32,
    }


@pytest.mark.usefixtures("cheap_encryption")
def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    folder = KeystoreFolder(tmp_path)
    folder.store("main", KEY, PASSWORD)
    before = (tmp_path / "main").read_bytes()
    with pytest.raises(KeystoreError, match="the account 'main' already exists"):
        folder.check_free("main")
    with pytest.raises(KeystoreError, match="the account 'main' already exists"):
        folder.store("main", b"\x09" * 32, PASSWORD)
    assert (tmp_path / "main").read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["main"]


@pytest.mark.parametrize(
    "key", [b"", bytes(32), b"\xff" * 32, KEY[1:], KEY + b"\0"], ids=["none", "0", "above N", "31", "33"]
)
def test_what_is_no_private_key_is_not_stored_and_not_repeated(tmp_path: Path, key: bytes) -> None:
    folder = KeystoreFolder(tmp_path / "keys")
    with pytest.raises(KeystoreError, match="not a private key") as caught:
        folder.store("main", key, PASSWORD)
    assert not (tmp_path / "keys").exists()
    if any(key):
        assert key.hex().encode() not in told_by(caught.value)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", ".hidden", "-flag", "a b", "ä", "a\n", "a\0", "\x1b[2J", "x" * 65]
)
def test_a_name_that_could_leave_the_folder_or_hide_in_it_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeystoreError, match="cannot be an account's name") as caught:
        KeystoreFolder(tmp_path).load(name)
    assert "\x1b" not in caught.value.message


def test_unfit_files_and_strangers_in_the_folder_make_nobody_known(tmp_path: Path) -> None:
    path = key_file(tmp_path, CHEAP, "good")
    key_file(tmp_path, CHEAP, "open-to-all", mode=0o644)
    key_file(tmp_path, "junk", "junk")
    key_file(tmp_path, changed(CHEAP, "address", None), "cast")
    key_file(tmp_path, CHEAP, ".hidden")
    (path.parent / "folder").mkdir()
    folder = KeystoreFolder(path.parent)
    assert folder.names() == ["cast", "folder", "good", "junk", "open-to-all"]
    assert folder.addresses() == [("good", SIGNER.address)]
    assert KeystoreFolder(tmp_path / "absent").addresses() == []


def test_an_account_that_does_not_exist_is_told_with_the_way_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError) as caught:
        KeystoreFolder(tmp_path).load("main")
    assert caught.value.as_mapping() == {
        "code": "keystore",
        "message": f"there is no account 'main' in {tmp_path}",
        "hint": "`wallet account list` shows them; `wallet account new NAME` makes one",
    }


def test_a_disk_that_refuses_is_a_keystore_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keystore, "write_private", refuse)
    monkeypatch.setattr(Account, "encrypt", lambda *_: {})
    with pytest.raises(KeystoreError, match="No space left on device"):
        KeystoreFolder(tmp_path).store("main", KEY, PASSWORD)


def test_a_folder_that_cannot_be_read_is_a_keystore_error_and_an_absent_one_holds_none(
    tmp_path: Path,
) -> None:
    assert KeystoreFolder(tmp_path / "absent").names() == []
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "unmounted")
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for name in ("file", "link", "loop"):
        with pytest.raises(KeystoreError, match=r"the keystore folder .* cannot be read"):
            KeystoreFolder(tmp_path / name).addresses()
    for name in ("file", "loop"):
        for use in (KeystoreFolder(tmp_path / name).load, KeystoreFolder(tmp_path / name).check_free):
            with pytest.raises(KeystoreError, match=r"the keystore folder .* cannot be read"):
                use("main")


def test_what_is_wrong_with_an_unfit_file_is_told_for_all_or_for_one_account(tmp_path: Path) -> None:
    folder = KeystoreFolder(tmp_path / "keys")
    key_file(tmp_path, {**PBKDF2_VECTOR, "address": VECTOR_ADDRESS}, "fit")
    assert folder.problem() is None
    key_file(tmp_path, "damaged", "A-damaged")
    key_file(tmp_path, {**PBKDF2_VECTOR, "address": SIGNER.address[2:].lower()}, "shared", mode=0o644)
    key_file(tmp_path, "damaged", f"UTC--{VECTOR_ADDRESS[2:].lower()}")
    assert "A-damaged" in str(folder.problem())
    assert "shared cannot be used: others may use it (mode 0644)" in str(folder.problem(SIGNER.address))
    assert "UTC--" in str(folder.problem(VECTOR_ADDRESS))
    assert folder.problem(Address.from_bytes(bytes(20))) is None
