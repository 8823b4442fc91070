"""The user's contacts: names for addresses, in one small JSON file.

What belongs here: reading and writing the file. What must not: what being a contact means to a rule.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from guard.adapters.files import make_folder, write_private
from guard.core.address import Address
from guard.core.confusable import imitating_script, look_of
from guard.core.strict_json import parse_object
from guard.core.text import escape_untrusted
from guard.errors import CallerError, ConfigurationError, GuardError

_NAME = re.compile(r"[^\W_][\w .@+-]{0,62}[\w.]|[^\W_]")
_BARE_ADDRESS = re.compile(r"[0-9a-fA-F]{40}")
_NAME_HINT = "use 1 to 64 letters, digits, spaces and . @ + - _, not 0x at the start and not 40 hex digits"
_VERSION = 1
_MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One person or contract that the user knows."""

    name: str
    """The user's name for it; unique, the case aside."""
    address: Address
    """Its address; unique."""


class ContactsFile:
    """The contacts at one path; an absent file holds none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> tuple[Contact, ...]:
        """Return the contacts, by name; raises ConfigurationError for a file that cannot be read."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError as error:
            if self._path.is_symlink():
                raise self._unusable("it is a link that leads nowhere") from error
            return ()
        except OSError as error:
            raise self._unusable(error.strerror or type(error).__name__) from error
        try:
            document = parse_object(content, max_bytes=_MAX_BYTES)
            if document["version"] != _VERSION:
                raise self._unusable(f"it is of version {document['version']!r}, not {_VERSION}")
            entries = document["contacts"].items()
            return tuple(_contact(name, Address.parse(address)) for name, address in entries)
        except (KeyError, AttributeError) as error:
            raise self._unusable(f"it is not a contacts file ({type(error).__name__})") from error
        except CallerError as error:
            if isinstance(error, ConfigurationError):
                raise
            raise self._unusable(error.message) from error

    def add(self, name: str, address: Address) -> Contact:
        """Add one contact and return it.

        Raises CallerError when the address or the name is taken, for a name that is read as one that is
        taken, and for one whose letters are of two scripts that look alike.
        """
        contact = _contact(name, address)
        _check_script(name)
        with self._locked():
            contacts = self.load()
            for known in contacts:
                _check_apart(contact, known)
            self._store((*contacts, contact))
        return contact

    def remove(self, name: str) -> Contact:
        """Remove one contact by name and return it; raises CallerError when there is none."""
        with self._locked():
            contacts = self.load()
            for contact in contacts:
                if contact.name.casefold() == name.casefold():
                    self._store(tuple(known for known in contacts if known is not contact))
                    return contact
        raise CallerError(
            f"there is no contact named '{escape_untrusted(name, limit=80)}'",
            hint="`wallet contacts list` shows them",
        )

    def _store(self, contacts: tuple[Contact, ...]) -> None:
        entries = {
            contact.name: contact.address for contact in sorted(contacts, key=lambda known: known.name)
        }
        document = {"version": _VERSION, "contacts": entries}
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        try:
            write_private(self._path, text.encode(), replace=True)
        except OSError as error:
            raise self._unusable(error.strerror or type(error).__name__) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep a second process from reading between this one's read and write."""
        try:
            make_folder(self._path.parent)
            name = self._path.with_name(f".{self._path.name}.lock")
            lock = os.fdopen(os.open(name, os.O_WRONLY | os.O_CREAT, 0o600), "w")
        except OSError as error:
            raise self._unusable(error.strerror or type(error).__name__) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _unusable(self, problem: str) -> GuardError:
        return ConfigurationError(
            f"the contacts file {self._path} cannot be used: {problem}",
            hint="mend or move it; contacts decide who is a stranger, so none are assumed",
        )


def _contact(name: str, address: Address) -> Contact:
    """Return a contact; raises CallerError for a name that shows another thing than it is."""
    # A name that reads as an address would stand for another account than the one it shows.
    like_an_address = name[:2].lower() == "0x" or _BARE_ADDRESS.fullmatch(name)
    shown = escape_untrusted(name, limit=80)
    if not _NAME.fullmatch(name) or like_an_address or shown != name:
        raise CallerError(f"'{shown}' cannot be a contact's name", hint=_NAME_HINT)
    return Contact(name=name, address=address)


def _check_apart(contact: Contact, known: Contact) -> None:
    """Raise CallerError where a new contact is, or is read as, one that is there."""
    another = "choose another name, or remove that contact first"
    if known.name.casefold() == contact.name.casefold():
        raise CallerError(f"the name {contact.name!r} already belongs to {known.address}", hint=another)
    if look_of(known.name) == look_of(contact.name):
        raise CallerError(
            f"the name '{contact.name}' is read as '{known.name}', which is {known.address}", hint=another
        )
    if known.address == contact.address:
        raise CallerError(f"{contact.address} is already a contact, {known.name!r}")


def _check_script(name: str) -> None:
    """Raise CallerError for a name that would be typed otherwise than it is read.

    Only where one is added: a file that holds such a name goes on being read.
    """
    script = imitating_script(name)
    if script is not None:
        raise CallerError(
            f"'{name}' mixes Latin and {script} letters, which look alike",
            hint="write the name in one script",
        )
