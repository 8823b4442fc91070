"""The folder of key files: what goes in, is changed and taken out, and that no crash or race loses a key.

E1 of the threats (modes under any umask). The kills of E5 are in `tests/integration/test_killed_accounts.py`.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from guard.adapters import keystore
from guard.adapters.key_file import ScryptCost
from guard.adapters.keystore import KeystoreFolder, KeystoreSigner, MemorySigner, load_key_file
from guard.core.address import Address
from guard.core.signed import decode_signed
from guard.errors import KeystoreError
from tests.adapters.key_files import (
    CHEAP,
    ETHERS_PASSWORD,
    ETHERS_PHRASE_FILE,
    PASSWORD,
    PBKDF2_VECTOR,
    VECTOR_ADDRESS,
    changed,
    key_file,
    told_by,
)
from tests.adapters.values import KEY, SIGNER, request

NOW = 1_700_000_000


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write files whose key derivation costs next to nothing."""
    monkeypatch.setattr(keystore, "WRITTEN_COST", ScryptCost(n=2, r=1, p=1))


def signed_by(path: Path, password: str) -> bytes:
    return KeystoreSigner(load_key_file(path), lambda: password).sign(request())


@pytest.mark.usefixtures("cheap")
def test_e1_a_stored_key_is_its_owners_alone_whole_and_found_again(tmp_path: Path) -> None:
    folder = KeystoreFolder(tmp_path / "new" / "keystore")
    assert folder.store("main", KEY, PASSWORD) == SIGNER.address
    path = tmp_path / "new" / "keystore" / "main"
    assert [entry.name for entry in path.parent.iterdir()] == ["main"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert folder.load("main").address == SIGNER.address
    assert folder.addresses() == [("main", SIGNER.address)]
    assert signed_by(path, PASSWORD) == SIGNER.sign(request())


def test_what_is_stored_has_the_cost_that_geth_uses(tmp_path: Path) -> None:
    KeystoreFolder(tmp_path).store("main", KEY, PASSWORD)
    parameters = json.loads((tmp_path / "main").read_text())["crypto"]["kdfparams"]
    assert {name: parameters[name] for name in ("n", "r", "p", "dklen")} == {
        "n": 262144,
        "r": 8,
        "p": 1,
        "dklen": 32,
    }


@pytest.mark.usefixtures("cheap")
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


@pytest.mark.usefixtures("cheap")
def test_a_disk_that_refuses_is_a_keystore_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keystore, "write_private", refuse)
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


def test_a_memory_signer_signs_for_its_own_account_alone() -> None:
    other = MemorySigner(b"\x09" * 32, "the spare key")
    with pytest.raises(KeystoreError, match=f"the spare key holds the key of {other.address}, not of"):
        other.sign(request())
    of = request(sender=other.address)
    assert decode_signed(other.sign(of)).request(other.address) == of


@pytest.mark.usefixtures("cheap")
def test_e1_under_an_empty_umask_a_new_account_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        address = KeystoreFolder(tmp_path / "a" / "keystore").make("main", PASSWORD)
    finally:
        os.umask(before)
    path = tmp_path / "a" / "keystore" / "main"
    modes = [stat.S_IMODE(place.stat().st_mode) for place in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]
    assert load_key_file(path).address == address


@pytest.mark.usefixtures("cheap")
def test_a_password_is_changed_in_place_and_the_old_one_opens_nothing_more(tmp_path: Path) -> None:
    path = key_file(tmp_path, CHEAP)
    folder = KeystoreFolder(path.parent)
    assert folder.change_password("main", PASSWORD, "new") == SIGNER.address
    assert os.listdir(path.parent) == ["main"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signed_by(path, "new") == SIGNER.sign(request())
    with pytest.raises(KeystoreError, match="the password does not open"):
        signed_by(path, PASSWORD)


@pytest.mark.usefixtures("cheap")
def test_a_wrong_password_changes_nothing(tmp_path: Path) -> None:
    path = key_file(tmp_path, CHEAP)
    before = path.read_bytes()
    with pytest.raises(KeystoreError, match="the password does not open"):
        KeystoreFolder(path.parent).change_password("main", "wrong", "new")
    assert path.read_bytes() == before


def test_a_phrase_that_ethers_keeps_beside_the_key_is_not_lost_by_a_new_password(tmp_path: Path) -> None:
    path = key_file(tmp_path, ETHERS_PHRASE_FILE)
    before = path.read_bytes()
    with pytest.raises(KeystoreError, match="besides the key it holds x-ethers"):
        KeystoreFolder(path.parent).change_password("main", ETHERS_PASSWORD, "new")
    assert path.read_bytes() == before


@pytest.mark.usefixtures("cheap")
def test_a_file_that_another_program_replaced_meanwhile_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = key_file(tmp_path, CHEAP)
    others = json.dumps(changed(CHEAP, "address", None))
    real = keystore.seal_again_in_child

    def meanwhile(*given: object, **named: object) -> object:
        sealed = real(*given, **named)  # type: ignore[arg-type]
        path.write_text(others)
        return sealed

    monkeypatch.setattr(keystore, "seal_again_in_child", meanwhile)
    with pytest.raises(KeystoreError, match="another program changed it meanwhile"):
        KeystoreFolder(path.parent).change_password("main", PASSWORD, "new")
    assert path.read_text() == others


def test_a_removed_account_is_no_account_and_its_file_is_kept_whole(tmp_path: Path) -> None:
    path = key_file(tmp_path, CHEAP)
    before = path.read_bytes()
    folder = KeystoreFolder(path.parent)
    kept = folder.remove("main", NOW)
    assert kept == path.parent / ".removed" / "main.2023-11-14T22-13-20Z"
    assert (kept.read_bytes(), stat.S_IMODE(kept.parent.stat().st_mode)) == (before, 0o700)
    assert (folder.names(), folder.has("main")) == ([], False)
    kept.rename(path)
    assert signed_by(path, PASSWORD) == SIGNER.sign(request())


def test_two_removals_of_one_name_in_one_second_lose_neither(tmp_path: Path) -> None:
    path = key_file(tmp_path, CHEAP)
    folder = KeystoreFolder(path.parent)
    first = folder.remove("main", NOW)
    key_file(tmp_path, changed(CHEAP, "address", None))
    with pytest.raises(KeystoreError, match=r"it cannot be moved to .*: File exists"):
        folder.remove("main", NOW)
    assert (path.exists(), first.exists()) == (True, True)
    folder.remove("main", NOW + 1)
    assert len(os.listdir(first.parent)) == 2


def test_a_file_that_cannot_be_used_can_be_removed_and_what_is_no_file_cannot(tmp_path: Path) -> None:
    path = key_file(tmp_path, "damaged", mode=0o644)
    folder = KeystoreFolder(path.parent)
    (path.parent / "folder").mkdir()
    (path.parent / "link").symlink_to(path)
    for name in ("folder", "link"):
        with pytest.raises(KeystoreError, match="not a regular file"):
            folder.remove(name, NOW)
    with pytest.raises(KeystoreError, match="there is no account 'none'"):
        folder.remove("none", NOW)
    assert folder.remove("main", NOW).read_text() == "damaged"
    with pytest.raises(KeystoreError, match="cannot be an account's name"):
        folder.remove("../keys", NOW)


def test_names_of_files_that_can_be_used_include_those_that_tell_no_address(tmp_path: Path) -> None:
    path = key_file(tmp_path, CHEAP, "a")
    key_file(tmp_path, changed(CHEAP, "address", None), "b")
    key_file(tmp_path, "damaged", "c")
    assert KeystoreFolder(path.parent).fit_names() == ["a", "b"]
