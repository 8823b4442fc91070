"""A journal of an earlier version is brought to this one: whole, once, and with everything that it held."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from guard.adapters.journal_schema import APPLICATION_ID, VERSION
from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.journal import GENESIS_HASH, SendState, next_entry
from guard.core.rpc_transaction import transaction_object
from guard.errors import JournalConflict, JournalDamaged
from tests.adapters.values import NOW, request, signature_request, signed, verdict

_VERSION_1 = """
PRAGMA journal_mode = WAL;
CREATE TABLE sends (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, chain_id INTEGER, sender TEXT NOT NULL, nonce INTEGER,
    request TEXT NOT NULL, digest TEXT NOT NULL, decision TEXT, idempotency_key TEXT, raw BLOB, hash TEXT,
    receipt TEXT, note TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_payment_a_nonce ON sends (chain_id, sender, nonce) WHERE raw IS NOT NULL;
CREATE UNIQUE INDEX one_payment_a_key ON sends (idempotency_key)
    WHERE idempotency_key IS NOT NULL AND state NOT IN ('blocked', 'undecided', 'declined', 'abandoned');
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, event TEXT NOT NULL, send_id TEXT NOT NULL,
    body TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL
) STRICT;
CREATE TABLE audit_head (count INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
"""
REQUEST = request()
SIGNED = signed(REQUEST)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A journal as the first version wrote it, with one payment on its way."""
    path = tmp_path / "journal.sqlite3"
    told = verdict(REQUEST)
    review = {
        "request": transaction_object(REQUEST),
        "digest": told.digest,
        "decision": "ALLOW",
        "prediction": "SAFE",
        "findings": [],
    }
    first = next_entry(None, at=NOW, event="send.reviewed", send_id="1f0c9a2e", body=review)
    second = next_entry(
        first, at=NOW + 1, event="send.signed", send_id="1f0c9a2e", body={"hash": SIGNED.hash}
    )
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_VERSION_1)
        database.execute(
            "INSERT INTO sends VALUES (?, 'signed', 1, ?, 7, ?, ?, 'ALLOW', 'rent', ?, ?, NULL, '', ?, ?)",
            (
                *("1f0c9a2e", REQUEST.sender, json.dumps(transaction_object(REQUEST), sort_keys=True)),
                *(told.digest, SIGNED.raw, SIGNED.hash, NOW, NOW + 1),
            ),
        )
        for entry in (first, second):
            database.execute(
                "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(entry.sequence, entry.at, entry.event, entry.send_id),
                    *(entry.body, entry.previous_hash, entry.hash),
                ),
            )
        database.execute("INSERT INTO audit_head VALUES (2, ?)", (second.hash,))
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute("PRAGMA user_version = 1")
    return path


def test_what_it_held_is_held_and_can_go_on(old: Path) -> None:
    with closing(SqliteJournal(old)) as journal:
        record = journal.find("1f0c9a2e")
        assert record is not None
        assert (record.state, record.raw, record.signed_at) == (SendState.SIGNED, SIGNED.raw, NOW + 1)
        assert (record.replaces, record.is_final) == (None, False)
        assert journal.find_by_key("rent") == record
        assert journal.verify_audit() == 2
        with pytest.raises(JournalConflict, match="nonce 7 already belongs"):
            journal.open_send(request(value=5), verdict(request(value=5)), now=NOW)
        faster = request(gas_limit=50_000)
        send_id = journal.open_send(faster, verdict(faster), now=NOW, replaces="1f0c9a2e")
        journal.record_signed(send_id, signed(faster), now=NOW)
        assert [rival.id for rival in journal.rivals(record)] == ["1f0c9a2e", send_id]
        assert journal.verify_audit() == 4
    with closing(sqlite3.connect(old)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_threads_that_open_it_at_once_bring_it_over_once(old: Path) -> None:
    failed: list[Exception] = []

    def open_it() -> None:
        try:
            SqliteJournal(old).close()
        except Exception as error:  # noqa: BLE001  whatever it was, the test says so
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with closing(sqlite3.connect(old)) as database:
        assert database.execute("SELECT count(*) FROM identity").fetchone() == (1,)


def test_a_new_journal_begins_at_the_genesis(tmp_path: Path) -> None:
    SqliteJournal(tmp_path / "new").close()
    with closing(sqlite3.connect(tmp_path / "new")) as database:
        assert database.execute("SELECT count, hash FROM audit_head").fetchall() == [(0, GENESIS_HASH)]


def test_a_journal_of_version_2_gets_the_table_of_signatures_and_keeps_the_rest(old: Path) -> None:
    SqliteJournal(old).close()
    with closing(sqlite3.connect(old)) as database, database:
        # As version 2 left it.
        database.execute("DROP TABLE signatures")
        database.execute("PRAGMA user_version = 2")
    with pytest.raises(JournalDamaged, match="of an earlier version"):
        SqliteJournal(old, read_only=True)
    with closing(SqliteJournal(old)) as journal:
        assert journal.find("1f0c9a2e") is not None
        assert journal.latest_signatures(1) == []
        of = signature_request()
        journal.record_signature(journal.open_signature(of, verdict(of), now=NOW), b"\1" * 65, now=NOW)
        assert journal.verify_audit() == 4
    with closing(SqliteJournal(old, read_only=True)) as journal:
        assert len(journal.latest_signatures(5)) == 1
