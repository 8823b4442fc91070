"""What explorers told, kept: whole or not at all, and never worth an error."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from guard.adapters import history_cache
from guard.adapters.explorer_pages import Row
from guard.adapters.history_cache import CachedHistory, CacheKey, HistoryCache
from guard.core.address import Address
from guard.core.history import AccountTransaction, TokenMove
from tests.adapters.explorer_rows import ANNA, COIN, ME
from tests.adapters.values import address

KEY = CacheKey(chain_id=1, account=ME, source="https://explorer.example/api")
HISTORY = CachedHistory(
    asked_at=1_700_000_100,
    whole_at=1_700_000_000,
    transactions=(
        Row(7, AccountTransaction(timestamp=84, sender=ANNA, recipient=ME, value_wei=2**256 - 1)),
        Row(9, AccountTransaction(timestamp=108, sender=ME, recipient=None, value_wei=0)),
    ),
    token_moves=(
        Row(
            8,
            TokenMove(sender=ME, recipient=ANNA, token=COIN, token_name="\\u202eC", amount=Decimal("1E-255")),
        ),
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "histories.sqlite3"


def test_what_is_kept_comes_back_to_the_wei(path: Path) -> None:
    cache = HistoryCache(path)
    assert cache.load(KEY) is None
    cache.save(KEY, HISTORY)
    assert HistoryCache(path).load(KEY) == HISTORY
    assert HISTORY.last_block == 9


def test_what_is_too_long_is_kept_without_rows(path: Path) -> None:
    history = CachedHistory(asked_at=1, whole_at=1, is_too_long=True)
    HistoryCache(path).save(KEY, history)
    assert HistoryCache(path).load(KEY) == history
    assert history.last_block == 0


@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, chain_id=2),
        replace(KEY, account=ANNA),
        replace(KEY, source="https://other.example/api"),
    ],
    ids=["chain", "account", "source"],
)
def test_another_key_has_another_history(path: Path, other: CacheKey) -> None:
    cache = HistoryCache(path)
    cache.save(KEY, HISTORY)
    assert cache.load(other) is None
    cache.save(other, replace(HISTORY, token_moves=()))
    assert cache.load(KEY) == HISTORY


def test_the_file_is_its_owners_alone_and_holds_one_row_an_account(path: Path) -> None:
    cache = HistoryCache(path)
    for _ in range(3):
        cache.save(KEY, HISTORY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM histories").fetchone() == (1,)


def test_the_accounts_longest_not_asked_about_give_way(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_cache, "MAX_ACCOUNTS", 3)
    cache = HistoryCache(path)
    keys = [replace(KEY, account=address(number)) for number in range(10, 15)]
    for number, key in enumerate(keys):
        cache.save(key, replace(HISTORY, asked_at=1000 - number))
    assert [cache.load(key) is not None for key in keys] == [True, True, True, False, False]


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def scribble(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def zero_middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:8192] = bytes(4096)
    path.write_bytes(content)


def open_to_others(path: Path) -> None:
    path.chmod(0o644)


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")


def another_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE histories")
        database.execute("CREATE TABLE histories (a)")
        database.commit()


def another_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def change_body(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE histories SET body = replace(body, '84', '85')")
        database.commit()


def change_body_and_hash(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        body = "[1, 2]"
        database.execute("UPDATE histories SET body = ?, hash = ?", (body, history_cache._hash(KEY, body)))
        database.commit()


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        scribble,
        empty,
        zero_middle,
        open_to_others,
        newer,
        another_table,
        another_link,
        change_body,
        change_body_and_hash,
    ],
)
def test_a_damaged_file_is_never_trusted_and_never_fatal_and_works_again(
    path: Path, damage: Callable[[Path], None]
) -> None:
    HistoryCache(path).save(KEY, HISTORY)
    damage(path)
    assert HistoryCache(path).load(KEY) is None
    HistoryCache(path).save(KEY, HISTORY)
    assert HistoryCache(path).load(KEY) == HISTORY
    assert stat.S_IMODE(path.lstat().st_mode) == 0o600


def test_what_was_kept_of_one_account_is_never_told_of_another(path: Path) -> None:
    HistoryCache(path).save(KEY, HISTORY)
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE histories SET account = ?", (ANNA,))
        database.commit()
    assert HistoryCache(path).load(replace(KEY, account=ANNA)) is None


def test_a_folder_that_cannot_hold_it_means_no_cache(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "taken").mkdir()
    for path in (tmp_path / "file" / "histories.sqlite3", tmp_path / "taken"):
        HistoryCache(path).save(KEY, HISTORY)
        assert HistoryCache(path).load(KEY) is None


def test_a_file_that_another_process_holds_is_passed_over_and_not_thrown_away(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_cache, "_BUSY_TIMEOUT_S", 0.01)
    cache = HistoryCache(path)
    cache.save(KEY, HISTORY)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert cache.load(KEY) is None
        cache.save(KEY, replace(HISTORY, asked_at=5))
        other.rollback()
    assert cache.load(KEY) == HISTORY


SAVE_MANY = """
import sys
from dataclasses import replace
from pathlib import Path
from guard.adapters import history_cache
from guard.adapters.history_cache import CacheKey, CachedHistory, HistoryCache
from guard.core.address import Address
history_cache._BUSY_TIMEOUT_S = 60
for number in range(20):
    account = Address.from_bytes(bytes([int(sys.argv[2]), number]) * 10)
    key = CacheKey(chain_id=1, account=account, source="x")
    HistoryCache(Path(sys.argv[1])).save(key, CachedHistory(asked_at=number, whole_at=number))
"""


def test_several_processes_keep_side_by_side(path: Path) -> None:
    workers = [
        subprocess.Popen([sys.executable, "-c", SAVE_MANY, str(path), str(number)]) for number in (1, 2, 3)
    ]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    for first in (1, 2, 3):
        for number in range(20):
            account = Address.from_bytes(bytes([first, number]) * 10)
            key = CacheKey(chain_id=1, account=account, source="x")
            assert HistoryCache(path).load(key) == CachedHistory(asked_at=number, whole_at=number)
