"""One journal for all threads, and none for a child that was forked off."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from guard.adapters.sqlite_journal import SqliteJournal
from guard.middleware.journal import SharedJournal
from tests.adapters.values import NOW, request, verdict


def shared(path: Path) -> SharedJournal:
    return SharedJournal(lambda: SqliteJournal(path))


def test_many_threads_write_through_one_connection(tmp_path: Path) -> None:
    journal = shared(tmp_path / "journal.sqlite3")

    def write(number: int) -> None:
        of = request(nonce=number)
        with journal.held() as held:
            held.open_send(of, verdict(of), now=NOW)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(64)))
    with journal.held() as held:
        assert isinstance(held, SqliteJournal)
        assert len(held.sends(100)) == 64
        assert held.verify_audit() == 64


def test_it_is_opened_when_it_is_first_needed(tmp_path: Path) -> None:
    journal = shared(tmp_path / "journal.sqlite3")
    assert not (tmp_path / "journal.sqlite3").exists()
    with journal.held():
        assert (tmp_path / "journal.sqlite3").exists()


def test_one_that_is_given_is_used_and_left_open(tmp_path: Path) -> None:
    given = SqliteJournal(tmp_path / "given.sqlite3")
    journal = SharedJournal(lambda: SqliteJournal(tmp_path / "other.sqlite3"), given)
    with journal.held() as held:
        assert held is given
    del journal
    assert given.sends(1) == []
    given.close()


def test_a_forked_child_opens_its_own(tmp_path: Path) -> None:
    journal = shared(tmp_path / "journal.sqlite3")
    with journal.held() as parents:
        pass
    child = os.fork()
    if child == 0:
        with journal.held() as own:
            os._exit(0 if own is not parents else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_spending_is_told_from_it(tmp_path: Path) -> None:
    spending = shared(tmp_path / "journal.sqlite3").spending(1, request().sender, since=0, besides=None)
    assert spending.commitments == ()
