"""`wallet account`: key files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from guard.command_line import emit, print_json, say
from guard.config import find_home
from wallet.options import ConfiguredCommand, Output, keystore_dir_option, option

if TYPE_CHECKING:
    from guard.adapters.keystore import KeystoreFolder

json_option = option("--json", "as_json", is_flag=True, help="One object on standard output.")
no_input_option = option("--no-input", is_flag=True, help="Ask nothing, as if no terminal were there.")
password_option = option(
    "--password-file",
    setting="password_file",
    type=click.Path(path_type=Path),
    help="A file (mode 0600) that holds the password, instead of a prompt.",
)


@click.group("account", short_help="Key files: make, import, list, show.")
def command() -> None:
    """Key files, in version 3 keystores that geth, cast and eth-account read too."""


@command.command("new", cls=ConfiguredCommand)
@click.argument("name")
@password_option
@keystore_dir_option
@no_input_option
@json_option
def new(
    name: str, password_file: Path | None, keystore_dir: Path | None, no_input: bool, as_json: bool
) -> None:
    """Make a new key and keep it, encrypted, as NAME.

    \b
    Example:
      wallet account new main
    """
    import secrets

    _store(name, secrets.token_bytes(32), password_file, keystore_dir, no_input=no_input, as_json=as_json)


@command.command("import", cls=ConfiguredCommand)
@click.argument("name")
@option(
    "--private-key-file",
    type=click.Path(path_type=Path),
    help="A file (mode 0600) that holds the key as 0x and 64 hex digits, instead of a prompt.",
)
@password_option
@keystore_dir_option
@no_input_option
@json_option
def import_key(
    *,
    name: str,
    private_key_file: Path | None,
    password_file: Path | None,
    keystore_dir: Path | None,
    no_input: bool,
    as_json: bool,
) -> None:
    """Keep an existing private key, encrypted, as NAME. The key is typed or read from a file, never a flag.

    \b
    Example:
      wallet account import old
    """
    from wallet.passwords import read_private_key

    output = Output(as_json=as_json, quiet=False, verbose=False)
    key = read_private_key(private_key_file, can_ask=output.can_ask(no_input=no_input))
    _store(name, key, password_file, keystore_dir, no_input=no_input, as_json=as_json)


@command.command("list", cls=ConfiguredCommand)
@keystore_dir_option
@json_option
def list_accounts(keystore_dir: Path | None, as_json: bool) -> None:
    """List the accounts, and the files that cannot be used, with the reason.

    \b
    Example:
      wallet account list
    """
    from guard.errors import KeystoreError

    folder = _folder(keystore_dir)
    accounts: list[dict[str, object]] = []
    for name in folder.names():
        try:
            accounts.append({"name": name, "address": folder.load(name).address, "problem": None})
        except KeystoreError as error:
            accounts.append({"name": name, "address": None, "problem": error.message})
    if as_json:
        print_json({"ok": True, "accounts": accounts})
        return
    for account in accounts:
        address = account["address"] or f"{'(address not told by the file)':<42}"
        if account["problem"] is None:
            emit(f"{address}  {account['name']}")
        else:
            say(str(account["problem"]))
    if not accounts:
        say(f"no accounts in {folder.folder}; make one with `wallet account new NAME`")


@command.command("show", cls=ConfiguredCommand)
@click.argument("name")
@keystore_dir_option
@json_option
def show(name: str, keystore_dir: Path | None, as_json: bool) -> None:
    """Show the address of NAME and where its key file is.

    \b
    Example:
      wallet account show main
    """
    key_file = _folder(keystore_dir).load(name)
    if as_json:
        print_json({"ok": True, "name": name, "address": key_file.address, "path": str(key_file.path)})
        return
    emit(key_file.address or "(address not told by the file)")
    say(str(key_file.path))


def _folder(keystore_dir: Path | None) -> KeystoreFolder:
    from guard.adapters.keystore import KeystoreFolder

    return KeystoreFolder(keystore_dir or find_home().keystore_dir)


def _store(
    name: str,
    key: bytes,
    password_file: Path | None,
    keystore_dir: Path | None,
    *,
    no_input: bool,
    as_json: bool,
) -> None:
    from guard.wiring import missing_extra
    from wallet.passwords import choose_password

    try:
        import eth_account  # noqa: F401  told before a password is typed
    except ModuleNotFoundError as error:
        raise missing_extra("an account", error) from error
    folder = _folder(keystore_dir)
    folder.check_free(name)
    output = Output(as_json=as_json, quiet=False, verbose=False)
    password = choose_password(name, password_file, can_ask=output.can_ask(no_input=no_input))
    address = folder.store(name, key, password)
    if as_json:
        print_json({"ok": True, "name": name, "address": address, "path": str(folder.path_of(name))})
        return
    emit(address, instead=f"the account {address} is kept in {folder.path_of(name)}")
    say(f"kept in {folder.path_of(name)}")
    say("without this file or its password the account is lost: keep a copy")
