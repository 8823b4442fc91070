"""The journal in one SQLite file: write-ahead log, every commit synced to the disk.

What belongs here: tables and transactions. What must not: what may follow what; `guard.core.journal` says it.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple
from pathlib import Path

from guard.adapters import journal_schema
from guard.core.journal import (
    GENESIS_HASH,
    UNSETTLED,
    AuditEntry,
    SendState,
    check_transition,
    next_entry,
    verify_chain,
)
from guard.core.receipt import Receipt
from guard.core.request import TransactionRequest
from guard.core.rpc_transaction import parse_transaction, transaction_object
from guard.core.signed import SignedTransaction
from guard.core.text import escape_untrusted
from guard.core.verdict import Verdict
from guard.errors import CallerError, JournalConflict, JournalDamaged
from guard.ports import SendRecord

_NEVER_SIGNED = ("blocked", "undecided", "declined", "abandoned")


class SqliteJournal:
    """Implements the Journal port on one file. Safe for several processes at once."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the journal, creating it where there is none; `read_only` changes no byte of it.

        Raises JournalDamaged for a file that is not a whole journal of a version known here; such a file is
        never replaced by an empty one.
        """
        self._path = path
        opened = journal_schema.open_read_only if read_only else journal_schema.open_database
        self._connection = opened(path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def open_send(
        self, request: TransactionRequest, verdict: Verdict, *, now: int, idempotency_key: str | None
    ) -> str:
        """Write the verdict down, state REVIEWED, and return the id of the send.

        Raises JournalConflict when the key is taken, or when the nonce is that of a signed payment.
        """
        send_id = secrets.token_hex(4)
        transaction = transaction_object(request)
        decision = None if verdict.decision is None else verdict.decision.name

        def write(database: sqlite3.Connection) -> None:
            self._refuse_taken_nonce(database, request)
            self._refuse_taken_key(database, idempotency_key)
            database.execute(
                "INSERT INTO sends (id, state, chain_id, sender, nonce, request, digest, decision,"
                " idempotency_key, note, created_at, updated_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?)",
                (
                    send_id,
                    SendState.REVIEWED.value,
                    request.chain_id,
                    request.sender,
                    request.nonce,
                    json.dumps(transaction, sort_keys=True),
                    verdict.digest,
                    decision,
                    idempotency_key,
                    now,
                    now,
                ),
            )
            _append(database, now, "send.reviewed", send_id, _review_body(transaction, verdict))

        self._transact(write)
        return send_id

    def record_signed(self, send_id: str, signed: SignedTransaction, *, now: int) -> None:
        """Write the signed bytes down; raises JournalConflict when the nonce is taken."""

        def write(database: sqlite3.Connection) -> None:
            self._move(database, send_id, SendState.SIGNED, now)
            try:
                database.execute(
                    "UPDATE sends SET raw = ?, hash = ? WHERE id = ?", (signed.raw, signed.hash, send_id)
                )
            except sqlite3.IntegrityError as error:
                raise JournalConflict(
                    f"nonce {signed.unattributed.nonce} was given to another payment in the meantime",
                    hint="nothing was sent: start again, the next nonce will be taken",
                ) from error
            _append(database, now, "send.signed", send_id, {"hash": signed.hash})

        self._transact(write)

    def record_state(
        self, send_id: str, state: SendState, *, now: int, note: str = "", receipt: Receipt | None = None
    ) -> None:
        """Move the send to `state`; raises JournalConflict when that may not follow."""

        def write(database: sqlite3.Connection) -> None:
            self._move(database, send_id, state, now)
            text = None if receipt is None else json.dumps(asdict(receipt), sort_keys=True)
            database.execute(
                "UPDATE sends SET note = ?, receipt = ? WHERE id = ?",
                (escape_untrusted(note), text, send_id),
            )
            body: dict[str, object] = {"note": escape_untrusted(note)}
            if receipt is not None:
                body["receipt"] = asdict(receipt)
            _append(database, now, f"send.{state.value}", send_id, body)

        self._transact(write)

    def record_note(self, send_id: str, note: str, *, now: int) -> None:
        """Write down what the node said, without moving the send."""

        def write(database: sqlite3.Connection) -> None:
            self._current(database, send_id)
            text = escape_untrusted(note)
            database.execute("UPDATE sends SET note = ?, updated_at = ? WHERE id = ?", (text, now, send_id))
            _append(database, now, "send.note", send_id, {"note": text})

        self._transact(write)

    def find(self, send_id: str) -> SendRecord | None:
        """Return one send, or None."""
        return next(iter(self._records("WHERE id = ?", send_id)), None)

    def find_by_hash(self, transaction_hash: str) -> SendRecord | None:
        """Return the send with these signed bytes' hash, or None."""
        return next(iter(self._records("WHERE hash = ?", transaction_hash.lower())), None)

    def find_by_key(self, idempotency_key: str) -> SendRecord | None:
        """Return the send under this idempotency key that was, or may still be, signed; or None."""
        return next(
            iter(
                self._records(
                    "WHERE idempotency_key = ? AND state NOT IN (?, ?, ?, ?)", idempotency_key, *_NEVER_SIGNED
                )
            ),
            None,
        )

    def sends(self, limit: int) -> list[SendRecord]:
        """Return the latest `limit` sends, newest first."""
        return self._records("ORDER BY created_at DESC, rowid DESC LIMIT ?", limit)

    def open_sends(self) -> list[SendRecord]:
        """Return every send that has not come to an end, oldest first: what `resume` looks at."""
        open_states = (SendState.REVIEWED.value, *sorted(state.value for state in UNSETTLED))
        return self._records("WHERE state IN (?, ?, ?) ORDER BY created_at, rowid", *open_states)

    def paid_requests(self, chain_id: int, sender: str) -> list[TransactionRequest]:
        """Return the requests of `sender` on this chain that were mined with status 1, oldest first."""
        with _reading(self._connection, self._path) as database:
            rows = database.execute(
                "SELECT request FROM sends WHERE chain_id = ? AND sender = ? AND state = ? ORDER BY rowid",
                (chain_id, sender, SendState.MINED.value),
            )
            return [parse_transaction(json.loads(row[0])) for row in rows]

    def verify_audit(self) -> int:
        """Check the audit trail and return its length; raises JournalDamaged naming the first bad entry."""
        with _reading(self._connection, self._path) as database:
            rows = database.execute(
                "SELECT sequence, at, event, send_id, body, previous_hash, hash FROM audit ORDER BY sequence"
            )
            return verify_chain(map(_entry, rows), head=_head(database))

    def _records(self, where: str, *parameters: object) -> list[SendRecord]:
        with _reading(self._connection, self._path) as database:
            rows = database.execute(f"{journal_schema.SELECT_SENDS} {where}", parameters)
            return [_record(row) for row in rows]

    def _current(self, database: sqlite3.Connection, send_id: str) -> SendState:
        row = database.execute("SELECT state FROM sends WHERE id = ?", (send_id,)).fetchone()
        if row is None:
            raise JournalConflict(
                f"there is no send {escape_untrusted(send_id)}", hint="`wallet history` lists them"
            )
        return SendState(row[0])

    def _move(self, database: sqlite3.Connection, send_id: str, state: SendState, now: int) -> None:
        check_transition(send_id, self._current(database, send_id), state)
        database.execute(
            "UPDATE sends SET state = ?, updated_at = ? WHERE id = ?", (state.value, now, send_id)
        )

    def _refuse_taken_nonce(self, database: sqlite3.Connection, request: TransactionRequest) -> None:
        row = database.execute(
            "SELECT id, state FROM sends WHERE chain_id = ? AND sender = ? AND nonce = ? AND raw IS NOT NULL",
            (request.chain_id, request.sender, request.nonce),
        ).fetchone()
        if row is None:
            return
        if SendState(row[1]) in UNSETTLED:
            raise JournalConflict(
                f"nonce {request.nonce} already belongs to the payment {row[0]}, which is {row[1]}",
                hint=f"bring that one to its end first: `wallet resume {row[0]}`",
            )
        raise JournalConflict(
            f"nonce {request.nonce} is free on the node, and here it belongs to {row[0]}, which is {row[1]}",
            hint="this is a reset chain, or another one under the same id: give it a TXGUARD_HOME of its own",
        )

    def _refuse_taken_key(self, database: sqlite3.Connection, idempotency_key: str | None) -> None:
        if idempotency_key is None:
            return
        row = database.execute(
            "SELECT id, state FROM sends WHERE idempotency_key = ? AND state NOT IN (?, ?, ?, ?)",
            (idempotency_key, *_NEVER_SIGNED),
        ).fetchone()
        if row is not None:
            raise JournalConflict(
                f"the idempotency key '{escape_untrusted(idempotency_key)}' belongs to the send {row[0]}, "
                f"which is {row[1]}",
                hint=f"`wallet resume {row[0]}` brings it to its end; use another key for another payment",
            )

    def _transact(self, write: Callable[[sqlite3.Connection], None]) -> None:
        with _transaction(self._connection, self._path) as database:
            write(database)


@contextmanager
def _transaction(database: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
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
def _reading(database: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
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


def _review_body(transaction: dict[str, str], verdict: Verdict) -> dict[str, object]:
    return {
        "request": transaction,
        "digest": verdict.digest,
        "decision": None if verdict.decision is None else verdict.decision.name,
        "prediction": verdict.prediction.prediction_class.value,
        "findings": [
            {"rule": finding.rule, "severity": finding.severity.name.lower()} for finding in verdict.findings
        ],
    }


def _append(
    database: sqlite3.Connection, now: int, event: str, send_id: str, body: dict[str, object]
) -> None:
    row = database.execute(
        "SELECT sequence, at, event, send_id, body, previous_hash, hash FROM audit"
        " ORDER BY sequence DESC LIMIT 1"
    ).fetchone()
    last = None if row is None else _entry(row)
    if _head(database) != ((0, GENESIS_HASH) if last is None else (last.sequence, last.hash)):
        # To go on from here would write a new end over a trail that was cut, and hide the cut.
        raise JournalDamaged(
            "the end of the audit trail is not the one that was written last",
            hint="`guard audit verify` tells more; keep the file, and restore a copy you trust",
        )
    entry = next_entry(last, at=now, event=event, send_id=send_id, body=body)
    database.execute(
        "INSERT INTO audit (sequence, at, event, send_id, body, previous_hash, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        astuple(entry),
    )
    database.execute("UPDATE audit_head SET count = ?, hash = ?", (entry.sequence, entry.hash))


def _head(database: sqlite3.Connection) -> tuple[int, str]:
    """Return the count and the last hash of the trail as they are kept beside it."""
    heads = database.execute("SELECT count, hash FROM audit_head").fetchall()
    if len(heads) != 1:
        raise JournalDamaged(
            f"the audit trail has {len(heads)} heads instead of one",
            hint="the journal was edited; keep the file, and restore a copy you trust",
        )
    return heads[0][0], heads[0][1]


def _entry(row: sqlite3.Row) -> AuditEntry:
    return AuditEntry(**dict(zip(row.keys(), row, strict=True)))


def _record(row: sqlite3.Row) -> SendRecord:
    receipt = row["receipt"]
    return SendRecord(
        id=row["id"],
        state=SendState(row["state"]),
        request=parse_transaction(json.loads(row["request"])),
        digest=row["digest"],
        decision=row["decision"],
        raw=row["raw"],
        hash=row["hash"],
        receipt=None if receipt is None else Receipt(**json.loads(receipt)),
        note=row["note"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
