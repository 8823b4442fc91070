"""Accounts' pasts that an explorer told, kept in one SQLite file so that only what is new is asked again.

What belongs here: keeping, and the refusal of what is not whole. What must not: how old is too old;
`explorer_history.py` says it. What is kept here can always be asked again, so nothing in it is worth an
error: a damaged file is thrown away.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from guard.adapters.explorer_pages import Row
from guard.adapters.files import make_folder, modes_problem
from guard.core.address import Address
from guard.core.history import AccountTransaction, TokenMove
from guard.errors import GuardError

T = TypeVar("T")

VERSION = 1
MAX_ACCOUNTS = 500
"""Accounts that are kept; the ones longest not asked about give way."""

_BUSY_TIMEOUT_S = 2.0
_NO_CACHE_NOW = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)
"""Held by another process, a full or read-only disk: there is no cache now, and nothing to throw away."""
_SELECT = "SELECT body, hash FROM histories WHERE chain_id = ? AND account = ? AND source = ?"
_DELETE = "DELETE FROM histories WHERE chain_id = ? AND account = ? AND source = ?"
_TABLE = """
CREATE TABLE IF NOT EXISTS histories (
    chain_id INTEGER NOT NULL,
    account TEXT NOT NULL,
    source TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (chain_id, account, source)
) STRICT
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheKey:
    """Whose past, on which chain, as told by whom."""

    chain_id: int
    """The chain."""
    account: Address
    """The account."""
    source: str
    """The explorer's address, without a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedHistory:
    """One account's past as it was last told."""

    asked_at: int
    """When the explorer was last asked, Unix seconds."""
    whole_at: int
    """When all of it was last asked for, Unix seconds."""
    is_too_long: bool = False
    """Whether it was longer than is read; nothing of it is kept then."""
    transactions: tuple[Row[AccountTransaction], ...] = field(default=(), repr=False)
    """Transactions, oldest first."""
    token_moves: tuple[Row[TokenMove], ...] = field(default=(), repr=False)
    """ERC-20 moves, oldest first."""

    @property
    def last_block(self) -> int:
        """The last block of which something is known; 0 where nothing is."""
        return max((rows[-1].block for rows in (self.transactions, self.token_moves) if rows), default=0)


class HistoryCache:
    """Keeps histories in one file. Several processes may; none of them ever sees half an entry."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, key: CacheKey) -> CachedHistory | None:
        """Return what is kept of an account; None where nothing is, or nothing that can be trusted."""

        def read(database: sqlite3.Connection) -> CachedHistory | None:
            row = database.execute(_SELECT, _place(key)).fetchone()
            if row is None:
                return None
            body, told = row
            if not isinstance(body, str) or _hash(key, body) != told:
                database.execute(_DELETE, _place(key))
                return None
            return _decoded(body)

        try:
            return self._use(read)
        except (ArithmeticError, GuardError, LookupError, TypeError, ValueError):
            return None

    def save(self, key: CacheKey, history: CachedHistory) -> None:
        """Keep a history in place of the one before; where that cannot be done, nothing is kept."""
        body = _encoded(history)
        row = (*_place(key), history.asked_at, body, _hash(key, body))

        def write(database: sqlite3.Connection) -> None:
            # At once, for a transaction that becomes one of writing later is refused instead of waiting.
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT OR REPLACE INTO histories VALUES (?, ?, ?, ?, ?, ?)", row)
            database.execute(
                "DELETE FROM histories WHERE rowid NOT IN"
                " (SELECT rowid FROM histories ORDER BY asked_at DESC LIMIT ?)",
                (MAX_ACCOUNTS,),
            )

        self._use(write)

    def _use(self, action: Callable[[sqlite3.Connection], T]) -> T | None:
        """Do something with the database in one transaction; a file that is none is replaced, once."""
        for _ in range(2):
            try:
                with contextlib.closing(self._open()) as database, database:
                    return action(database)
            except sqlite3.DatabaseError as error:
                code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_NOTADB)
                if code & 0xFF in _NO_CACHE_NOW or not self._drop():
                    return None
            except OSError:
                return None
        return None

    def _open(self) -> sqlite3.Connection:
        make_folder(self._path.parent)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        if modes_problem(self._path, forbidden=0o077) is not None:
            raise sqlite3.DatabaseError("not a file of its owner alone")
        database = sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        try:
            # What a loss of power damages, the hash of each entry tells.
            database.execute("PRAGMA synchronous = OFF")
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version not in (0, VERSION):
                raise sqlite3.DatabaseError("another version")
            if version == 0:
                with database:
                    database.execute("BEGIN IMMEDIATE")
                    database.execute(_TABLE)
                    database.execute(f"PRAGMA user_version = {VERSION}")
        except BaseException:
            database.close()
            raise
        return database

    def _drop(self) -> bool:
        try:
            for path in (self._path, self._path.with_name(f"{self._path.name}-journal")):
                path.unlink(missing_ok=True)
        except OSError:
            return False
        return True


def _place(key: CacheKey) -> tuple[int, str, str]:
    return key.chain_id, key.account, key.source


def _hash(key: CacheKey, body: str) -> str:
    """Return what tells an entry that a disk or a half-written page changed from a whole one."""
    return hashlib.sha256("\n".join([str(key.chain_id), key.account, key.source, body]).encode()).hexdigest()


def _encoded(history: CachedHistory) -> str:
    """Return a history as text: rows of numbers, in which an address is its place in one list of them."""
    addresses: dict[Address, int] = {}

    def place(address: Address) -> int:
        return addresses.setdefault(address, len(addresses))

    def transaction(row: Row[AccountTransaction]) -> list[object]:
        told = row.value
        to = None if told.recipient is None else place(told.recipient)
        return [row.block, told.timestamp, place(told.sender), to, told.value_wei]

    def move(row: Row[TokenMove]) -> list[object]:
        told = row.value
        places = [place(told.sender), place(told.recipient), place(told.token)]
        return [row.block, *places, told.token_name, str(told.amount)]

    body: dict[str, object] = {
        "asked_at": history.asked_at,
        "whole_at": history.whole_at,
        "is_too_long": history.is_too_long,
        "transactions": [transaction(row) for row in history.transactions],
        "token_moves": [move(row) for row in history.token_moves],
    }
    # Last, for the rows above fill it.
    body["addresses"] = list(addresses)
    return json.dumps(body, separators=(",", ":"))


def _decoded(body: str) -> CachedHistory:
    """Read what `_encoded` wrote; raises KeyError, TypeError, ValueError or GuardError for anything else."""
    told = json.loads(body)
    addresses = [Address.parse(text) for text in told["addresses"]]
    return CachedHistory(
        asked_at=told["asked_at"],
        whole_at=told["whole_at"],
        is_too_long=told["is_too_long"],
        transactions=tuple(
            Row(
                block,
                AccountTransaction(
                    timestamp=timestamp,
                    sender=addresses[sender],
                    recipient=None if recipient is None else addresses[recipient],
                    value_wei=value,
                ),
            )
            for block, timestamp, sender, recipient, value in told["transactions"]
        ),
        token_moves=tuple(
            Row(
                block,
                TokenMove(
                    sender=addresses[sender],
                    recipient=addresses[recipient],
                    token=addresses[token],
                    token_name=name,
                    amount=Decimal(amount),
                ),
            )
            for block, sender, recipient, token, name, amount in told["token_moves"]
        ),
    )
