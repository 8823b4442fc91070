"""Passwords: from a prompt or a file, never from a flag, a variable or a pipe by accident.

What belongs here: getting one. What must not: keeping one.
"""

from __future__ import annotations

import re
from pathlib import Path

import click

from guard.adapters.files import modes_problem
from guard.errors import KeystoreError

_PRIVATE_KEY = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
_MAX_BYTES = 4096


def read_password_file(path: Path) -> str:
    """Return the file's text without its one trailing newline; raises KeystoreError for an unfit file."""
    try:
        problem = modes_problem(path, forbidden=0o077)
        if problem is not None:
            raise KeystoreError(f"the password file {path} cannot be used: {problem}")
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise KeystoreError(f"the password file {path} is too large", hint="it holds the password alone")
        text = content.decode()
        return text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")
    except OSError as error:
        raise KeystoreError(
            f"the password file {path} cannot be read: {error.strerror}", hint="check --password-file"
        ) from None
    except UnicodeDecodeError:
        raise KeystoreError(f"the password file {path} is not UTF-8 text") from None


def ask_password(account: str, password_file: Path | None, *, can_ask: bool) -> str:
    """Return the password of an account; raises KeystoreError where there is neither file nor person."""
    if password_file is not None:
        return read_password_file(password_file)
    if not can_ask:
        raise KeystoreError(
            f"the password of {account} is needed and nobody is here to type it",
            hint="give --password-file FILE (mode 0600), or set ETH_PASSWORD to one",
        )
    password: str = click.prompt(f"Password of {account}", hide_input=True, err=True)
    return password


def choose_password(account: str, password_file: Path | None, *, can_ask: bool) -> str:
    """Return a password for a new account, typed twice or from a file."""
    if password_file is not None:
        return _not_empty(read_password_file(password_file))
    if not can_ask:
        return ask_password(account, None, can_ask=False)
    password: str = click.prompt(
        f"New password of {account}", hide_input=True, confirmation_prompt=True, err=True
    )
    return _not_empty(password)


def _not_empty(password: str) -> str:
    if not password:
        raise KeystoreError(
            "the password of a new account cannot be empty", hint="the file holds it in its first line"
        )
    return password


def read_private_key(path: Path | None, *, can_ask: bool) -> bytes:
    """Return a private key from a file or a prompt; raises KeystoreError without repeating what was given."""
    if path is not None:
        text = read_password_file(path)
    elif can_ask:
        text = click.prompt("Private key (0x and 64 hex digits)", hide_input=True, err=True)
    else:
        raise KeystoreError(
            "a private key is needed and nobody is here to type it",
            hint="give --private-key-file FILE (mode 0600)",
        )
    match = _PRIVATE_KEY.fullmatch(text.strip())
    if match is None:
        raise KeystoreError("that is not a private key", hint="give 0x and 64 hex digits")
    return bytes.fromhex(match[1])
