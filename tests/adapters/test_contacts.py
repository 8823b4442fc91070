"""The contacts file: nothing is lost between processes, and a file that cannot be read holds not nobody."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from guard.adapters.contacts import Contact, ContactsFile
from guard.errors import CallerError, ConfigurationError
from tests.adapters.values import address


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "contacts.json"


@pytest.fixture
def contacts(path: Path) -> ContactsFile:
    return ContactsFile(path)


def test_a_contact_is_found_again_by_another_reader_sorted_by_name(
    contacts: ContactsFile, path: Path
) -> None:
    bob = contacts.add("bob", address(2))
    alice = contacts.add("alice", address(1))
    assert alice == Contact(name="alice", address=address(1))
    assert ContactsFile(path).load() == (alice, bob)
    entries = {"alice": address(1), "bob": address(2)}
    assert json.loads(path.read_text()) == {"version": 1, "contacts": entries}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_absent_file_holds_nobody(contacts: ContactsFile, path: Path) -> None:
    assert contacts.load() == ()
    assert not path.parent.exists()


def test_a_name_or_an_address_that_is_taken_is_refused(contacts: ContactsFile) -> None:
    alice = contacts.add("Alice", address(1))
    with pytest.raises(CallerError, match=f"the name 'ALICE' already belongs to {address(1)}"):
        contacts.add("ALICE", address(2))
    with pytest.raises(CallerError, match=f"{address(1)} is already a contact, 'Alice'"):
        contacts.add("other", address(1))
    assert contacts.load() == (alice,)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        " alice",
        "alice ",
        "-alice",
        "_alice",
        "a/b",
        "a\nb",
        "\x1b[31mred",
        "ali\u202ece",
        "ali\u200bce",
        "x" * 65,
        "alice!",
        "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
        "0Xabc",
        "7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
        "\u3164",
    ],
)
def test_a_name_that_could_deceive_is_refused(contacts: ContactsFile, path: Path, name: str) -> None:
    with pytest.raises(CallerError, match="cannot be a contact's name") as caught:
        contacts.add(name, address(1))
    assert caught.value.message.isprintable()
    assert not path.exists()


@pytest.mark.parametrize("name", ["\u0430", "\uff41", "\u00c1", "\u0391"])
def test_a_name_that_is_read_as_one_that_is_taken_is_refused(contacts: ContactsFile, name: str) -> None:
    """D15: a Cyrillic, a full-width, a marked and a Greek letter."""
    contacts.add("a", address(1))
    with pytest.raises(CallerError, match="is read as 'a', which is 0x"):
        contacts.add(name, address(2))
    assert [contact.name for contact in contacts.load()] == ["a"]


def test_a_name_of_two_scripts_that_look_alike_is_refused_and_one_that_is_there_is_read(
    contacts: ContactsFile, path: Path
) -> None:
    """D15: mixed script."""
    with pytest.raises(CallerError, match="mixes Latin and Cyrillic letters"):
        contacts.add("ali\u0441e", address(1))
    contacts.add("alice", address(1))
    path.write_text(path.read_text().replace("alice", "ali\u0441e"))
    assert [contact.name for contact in contacts.load()] == ["ali\u0441e"]


@pytest.mark.parametrize("name", ["a", "Alice B.", "zoë", "张伟", "me@home", "a-b_c+d", "x" * 64, "9 lives"])
def test_ordinary_names_are_accepted(contacts: ContactsFile, name: str) -> None:
    contact = contacts.add(name, address(1))
    assert contacts.load() == (contact,)


def test_a_contact_is_removed_by_name_whatever_the_case(contacts: ContactsFile) -> None:
    alice, bob = contacts.add("Alice", address(1)), contacts.add("bob", address(2))
    assert contacts.remove("aLICE") == alice
    assert contacts.load() == (bob,)
    with pytest.raises(CallerError, match="there is no contact named 'Alice'"):
        contacts.remove("Alice")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "not a contacts file"),
        (b'{"version": 2, "contacts": {}}', "version 2, not 1"),
        (b'{"version": 1}', "not a contacts file"),
        (b'{"version": 1, "contacts": []}', "not a contacts file"),
        (b'{"version": 1, "contacts": {"a": "0x12"}}', "not an address"),
        (b'{"version": 1, "contacts": {"a": null}}', "not an address"),
        (
            b'{"version": 1, "contacts": {"a": "0x7E5F4552091A69125d5DfCb7b8C2659029395BdF"}}',
            "checksum of .* is wrong",
        ),
        (b'{"version": 1, "contacts": {"a": "%s", "a": "%s"}}' % ((b"0x" + b"11" * 20,) * 2), "twice"),
        (b"[" * 100_000, "nested deeper"),
    ],
)
def test_a_damaged_file_is_refused_by_every_use_and_stays_as_it_is(
    contacts: ContactsFile, path: Path, content: bytes, told: str
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=told) as caught:
        contacts.load()
    assert str(path) in caught.value.message
    with pytest.raises(ConfigurationError):
        contacts.add("alice", address(1))
    with pytest.raises(ConfigurationError):
        contacts.remove("alice")
    assert path.read_bytes() == content


def test_a_folder_in_its_place_is_refused(contacts: ContactsFile, path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="Is a directory"):
        contacts.load()


def test_what_another_process_wrote_before_the_lock_was_had_is_kept(
    contacts: ContactsFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.flock
    alice = {"version": 1, "contacts": {"alice": address(1)}}

    def flock(lock: Any, operation: int) -> None:
        path.write_text(json.dumps(alice))
        real(lock, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    contacts.add("bob", address(2))
    assert [contact.name for contact in contacts.load()] == ["alice", "bob"]


_ADD_TEN = """
import sys
from pathlib import Path
from guard.adapters.contacts import ContactsFile
from tests.adapters.values import address
contacts = ContactsFile(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(10):
    contacts.add(f"{sys.argv[2]} {number}", address(int(sys.argv[2]) * 100 + number))
"""


def test_processes_that_add_at_once_lose_nothing(contacts: ContactsFile, path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _ADD_TEN, str(path), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.communicate("go\n", timeout=60)
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert {contact.name for contact in contacts.load()} == {
        f"{process} {number}" for process in range(3) for number in range(10)
    }


@pytest.mark.parametrize(
    "name", ["\x1b[2Jalice", "ali\u202ece", "\u3164", "", "0xabc", "ab" * 20, "AB" * 20, "a\nb"]
)
def test_a_name_that_could_deceive_is_refused_in_the_file_too(
    contacts: ContactsFile, path: Path, name: str
) -> None:
    contacts.add("bob", address(2))
    path.write_text(json.dumps({"version": 1, "contacts": {name: address(1)}}))
    with pytest.raises(ConfigurationError, match="cannot be a contact's name") as caught:
        contacts.load()
    assert caught.value.message.isprintable()


def test_a_link_that_leads_nowhere_holds_not_nobody(contacts: ContactsFile, path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(path.with_name("unmounted"))
    with pytest.raises(ConfigurationError, match="it is a link that leads nowhere"):
        contacts.load()


def test_the_lock_and_every_folder_are_their_owners_alone_under_any_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        ContactsFile(tmp_path / "new" / "home" / "contacts.json").add("alice", address(1))
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").rglob("*")}
    assert modes == {"home": 0o700, "contacts.json": 0o600, ".contacts.json.lock": 0o600}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
