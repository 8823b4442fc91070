"""`wallet contacts`: whom the user knows."""

from __future__ import annotations

import click

from guard.command_line import emit, print_json, say
from guard.config import find_home
from guard.core.address import Address

json_option = click.option("--json", "as_json", is_flag=True, help="One object on standard output.")


@click.group("contacts", short_help="Known counterparties.")
def command() -> None:
    """Known counterparties: who is in here is no stranger, and can be named instead of an address."""


@command.command("add")
@click.argument("name")
@click.argument("address")
@json_option
def add(name: str, address: str, as_json: bool) -> None:
    """Add ADDRESS under NAME.

    \b
    Example:
      wallet contacts add alice 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf
    """
    from guard.adapters.contacts import ContactsFile
    from wallet.spelling import tell_unverified

    contact = ContactsFile(find_home().contacts_file).add(name, Address.parse(address))
    tell_unverified((address,))
    if as_json:
        print_json({"ok": True, "contact": {"name": contact.name, "address": contact.address}})
    else:
        emit(f"added {contact.name}, {contact.address}")


@command.command("list")
@json_option
def list_contacts(as_json: bool) -> None:
    """List the contacts.

    \b
    Example:
      wallet contacts list
    """
    from guard.adapters.contacts import ContactsFile

    contacts = ContactsFile(find_home().contacts_file).load()
    if as_json:
        listed = [{"name": contact.name, "address": contact.address} for contact in contacts]
        print_json({"ok": True, "contacts": listed})
        return
    for contact in contacts:
        emit(f"{contact.address}  {contact.name}")
    if not contacts:
        say("no contacts; add one with `wallet contacts add NAME ADDRESS`")


@command.command("remove")
@click.argument("name")
@json_option
def remove(name: str, as_json: bool) -> None:
    """Remove the contact NAME; it is then a stranger again, unless it was paid before.

    \b
    Example:
      wallet contacts remove alice
    """
    from guard.adapters.contacts import ContactsFile

    contact = ContactsFile(find_home().contacts_file).remove(name)
    if as_json:
        print_json({"ok": True, "contact": {"name": contact.name, "address": contact.address}})
    else:
        emit(f"removed {contact.name}, {contact.address}")
