"""One state of the journal's file, read or written whole: every failure of the file in our own words.

What belongs here: transactions. What must not: tables.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from guard.core.text import escape_untrusted
from guard.errors import CallerError, JournalDamaged


@contextmanager
def transaction(database: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """Write whole or not at all; raises JournalDamaged where the file does not take it."""
    try:
        database.execute("BEGIN IMMEDIATE")
        yield database
        database.execute("COMMIT")
    except sqlite3.Error as error:
        _roll_back(database)
        raise JournalDamaged(
            f"the journal {path} could not be written: {escape_untrusted(str(error))}",
            hint="nothing was sent after this; free the disk, mend the file's modes, or restore a copy",
        ) from error
    except BaseException:
        _roll_back(database)
        raise


@contextmanager
def reading(database: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """Read one state of the file, and turn whatever no writer of this program leaves into JournalDamaged."""
    try:
        database.execute("BEGIN")
        yield database
    except (sqlite3.Error, CallerError, ValueError, TypeError, KeyError) as error:
        raise JournalDamaged(
            f"the journal {path} holds what cannot be read ({type(error).__name__})",
            hint="it was edited or damaged; keep the file, and restore a copy you trust",
        ) from error
    finally:
        _roll_back(database)


def _roll_back(database: sqlite3.Connection) -> None:
    if database.in_transaction:
        database.execute("ROLLBACK")
