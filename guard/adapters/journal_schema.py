"""The journal's file: how it is made, and how it is told from anything else.

What belongs here: tables, pragmas, and the refusal of what is not a whole journal.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from guard.adapters.files import make_folder
from guard.core.journal import GENESIS_HASH
from guard.core.text import escape_untrusted
from guard.errors import JournalDamaged

VERSION = 1
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
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_payment_a_nonce ON sends (chain_id, sender, nonce) WHERE raw IS NOT NULL;
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

SELECT_SENDS = (
    "SELECT id, state, request, digest, decision, raw, hash, receipt, note, created_at, updated_at FROM sends"
)


def open_database(path: Path) -> sqlite3.Connection:
    """Open, or make, the journal at `path`; raises JournalDamaged for anything that is not a whole one."""
    if not path.exists():
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
    except sqlite3.Error as error:
        database.close()
        raise _damaged(path, escape_untrusted(str(error))) from error
    except BaseException:
        database.close()
        raise
    return database


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open the journal at `path` to look at it; raises JournalDamaged for anything that is not a whole one.

    Without a log beside it the file is all there is, and is opened as what nobody changes: SQLite would make
    side files otherwise, and leave them. With one, its readers' marks beside the log are all that is touched.
    """
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
    except sqlite3.Error as error:
        database.close()
        raise _damaged(path, escape_untrusted(str(error))) from error
    except BaseException:
        database.close()
        raise
    return database


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


def _check(database: sqlite3.Connection, path: Path) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
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
