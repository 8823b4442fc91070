"""The journal's file: how it is made, and how it is told from anything else.

What belongs here: tables, pragmas, and the refusal of what is not a whole journal.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from guard.adapters.files import make_folder
from guard.adapters.journal_mark import Mark, check_mark, gone, make_mark, read_mark
from guard.core.journal import GENESIS_HASH
from guard.core.text import escape_untrusted
from guard.errors import JournalDamaged

VERSION = 3
APPLICATION_ID = 0x74786764
"""`txgd`: says to `file` and to us whose database this is."""
_BUSY_TIMEOUT_S = 30.0

_TABLES = """
CREATE TABLE sends (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    chain_id INTEGER,
    sender TEXT NOT NULL,
    nonce INTEGER,
    request TEXT NOT NULL,
    digest TEXT NOT NULL,
    decision TEXT,
    idempotency_key TEXT,
    raw BLOB,
    hash TEXT,
    receipt TEXT,
    note TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    replaces TEXT,
    signed_at INTEGER,
    final INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX one_payment_a_key ON sends (idempotency_key)
    WHERE idempotency_key IS NOT NULL AND state NOT IN ('blocked', 'undecided', 'declined', 'abandoned');
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    send_id TEXT NOT NULL,
    body TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE TABLE audit_head (count INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
"""
_SINCE_VERSION_2 = (
    # One signed send a nonce, and each of those is taken the place of at most once: rivals are a list.
    "CREATE UNIQUE INDEX one_payment_a_nonce ON sends (chain_id, sender, nonce)"
    " WHERE raw IS NOT NULL AND replaces IS NULL",
    "CREATE UNIQUE INDEX one_rival_a_payment ON sends (replaces)"
    " WHERE raw IS NOT NULL AND replaces IS NOT NULL",
    "CREATE INDEX signed_sends ON sends (chain_id, sender, signed_at) WHERE raw IS NOT NULL",
    "CREATE TABLE identity (name TEXT NOT NULL) STRICT",
)
_SINCE_VERSION_3 = (
    "CREATE TABLE signatures (id TEXT PRIMARY KEY, state TEXT NOT NULL, chain_id INTEGER,"
    " sender TEXT NOT NULL, request TEXT NOT NULL, digest TEXT NOT NULL, decision TEXT, raw BLOB,"
    " note TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT",
    "CREATE INDEX IF NOT EXISTS handed_sends ON sends (chain_id, sender, signed_at)"
    " WHERE raw IS NULL AND signed_at IS NOT NULL",
    "CREATE INDEX made_signatures ON signatures (sender, updated_at) WHERE raw IS NOT NULL",
)
_FROM_1_TO_2 = (
    "ALTER TABLE sends ADD COLUMN replaces TEXT",
    "ALTER TABLE sends ADD COLUMN signed_at INTEGER",
    "ALTER TABLE sends ADD COLUMN final INTEGER NOT NULL DEFAULT 0",
    "UPDATE sends SET signed_at = (SELECT at FROM audit WHERE send_id = id AND event = 'send.signed')"
    " WHERE raw IS NOT NULL",
    "DROP INDEX one_payment_a_nonce",
)

SELECT_SENDS = (
    "SELECT id, state, request, digest, decision, raw, hash, receipt, note, created_at,"
    " updated_at, replaces, signed_at, final, idempotency_key FROM sends"
)


def open_database(path: Path) -> tuple[sqlite3.Connection, str]:
    """Open, or make, the journal at `path` and return it with its name.

    Raises JournalDamaged for anything that is not a whole one, or not the one that its mark tells of.
    """
    # Read before the journal is: what is written meanwhile can only make the journal longer.
    mark = read_mark(path)
    if not path.exists():
        if mark is not None:
            raise gone(path)
        _create_whole(path)
    try:
        database = sqlite3.connect(
            path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise _damaged(path, escape_untrusted(str(error))) from error
    try:
        database.row_factory = sqlite3.Row
        # Judged first: to set a mode is to write, and the file may be another program's.
        _check(database, path)
        _set_durable(database, path)
        _migrate(database)
        actual = _identify(database, path)
        check_mark(path, mark, actual)
        if mark is None:
            make_mark(path, actual)
    except sqlite3.Error as error:
        database.close()
        raise _damaged(path, escape_untrusted(str(error))) from error
    except BaseException:
        database.close()
        raise
    return database, actual.journal


def open_read_only(path: Path) -> tuple[sqlite3.Connection, str]:
    """Open the journal at `path` to look at it, and return it with its name.

    Raises JournalDamaged for anything that is not a whole one, or not the one that its mark tells of.

    Without a log beside it the file is all there is, and is opened as what nobody changes: SQLite would make
    side files otherwise, and leave them. With one, its readers' marks beside the log are all that is touched.
    """
    mark = read_mark(path)
    if mark is not None and not path.exists():
        raise gone(path)
    log = path.with_name(f"{path.name}-wal")
    try:
        is_alone = not log.exists() or log.stat().st_size == 0
        address = f"file:{quote(str(path))}?mode=ro{'&immutable=1' if is_alone else ''}"
        database = sqlite3.connect(address, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise _damaged(path, escape_untrusted(str(error))) from error
    try:
        database.row_factory = sqlite3.Row
        _check(database, path)
        if _version(database) != VERSION:
            raise _damaged(path, f"it is of an earlier version; the next send brings it to version {VERSION}")
        actual = _identify(database, path)
        check_mark(path, mark, actual)
    except sqlite3.Error as error:
        database.close()
        raise _damaged(path, escape_untrusted(str(error))) from error
    except BaseException:
        database.close()
        raise
    return database, actual.journal


def _create_whole(path: Path) -> None:
    """Make a new journal beside its place and link it there, so that no one ever sees half of one.

    SQLite's side files copy the mode of the file, which is its owner's alone.
    """
    try:
        make_folder(path.parent)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _damaged(path, error.strerror or "cannot be created") from error
    try:
        os.close(descriptor)
        with closing(sqlite3.connect(name, isolation_level=None)) as database:
            # Here, while nobody else has it open: SQLite refuses the change at once, without waiting, where
            # another process reads. The file keeps the mode.
            database.execute("PRAGMA journal_mode = WAL")
            database.executescript(_TABLES)
            database.execute("INSERT INTO audit_head VALUES (0, ?)", (GENESIS_HASH,))
            _bring_to_version_2(database)
            _bring_to_version_3(database)
            database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            database.execute(f"PRAGMA user_version = {VERSION}")
        # Another process may have made the journal in the meantime; then that one stands.
        with suppress(FileExistsError):
            os.link(name, path)
    except (OSError, sqlite3.Error) as error:
        raise _damaged(path, escape_untrusted(str(error))) from error
    finally:
        for side in ("", "-journal", "-wal", "-shm"):
            Path(name + side).unlink(missing_ok=True)


def _set_durable(database: sqlite3.Connection, path: Path) -> None:
    mode = database.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal":
        mode = database.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    database.execute("PRAGMA synchronous = FULL")
    synchronous = database.execute("PRAGMA synchronous").fetchone()[0]
    if (mode, synchronous) != ("wal", 2):
        raise _damaged(path, f"its file system allows only journal_mode {mode} and synchronous {synchronous}")


def _bring_to_version_2(database: sqlite3.Connection) -> None:
    for statement in _SINCE_VERSION_2:
        database.execute(statement)
    database.execute("INSERT INTO identity VALUES (?)", (secrets.token_hex(16),))


def _bring_to_version_3(database: sqlite3.Connection) -> None:
    for statement in _SINCE_VERSION_3:
        database.execute(statement)


def _migrate(database: sqlite3.Connection) -> None:
    """Bring a journal of an earlier version to this one, whole or not at all."""
    if _version(database) == VERSION:
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it while this one waited.
        version = _version(database)
        if version == 1:
            for statement in _FROM_1_TO_2:
                database.execute(statement)
            _bring_to_version_2(database)
        if version != VERSION:
            _bring_to_version_3(database)
            database.execute(f"PRAGMA user_version = {VERSION}")
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _version(database: sqlite3.Connection) -> int:
    version: int = database.execute("PRAGMA user_version").fetchone()[0]
    return version


def _identify(database: sqlite3.Connection, path: Path) -> Mark:
    names = database.execute("SELECT name FROM identity").fetchall()
    counts = database.execute("SELECT count FROM audit_head").fetchall()
    if len(names) != 1 or len(counts) != 1:
        raise _damaged(path, f"it has {len(names)} names and {len(counts)} heads instead of one of each")
    return Mark(journal=names[0][0], entries=counts[0][0])


def _check(database: sqlite3.Connection, path: Path) -> None:
    version = _version(database)
    if version == 0:
        raise _damaged(path, "it is empty or no journal")
    application = database.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION_ID:
        raise _damaged(path, "it is another program's database")
    if version > VERSION:
        raise _damaged(path, f"it is of version {version}, and this program knows {VERSION}")
    problem = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem != "ok":
        raise _damaged(path, escape_untrusted(str(problem)))


def _damaged(path: Path, problem: str) -> JournalDamaged:
    return JournalDamaged(
        f"the journal {escape_untrusted(str(path))} cannot be used: {problem}",
        hint="nothing is sent without it; keep the file, and restore a copy you trust or use a newer version",
    )
