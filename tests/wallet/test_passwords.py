"""Where a password comes from, and what is refused."""

from __future__ import annotations

import fcntl
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from guard.errors import KeystoreError
from tests.wallet.harness import private
from wallet import passwords
from wallet.passwords import (
    ask_password,
    check_password_file,
    choose_password,
    read_password_file,
    read_private_key,
)

ROOT = Path(__file__).parent.parent.parent


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
    with pytest.raises(KeystoreError, match="a new password cannot be empty"):
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
    with pytest.raises(KeystoreError, match="the password of main is needed") as caught:
        ask_password("main", None, can_ask=False)
    assert caught.value.hint == "give --password-file FILE (mode 0600), or set ETH_PASSWORD to one"
    with pytest.raises(KeystoreError, match="a new password of main is needed") as caught:
        choose_password("main", None, can_ask=False, flag="--new-password-file")
    assert caught.value.hint == "give --new-password-file FILE (mode 0600)"
    with pytest.raises(KeystoreError, match="a private key is needed"):
        read_private_key(None, can_ask=False)


@contextmanager
def piped(content: bytes) -> Iterator[int]:
    """Yield the number of a descriptor from which this can be read once."""
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    try:
        yield reading
    finally:
        os.close(reading)


PLACES = ["/dev/fd/{}", "/proc/self/fd/{}"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("content", "password"), [(b"secret", "secret"), (b"secret\n\n", "secret\n"), (b"x" * 4096, "x" * 4096)]
)
def test_e6_a_password_is_read_from_a_pipe_and_one_newline_removed(
    place: str, content: bytes, password: str
) -> None:
    with piped(content) as number:
        path = Path(place.format(number))
        # Judging it does not use it up.
        check_password_file(path)
        assert read_password_file(path) == password
        assert read_password_file(path) == ""


def test_e6_a_descriptor_may_have_any_number() -> None:
    with piped(b"secret\n") as number:
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        high = fcntl.fcntl(number, fcntl.F_DUPFD, min(2000, limit - 1))
        assert high > 1023, "more open files must be allowed for this test"
        assert read_password_file(Path(f"/dev/fd/{high}")) == "secret"
        os.close(high)


def test_e6_a_shells_substitution_and_standard_input_are_descriptors(tmp_path: Path) -> None:
    code = "import sys; from wallet.passwords import *; print(read_password_file(Path(sys.argv[1])))"
    read = f"{sys.executable} -c '{code}'"
    script = f"{read} <(printf 'sub\\n'); printf in | {read} /dev/stdin"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("sub\nin\n", "")


@pytest.mark.parametrize("place", PLACES)
def test_e6_an_open_file_is_judged_as_a_named_one_is(tmp_path: Path, place: str) -> None:
    path = private(tmp_path / "password", "secret\n")
    with path.open("rb") as file:
        assert read_password_file(Path(place.format(file.fileno()))) == "secret"
    path.chmod(0o644)
    with path.open("rb") as file, pytest.raises(KeystoreError, match=r"others may use it \(mode 0644\)"):
        read_password_file(Path(place.format(file.fileno())))


def test_e6_a_pipe_of_another_user_or_open_to_others_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "shared")
    (tmp_path / "shared").chmod(0o644)
    number = os.open(tmp_path / "shared", os.O_RDWR)
    with pytest.raises(KeystoreError, match="others may read from it"):
        read_password_file(Path(f"/dev/fd/{number}"))
    os.close(number)
    with piped(b"secret") as number:
        status = list(os.fstat(number))
        status[4] = os.geteuid() + 1
        monkeypatch.setattr(os, "fstat", lambda _: os.stat_result(status))
        for use in (check_password_file, read_password_file):
            with pytest.raises(KeystoreError, match="it belongs to another user"):
                use(Path(f"/dev/fd/{number}"))


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/dev/fd/999", "cannot be read: Bad file descriptor"),
        ("/dev/null", "not a regular file"),
        ("/dev/fd/-1", "cannot be read: No such file"),
    ],
)
def test_e6_what_is_no_descriptor_of_ours_is_refused(path: str, told: str) -> None:
    for use in (check_password_file, read_password_file):
        with pytest.raises(KeystoreError, match=told):
            use(Path(path))


def test_e6_a_device_is_neither_a_pipe_nor_a_file() -> None:
    told = pytest.raises(KeystoreError, match="it is neither a pipe nor a file")
    with Path("/dev/null").open("rb") as file, told:
        read_password_file(Path(f"/dev/fd/{file.fileno()}"))


def test_e6_a_pipe_that_is_never_closed_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "PIPE_TIMEOUT_S", 0.05)
    reading, writing = os.pipe()
    os.write(writing, b"secret")
    with pytest.raises(KeystoreError, match=r"not written and closed within 0\.05 s") as caught:
        read_password_file(Path(f"/dev/fd/{reading}"))
    assert "secret" not in str(caught.value)
    os.close(writing)
    os.close(reading)


def test_e6_a_pipe_that_holds_too_much_is_not_read_to_its_end(tmp_path: Path) -> None:
    with piped(b"x" * 4097) as number, pytest.raises(KeystoreError, match="too large"):
        read_password_file(Path(f"/dev/fd/{number}"))


def test_core_files_are_turned_off_before_a_secret_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise KeystoreError("no secret is taken in here")

    monkeypatch.setattr(passwords, "forbid_core_dumps", refuse)
    path = private(tmp_path / "password", "secret")
    monkeypatch.setattr("click.prompt", lambda *_, **__: pytest.fail("a secret was asked for"))
    for take in (
        lambda: read_password_file(path),
        lambda: ask_password("main", None, can_ask=True),
        lambda: choose_password("main", None, can_ask=True),
        lambda: read_private_key(None, can_ask=True),
    ):
        with pytest.raises(KeystoreError, match="no secret is taken in here"):
            take()


def test_a_key_is_32_bytes_in_hex(tmp_path: Path) -> None:
    assert read_private_key(private(tmp_path / "a", "0x" + "ab" * 32), can_ask=False) == b"\xab" * 32
    for number, text in enumerate(["ab" * 31, "0xx" + "ab" * 31, "zz" * 32, "0x0x" + "ab" * 31]):
        with pytest.raises(KeystoreError, match="that is not a private key") as caught:
            read_private_key(private(tmp_path / str(number), text), can_ask=False)
        assert text not in f"{caught.value.message} {caught.value.hint}"
