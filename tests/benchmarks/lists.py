"""A reputation list of 300,000 addresses: brought in, opened, and asked, beside a dict and SQLite."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from guard.adapters.list_formats import read_published
from guard.adapters.reputation_lists import SUFFIX, ImportOrder, ReputationLists
from guard.core.address import Address
from guard.core.reputation import Standing
from guard.testing import FixedClock
from tests.benchmarks.table import median_s, print_table

COUNT = 300_000
ASKED = 20


def _key(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(8, "big")).digest()[:20]


def _table() -> str:
    rows = (f"0x{_key(number).hex()},Fake_Phishing{number % 9000}" for number in range(COUNT))
    return "\n".join(("address,label", *rows))


def _import(source: Path, folder: Path) -> None:
    content = source.read_bytes()
    order = ImportOrder(name="bench", path=source, standing=Standing.MALICIOUS)
    lists = ReputationLists(folder)
    plain = median_s(lambda: [line.split(",") for line in content.decode().split("\n")], repeats=3)
    read = median_s(lambda: read_published(content, standing=Standing.MALICIOUS), repeats=3)
    whole = median_s(lambda: lists.import_list(order, FixedClock()), repeats=3)
    kept = (folder / f"bench{SUFFIX}").stat().st_size
    print_table(
        f"{COUNT:,} addresses with labels: {len(content) / 1e6:.1f} MB, kept as {kept / 1e6:.1f} MB",
        [
            ("baseline: its lines split at the comma", plain),
            ("read strictly", read),
            ("read strictly, compared, packed, on disk", whole),
        ],
    )


def _open(folder: Path, database: Path) -> None:
    content = (folder / f"bench{SUFFIX}").read_bytes()
    known, unknown = Address.from_bytes(_key(7)), Address.from_bytes(_key(COUNT))

    def opened_sqlite() -> object:
        with closing(sqlite3.connect(database)) as connection:
            return connection.execute("SELECT label FROM listed WHERE address = ?", (_key(7),)).fetchone()

    print_table(
        "a process starts and asks about one address",
        [
            ("baseline: SHA-256 of the file alone", median_s(lambda: hashlib.sha256(content), repeats=9)),
            ("one that is listed", median_s(lambda: ReputationLists(folder).listings([known]), repeats=9)),
            ("one that is not", median_s(lambda: ReputationLists(folder).listings([unknown]), repeats=9)),
            ("SQLite: connect and ask, unchecked", median_s(opened_sqlite, repeats=9)),
            ("a dict: made anew", median_s(lambda: {_key(n): n for n in range(COUNT)}, repeats=3)),
        ],
    )


def _look(folder: Path, database: Path) -> None:
    lists = ReputationLists(folder)
    (kept,) = lists._look()
    in_memory = {_key(number): number for number in range(COUNT)}
    hit, miss = _key(7), _key(COUNT)
    mixed = [Address.from_bytes(_key(COUNT - number)) for number in range(-ASKED // 2, ASKED // 2)]
    with closing(sqlite3.connect(database)) as connection:
        print_table(
            "lookups in an open list",
            [
                ("baseline: a dict", median_s(lambda: in_memory.get(hit), repeats=999)),
                ("the search alone, a hit", median_s(lambda: kept.find(hit), repeats=999)),
                ("the search alone, a miss", median_s(lambda: kept.find(miss), repeats=999)),
                ("the look for a change of the folder", median_s(lists._look, repeats=999)),
                ("one address, as a review asks", median_s(lambda: lists.listings(mixed[:1]), repeats=999)),
                (
                    f"{ASKED} addresses, half of them listed",
                    median_s(lambda: lists.listings(mixed), repeats=999),
                ),
                (
                    "SQLite, one address",
                    median_s(
                        lambda: connection.execute(
                            "SELECT label FROM listed WHERE address = ?", (hit,)
                        ).fetchone(),
                        repeats=999,
                    ),
                ),
            ],
        )


def _sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE listed (address BLOB PRIMARY KEY, label TEXT) WITHOUT ROWID")
        rows = sorted((_key(number), f"Fake_Phishing{number % 9000}") for number in range(COUNT))
        connection.executemany("INSERT INTO listed VALUES (?, ?)", rows)
        connection.commit()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, source, database = Path(name) / "lists", Path(name) / "list.csv", Path(name) / "lists.sqlite3"
        source.write_text(_table())
        _import(source, folder)
        print()
        _sqlite(database)
        _open(folder, database)
        print(f"  (SQLite's file has {os.path.getsize(database) / 1e6:.1f} MB)")
        print()
        _look(folder, database)


if __name__ == "__main__":
    main()
