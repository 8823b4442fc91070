"""Passwords: from a prompt, a file or a descriptor, never from a flag or a variable.

What belongs here: getting one. What must not: keeping one.
"""

from __future__ import annotations

import os
import re
import selectors
import stat
from pathlib import Path

import click

from guard.adapters.files import modes_problem, status_problem
from guard.adapters.hardening import forbid_core_dumps
from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.errors import KeystoreError

PIPE_TIMEOUT_S = 60.0
"""Seconds in which whoever is at the other end of a pipe must have written the password and closed it."""

_PRIVATE_KEY = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,6})|/dev/stdin")
_MAX_BYTES = 4096


def check_password_file(path: Path) -> None:
    """Raise KeystoreError for a password file that will not do; a pipe is judged and not read.

    A file is read whole, so that what is wrong with it is told before a verdict is waited for.
    """
    descriptor = _descriptor(path)
    if descriptor is None:
        read_password_file(path)
    else:
        _check_descriptor(descriptor, path)


def read_password_file(path: Path) -> str:
    """Return the file's text without its one trailing newline; raises KeystoreError for an unfit file.

    `/dev/fd/N`, `/proc/self/fd/N` and `/dev/stdin`, which `<(...)` of a shell is too, name an open
    descriptor: a pipe or a socket of this user's, which can be read once, or a private file.
    """
    forbid_core_dumps()
    try:
        descriptor = _descriptor(path)
        content = _read_file(path) if descriptor is None else _read_descriptor(descriptor, path)
        if len(content) > _MAX_BYTES:
            raise KeystoreError(f"{_named(path)} is too large", hint="it holds the password alone")
        text = content.decode()
        return text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")
    except OSError as error:
        raise _unreadable(path, error) from None
    except UnicodeDecodeError:
        raise KeystoreError(f"{_named(path)} is not UTF-8 text", hint="save it as UTF-8") from None


def _read_file(path: Path) -> bytes:
    problem = modes_problem(path, forbidden=0o077)
    if problem is not None:
        raise _unfit(path, problem)
    with path.open("rb") as file:
        return file.read(_MAX_BYTES + 1)


def _descriptor(path: Path) -> int | None:
    """Return the number of the open descriptor that a path names, or None for a path of another kind."""
    match = _DESCRIPTOR.fullmatch(str(path))
    return None if match is None else int(match[1] or 0)


def _check_descriptor(descriptor: int, path: Path) -> bool:
    """Raise KeystoreError for a descriptor that will not do, and tell whether it has to be waited for."""
    try:
        status = os.fstat(descriptor)
    except OSError as error:
        raise _unreadable(path, error) from None
    if stat.S_ISREG(status.st_mode):
        problem = status_problem(status, path, forbidden=0o077)
    elif not stat.S_ISFIFO(status.st_mode) and not stat.S_ISSOCK(status.st_mode):
        problem = "it is neither a pipe nor a file; at a terminal, leave the flag out"
    elif status.st_uid not in (0, os.geteuid()):
        problem = "it belongs to another user"
    elif stat.S_ISFIFO(status.st_mode) and status.st_mode & 0o077:
        problem = "others may read from it"
    else:
        return True
    if problem is not None:
        raise _unfit(path, problem)
    return False


def _read_descriptor(descriptor: int, path: Path) -> bytes:
    waits = _check_descriptor(descriptor, path)
    content, deadline = b"", Deadline.after(PIPE_TIMEOUT_S)
    with selectors.DefaultSelector() as selector:
        if waits:
            selector.register(descriptor, selectors.EVENT_READ)
        while len(content) <= _MAX_BYTES:
            if waits and not selector.select(deadline.remaining()):
                raise _unfit(path, f"it was not written and closed within {PIPE_TIMEOUT_S:g} s")
            piece = os.read(descriptor, _MAX_BYTES)
            content += piece
            if not piece:
                break
    return content


def _named(path: Path) -> str:
    return f"the password file {escape_untrusted(str(path), limit=200)}"


def _unfit(path: Path, problem: str) -> KeystoreError:
    return KeystoreError(
        f"{_named(path)} cannot be used: {problem}", hint="give a file of mode 0600, or /dev/fd/N of a pipe"
    )


def _unreadable(path: Path, error: OSError) -> KeystoreError:
    return KeystoreError(
        f"{_named(path)} cannot be read: {error.strerror or type(error).__name__}",
        hint="check --password-file",
    )


def ask_password(account: str, password_file: Path | None, *, can_ask: bool) -> str:
    """Return the password of an account; raises KeystoreError where there is neither file nor person."""
    if password_file is not None:
        return read_password_file(password_file)
    if not can_ask:
        raise _nobody(
            f"the password of {account}",
            "give --password-file FILE (mode 0600), or set ETH_PASSWORD to one",
        )
    forbid_core_dumps()
    password: str = click.prompt(f"Password of {account}", hide_input=True, err=True)
    return password


def choose_password(
    account: str, password_file: Path | None, *, can_ask: bool, flag: str = "--password-file"
) -> str:
    """Return a new password of an account, typed twice or from the file that `flag` names."""
    if password_file is not None:
        return _not_empty(read_password_file(password_file))
    if not can_ask:
        raise _nobody(f"a new password of {account}", f"give {flag} FILE (mode 0600)")
    forbid_core_dumps()
    password: str = click.prompt(
        f"New password of {account}", hide_input=True, confirmation_prompt=True, err=True
    )
    return _not_empty(password)


def _nobody(what: str, hint: str) -> KeystoreError:
    return KeystoreError(f"{what} is needed and nobody is here to type it", hint=hint)


def _not_empty(password: str) -> str:
    if not password:
        raise KeystoreError("a new password cannot be empty", hint="the file holds it in its first line")
    return password


def read_private_key(path: Path | None, *, can_ask: bool) -> bytes:
    """Return a private key from a file or a prompt; raises KeystoreError without repeating what was given."""
    if path is not None:
        text = read_password_file(path)
    elif can_ask:
        forbid_core_dumps()
        text = click.prompt("Private key (0x and 64 hex digits)", hide_input=True, err=True)
    else:
        raise _nobody("a private key", "give --private-key-file FILE (mode 0600)")
    match = _PRIVATE_KEY.fullmatch(text.strip())
    if match is None:
        raise KeystoreError("that is not a private key", hint="give 0x and 64 hex digits")
    return bytes.fromhex(match[1])
