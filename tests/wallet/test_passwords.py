"""Where a password comes from, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guard.errors import KeystoreError
from tests.wallet.harness import private
from wallet.passwords import ask_password, choose_password, read_password_file, read_private_key


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"secret", "secret"),
        (b"secret\n", "secret"),
        (b"secret\r\n", "secret"),
        (b"secret\n\n", "secret\n"),
        (b"secret\r", "secret\r"),
        (b" secret \n", " secret "),
        (b"\n", ""),
        (b"", ""),
        ("pässwörd\n".encode(), "pässwörd"),
        (b"x" * 4096, "x" * 4096),
    ],
)
def test_exactly_one_trailing_newline_is_removed(tmp_path: Path, content: bytes, password: str) -> None:
    path = private(tmp_path / "password", "")
    path.write_bytes(content)
    assert read_password_file(path) == password
    assert ask_password("main", path, can_ask=False) == password


@pytest.mark.parametrize("content", ["", "\n", "\r\n"])
def test_a_new_account_takes_no_empty_password(tmp_path: Path, content: str) -> None:
    path = private(tmp_path / "password", "")
    path.write_bytes(content.encode())
    with pytest.raises(KeystoreError, match="the password of a new account cannot be empty"):
        choose_password("main", path, can_ask=False)
    path.write_text("secret\n")
    assert choose_password("main", path, can_ask=False) == "secret"


def test_what_is_no_password_file_is_refused_without_its_content(tmp_path: Path) -> None:
    path = private(tmp_path / "password", "secret")
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(path)
    os.mkfifo(pipe, 0o600)
    big, binary, shared = (private(tmp_path / name, "") for name in ("big", "binary", "shared"))
    big.write_bytes(b"x" * 4097)
    binary.write_bytes(b"secret\xff")
    shared.write_text("secret")
    shared.chmod(0o640)
    refused = [
        (link, "not a regular file"),
        (pipe, "not a regular file"),
        (tmp_path, "not a regular file"),
        (Path("/dev/zero"), "not a regular file"),
        (tmp_path / "none", "cannot be read: No such file"),
        (big, "too large"),
        (binary, "not UTF-8"),
        (shared, "chmod 600"),
    ]
    for unfit, told in refused:
        with pytest.raises(KeystoreError, match=told) as caught:
            read_password_file(unfit)
        assert "secret" not in f"{caught.value.message} {caught.value.hint}"


def test_without_a_person_or_a_file_there_is_no_password() -> None:
    for ask in (ask_password, choose_password):
        with pytest.raises(KeystoreError, match="the password of main is needed"):
            ask("main", None, can_ask=False)
    with pytest.raises(KeystoreError, match="a private key is needed"):
        read_private_key(None, can_ask=False)


def test_a_key_is_32_bytes_in_hex(tmp_path: Path) -> None:
    assert read_private_key(private(tmp_path / "a", "0x" + "ab" * 32), can_ask=False) == b"\xab" * 32
    for number, text in enumerate(["ab" * 31, "0xx" + "ab" * 31, "zz" * 32, "0x0x" + "ab" * 31]):
        with pytest.raises(KeystoreError, match="that is not a private key") as caught:
            read_private_key(private(tmp_path / str(number), text), can_ask=False)
        assert text not in f"{caught.value.message} {caught.value.hint}"
