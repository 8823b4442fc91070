"""A journal that is gone, emptied, cut short, old or another one is noticed by what lies beside it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from guard.adapters.journal_mark import Mark, mark_path, move_mark, read_mark
from guard.adapters.sqlite_journal import SqliteJournal
from guard.config import Home
from guard.core.journal import SendState
from guard.errors import JournalDamaged
from tests.adapters.values import NOW, request, signed, verdict


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.sqlite3"


def sign(path: Path, *nonces: int) -> None:
    with closing(SqliteJournal(path)) as journal:
        for nonce in nonces:
            of = request(nonce=nonce)
            journal.record_signed(journal.open_send(of, verdict(of), now=NOW), signed(of), now=NOW)


def test_the_mark_follows_every_commit(path: Path) -> None:
    with closing(SqliteJournal(path)) as journal:
        made = read_mark(path)
        assert made is not None
        assert made.entries == 0
        of = request()
        send_id = journal.open_send(of, verdict(of), now=NOW)
        journal.record_signed(send_id, signed(of), now=NOW)
        journal.record_state(send_id, SendState.BROADCAST, now=NOW)
        journal.record_note(send_id, "slow", now=NOW)
    assert read_mark(path) == Mark(journal=made.journal, entries=4)


def _delete(path: Path, old: Path) -> None:
    path.unlink()


def _empty(path: Path, old: Path) -> None:
    path.write_bytes(b"")


def _old_copy(path: Path, old: Path) -> None:
    shutil.copy(old, path)


def _other(path: Path, old: Path) -> None:
    path.unlink()
    kept = mark_path(path).read_bytes()
    mark_path(path).unlink()
    sign(path, 1, 2, 3, 4)
    mark_path(path).write_bytes(kept)


def _emptied_tables(path: Path, old: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM sends")
        database.execute("DELETE FROM audit")
        database.execute("UPDATE audit_head SET count = 0")


def _bad_mark(path: Path, old: Path) -> None:
    mark_path(path).write_bytes(b"txguard journal")


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (_delete, "it is gone, and its mark says that there was one"),
        (_empty, "it is empty or no journal"),
        (_old_copy, "it holds 2 entries and once held 4: it was cut, or is an old copy"),
        (_other, "it is another one than the one that was used here before"),
        (_emptied_tables, "it holds 0 entries and once held 4"),
        (_bad_mark, "it is no mark"),
    ],
)
def test_f11_a_journal_that_lost_something_is_refused_and_left_as_it_is(
    path: Path, harm: Callable[[Path, Path], None], told: str, tmp_path: Path
) -> None:
    sign(path, 7)
    old = tmp_path / "old"
    shutil.copy(path, old)
    sign(path, 8)
    harm(path, old)
    before = {entry.name: entry.read_bytes() for entry in path.parent.iterdir()}
    with pytest.raises(JournalDamaged, match=told) as caught:
        SqliteJournal(path)
    assert "delete" in caught.value.hint or "keep" in caught.value.hint
    after = {entry.name: entry.read_bytes() for entry in path.parent.iterdir()}
    assert {name: after[name] for name in before} == before


def test_f11_a_log_that_was_cut_short_is_refused(path: Path, tmp_path: Path) -> None:
    with closing(SqliteJournal(path)) as journal:
        of = request()
        journal.open_send(of, verdict(of), now=NOW)
        journal._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        journal.open_send(of, verdict(of), now=NOW)
        copy = tmp_path / "copy" / path.name
        copy.parent.mkdir()
        for suffix in ("", ".mark"):
            shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
        Path(f"{copy}-wal").write_bytes(Path(f"{path}-wal").read_bytes()[:-10])
    with pytest.raises(JournalDamaged, match="holds 1 entries and once held 2"):
        SqliteJournal(copy)


def test_who_has_looked_may_delete_the_mark_and_go_on(path: Path) -> None:
    sign(path, 7)
    path.unlink()
    mark_path(path).unlink()
    sign(path, 8)


def test_a_mark_that_is_behind_is_no_alarm_and_one_that_cannot_be_moved_stops_nothing(path: Path) -> None:
    sign(path, 7)
    mark = read_mark(path)
    assert mark is not None
    move_mark(path, Mark(journal=mark.journal, entries=1))
    sign(path, 8)
    mark_path(path).unlink()
    mark_path(path).mkdir()
    move_mark(path, mark)
    mark_path(path).rmdir()
    sign(path, 9)
    assert read_mark(path) == Mark(journal=mark.journal, entries=6)


def test_the_home_knows_the_mark_by_the_same_name(tmp_path: Path) -> None:
    home = Home(config_dir=tmp_path, data_dir=tmp_path)
    assert home.journal_mark_file == mark_path(home.journal_file)
    assert not home.has_journal()
    sign(home.journal_file, 7)
    home.journal_file.unlink()
    assert home.has_journal()
