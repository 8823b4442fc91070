"""The user's files, looked at as they are: nothing is made, nothing is changed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from guard.adapters.contacts import ContactsFile
from guard.adapters.sqlite_journal import SqliteJournal
from guard.config import find_home
from guard.core.address import Address
from guard.core.policy import Policy
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE, TRANSFER
from guard.doctor import files
from guard.doctor.check import Check, Result
from guard.errors import ConfigurationError, JournalDamaged
from guard.wiring import Settings


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=find_home())


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return every file under `folder` with its bytes and mode; side files of readers are not content."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }


def written_journal(path: Path) -> SqliteJournal:
    journal = SqliteJournal(path)
    verdict = review(TRANSFER, EVIDENCE, Policy(), 0)
    journal.open_send(TRANSFER, verdict, now=1, idempotency_key=None)
    return journal


def test_an_empty_home_is_nothing_to_worry_about_and_stays_empty(settings: Settings, home: Path) -> None:
    looks = (
        files.look_at_configuration,
        files.look_at_policy,
        files.look_at_contacts,
        files.look_at_home,
        files.look_at_keystore,
        files.look_at_journal,
    )
    checks = [check for look in looks for check in look(settings)]
    assert [(check.part, check.result) for check in checks] == [
        (part, Result.OK) for part in ("configuration", "policy", "contacts", "home", "keystore", "journal")
    ]
    assert list(home.iterdir()) == []


def test_the_files_that_were_read_are_named(settings: Settings, home: Path) -> None:
    (home / "config.toml").write_text('rpc_url = "http://127.0.0.1:1"\n')
    (home / "policy.toml").write_text('version = 1\nname = "household"\n')
    ContactsFile(home / "contacts.json").add("bob", Address.parse("0x" + "1" * 40))
    assert files.look_at_configuration(settings)[0].said == f"{home}/config.toml was read"
    assert files.look_at_policy(settings)[0].said == f"{home}/policy.toml was read: 'household'"
    assert files.look_at_contacts(settings)[0].said == "1 contact"


def test_a_policy_or_contacts_file_that_cannot_be_used_is_a_configuration_error(
    settings: Settings, home: Path
) -> None:
    (home / "policy.toml").write_text("version = 99\n")
    (home / "contacts.json").write_text("{")
    with pytest.raises(ConfigurationError):
        files.look_at_policy(settings)
    with pytest.raises(ConfigurationError):
        files.look_at_contacts(settings)


def test_a_key_for_the_route_is_read_and_never_shown(settings: Settings, home: Path) -> None:
    path = home / "key"
    path.touch(mode=0o600)
    path.write_text("canary-4711-canary\n")
    (check,) = files.look_at_route_key(replace(settings, predict_key_file=path))
    assert (check.result, check.said) == (Result.OK, f"{path} was read")
    path.chmod(0o644)
    with pytest.raises(ConfigurationError) as caught:
        files.look_at_route_key(replace(settings, predict_key_file=path))
    assert "canary" not in caught.value.message


@pytest.mark.parametrize(
    ("mode", "result", "others"),
    [(0o755, Result.WARN, "look"), (0o770, Result.FAIL, "write"), (0o777, Result.FAIL, "write")],
)
def test_a_home_that_others_may_enter_is_told_with_the_command_that_mends_it(
    settings: Settings, home: Path, mode: int, result: Result, others: str
) -> None:
    home.chmod(mode)
    assert files.look_at_home(settings) == [
        Check(
            part="home",
            result=result,
            said=f"others may {others} into {home} (mode {mode:04o})",
            advice=f"chmod 700 {home}",
        )
    ]


def test_a_home_that_is_a_file_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "file"
    place.touch()
    monkeypatch.setenv("TXGUARD_HOME", str(place))
    (check,) = files.look_at_home(Settings(home=find_home()))
    assert (check.result, check.said) == (Result.FAIL, f"{place} is no folder")


def test_a_key_file_that_others_may_read_is_a_failure_with_its_chmod(settings: Settings, home: Path) -> None:
    folder = home / "keystore"
    folder.mkdir(mode=0o700)
    (folder / "main").write_text("{}")
    (folder / "main").chmod(0o644)
    (check,) = files.look_at_keystore(settings)
    assert check.result is Result.FAIL
    assert f"chmod 600 {folder / 'main'}" in check.said + check.advice


def test_a_keystore_that_others_may_look_into_is_a_warning(settings: Settings, home: Path) -> None:
    (home / "keystore").mkdir()
    (home / "keystore").chmod(0o755)
    (check,) = files.look_at_keystore(settings)
    assert (check.part, check.result) == ("keystore", Result.WARN)


def test_a_journal_is_verified_and_its_open_sends_are_told(settings: Settings, home: Path) -> None:
    written_journal(home / "journal.sqlite3").close()
    assert files.look_at_journal(settings) == (
        Check(
            part="journal",
            result=Result.WARN,
            said="the audit trail is whole: 1 entry; 1 send not at an end",
            advice="`wallet resume` brings them to one",
        ),
    )


@pytest.mark.parametrize("is_open_elsewhere", [False, True])
def test_looking_at_a_journal_changes_nothing(
    settings: Settings, home: Path, is_open_elsewhere: bool
) -> None:
    journal = written_journal(home / "journal.sqlite3")
    if not is_open_elsewhere:
        journal.close()
    before = snapshot(home)
    files.look_at_journal(settings)
    assert snapshot(home) == before
    if is_open_elsewhere:
        journal.close()
        files.look_at_journal(settings)


def test_what_a_crash_left_beside_a_journal_is_read_and_left_there(settings: Settings, home: Path) -> None:
    crashed = home / "elsewhere"
    crashed.mkdir()
    with closing(written_journal(crashed / "journal.sqlite3")):
        for side in ("", "-wal"):
            name = f"journal.sqlite3{side}"
            (home / name).write_bytes((crashed / name).read_bytes())
    before = snapshot(home)
    assert before["journal.sqlite3-wal"][0] != b""
    assert files.look_at_journal(settings)[0].said.startswith("the audit trail is whole: 1 entry")
    assert snapshot(home) == before


def test_a_journal_in_a_folder_that_cannot_be_written_is_read_all_the_same(
    settings: Settings, home: Path
) -> None:
    written_journal(home / "journal.sqlite3").close()
    (home / "journal.sqlite3").chmod(0o400)
    home.chmod(0o500)
    try:
        assert files.look_at_journal(settings)[0].said.startswith("the audit trail is whole: 1 entry")
    finally:
        home.chmod(0o700)


@pytest.mark.parametrize(
    "damage",
    ["UPDATE audit SET at = 2", "DELETE FROM audit", "PRAGMA user_version = 99", "PRAGMA application_id = 1"],
)
def test_a_journal_that_was_edited_is_named_as_damaged(settings: Settings, home: Path, damage: str) -> None:
    path = home / "journal.sqlite3"
    written_journal(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(damage)
    with pytest.raises(JournalDamaged):
        files.look_at_journal(settings)


@pytest.mark.parametrize("content", [b"", b"not a database" * 100])
def test_what_is_no_journal_is_refused_and_left_as_it_was(
    settings: Settings, home: Path, content: bytes
) -> None:
    path = home / "journal.sqlite3"
    path.write_bytes(content)
    with pytest.raises(JournalDamaged):
        files.look_at_journal(settings)
    assert (path.read_bytes(), os.listdir(home)) == (content, ["journal.sqlite3"])


def test_a_journal_that_is_gone_and_left_its_mark_is_no_new_one(settings: Settings) -> None:
    path = settings.home.journal_file
    SqliteJournal(path).close()
    path.unlink()
    with pytest.raises(JournalDamaged) as caught:
        files.look_at_journal(settings)
    assert caught.value.message.endswith("it is gone, and its mark says that there was one")
