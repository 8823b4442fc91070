"""`wallet account`: key files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from guard.command_line import emit, print_json, say
from guard.config import find_home
from guard.errors import ConfirmationRequired
from wallet.flags import keystore_dir_option
from wallet.options import ConfiguredCommand, Output, option

if TYPE_CHECKING:
    from guard.adapters.keystore import KeystoreFolder

json_option = option("--json", "as_json", is_flag=True, help="One object on standard output.")
no_input_option = option("--no-input", is_flag=True, help="Ask nothing, as if no terminal were there.")
password_option = option(
    "--password-file",
    setting="password_file",
    type=click.Path(path_type=Path),
    help="A file (mode 0600) or a descriptor (/dev/fd/N) that holds the password, instead of a prompt.",
)


@click.group("account", short_help="Key files: make, import, list, show, passwd, remove.")
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
    output = Output(as_json=as_json, quiet=False, verbose=False)
    _store(name, None, password_file, _folder(keystore_dir), can_ask=output.can_ask(no_input=no_input))
    _tell_stored(name, _folder(keystore_dir), as_json=as_json)


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
    can_ask = output.can_ask(no_input=no_input)
    key = read_private_key(private_key_file, can_ask=can_ask)
    _store(name, key, password_file, _folder(keystore_dir), can_ask=can_ask)
    _tell_stored(name, _folder(keystore_dir), as_json=as_json)


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


@command.command("passwd", cls=ConfiguredCommand)
@click.argument("name")
@password_option
@option(
    "--new-password-file",
    type=click.Path(path_type=Path),
    help="A file (mode 0600) or a descriptor that holds the new password, instead of a prompt.",
)
@keystore_dir_option
@no_input_option
@json_option
def change_password(
    *,
    name: str,
    password_file: Path | None,
    new_password_file: Path | None,
    keystore_dir: Path | None,
    no_input: bool,
    as_json: bool,
) -> None:
    """Give NAME another password. The key and the address stay the same.

    The key file is replaced at once and whole: a crash leaves the old one or the new one. Copies made
    before still open with the old password.

    \b
    Example:
      wallet account passwd main
    """
    from wallet.passwords import ask_password, choose_password

    folder = _folder(keystore_dir)
    path = folder.load(name).path
    can_ask = Output(as_json=as_json, quiet=False, verbose=False).can_ask(no_input=no_input)
    password = ask_password(name, password_file, can_ask=can_ask)
    new_password = choose_password(name, new_password_file, can_ask=can_ask, flag="--new-password-file")
    address = folder.change_password(name, password, new_password)
    if as_json:
        print_json({"ok": True, "name": name, "address": address, "path": str(path)})
        return
    emit(address, instead=f"the password of {name} is changed")
    say(f"the password of {name} is changed; copies of {path} made before keep the old one")


@command.command("remove", cls=ConfiguredCommand)
@click.argument("name")
@keystore_dir_option
@no_input_option
@json_option
def remove(name: str, keystore_dir: Path | None, no_input: bool, as_json: bool) -> None:
    """Take NAME off the list of accounts, after its name was typed once more at a terminal.

    Nothing is deleted, for the last copy of a key is money: the key file moves into the folder .removed of
    the keystore, and back again by `mv`. No flag takes the place of the typing.

    \b
    Example:
      wallet account remove old
    """
    import time

    folder = _folder(keystore_dir)
    path = folder.path_of(name)
    whose = _address_told(folder, name)
    if not Output(as_json=as_json, quiet=False, verbose=False).can_ask(no_input=no_input):
        raise ConfirmationRequired(
            f"the account {name} is not removed: nobody is here to type its name",
            hint="run it at a terminal; no flag answers this question",
        )
    say(f"removing {name}, {whose}, kept in {path}")
    typed: str = click.prompt("Remove it? Type the account's name", err=True)
    if typed != name:
        raise ConfirmationRequired(
            f"the account {name} is not removed: another name was typed", hint="nothing was changed"
        )
    target = folder.remove(name, int(time.time()))
    if as_json:
        print_json({"ok": True, "name": name, "kept_in": str(target)})
        return
    emit(str(target), instead=f"the key file was moved to {target}")
    say("the key file is there now; who deletes it without another copy loses the account")


def _address_told(folder: KeystoreFolder, name: str) -> str:
    """Return whose key file this is, as it tells; a file that cannot be used can be removed as well."""
    from guard.errors import KeystoreError

    if not folder.has(name):
        folder.load(name)
    try:
        return folder.load(name).address or "whose address its file does not tell"
    except KeystoreError:
        return "whose file cannot be used"


def _folder(keystore_dir: Path | None) -> KeystoreFolder:
    from guard.adapters.keystore import KeystoreFolder

    folder = KeystoreFolder(keystore_dir or find_home().keystore_dir)
    folder.sweep()
    return folder


def _store(
    name: str, key: bytes | None, password_file: Path | None, folder: KeystoreFolder, *, can_ask: bool
) -> None:
    """Keep a key, or a fresh one where None is given, under a name and a password."""
    from wallet.passwords import choose_password
    from wallet.wiring import require_keys

    require_keys("an account")
    folder.check_free(name)
    password = choose_password(name, password_file, can_ask=can_ask)
    if key is None:
        folder.make(name, password)
    else:
        folder.store(name, key, password)


def _tell_stored(name: str, folder: KeystoreFolder, *, as_json: bool) -> None:
    key_file = folder.load(name)
    address, path = key_file.address, key_file.path
    if as_json:
        print_json({"ok": True, "name": name, "address": address, "path": str(path)})
        return
    emit(str(address), instead=f"the account {address} is kept in {path}")
    say(f"kept in {path}")
    say("without this file or its password the account is lost: keep a copy")
