"""The journal in one SQLite file: write-ahead log, every commit synced to the disk.

What belongs here: tables and transactions. What must not: what may follow what; `guard.core.journal` says it.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from guard.adapters import journal_schema, journal_signatures, journal_trail
from guard.adapters.journal_access import reading, transaction
from guard.adapters.journal_mark import Mark, move_mark
from guard.core.address import Address
from guard.core.journal import (
    NEVER_SIGNED,
    UNSETTLED,
    SendRecord,
    SendState,
    SignatureRecord,
    check_transition,
)
from guard.core.receipt import Receipt
from guard.core.request import TransactionRequest
from guard.core.rivals import Step
from guard.core.rpc_transaction import parse_transaction, transaction_object
from guard.core.signature_request import SignatureRequest
from guard.core.signed import SignedTransaction
from guard.core.spending import Spending, commitments, signature_commitment
from guard.core.text import escape_once, escape_untrusted
from guard.core.verdict import Verdict
from guard.errors import JournalConflict

_INSERT_SEND = (
    "INSERT INTO sends (id, state, chain_id, sender, nonce, request, digest, decision, idempotency_key,"
    " replaces, note, created_at, updated_at)"
    " VALUES (:id, :state, :chain_id, :sender, :nonce, :request, :digest, :decision, :idempotency_key,"
    " :replaces, '', :now, :now)"
)


# Apart, because each has an index of its own.
_SIGNED = "FROM sends WHERE chain_id = ?1 AND sender = ?2 AND raw IS NOT NULL"
_ELSEWHERE = "FROM sends WHERE chain_id = ?1 AND sender = ?2 AND raw IS NULL AND signed_at IS NOT NULL"
"""What was ever given to somebody else to sign."""
_HANDED = f"{_ELSEWHERE} AND state = 'handed'"
"""What somebody else still has to sign: it may cost its account something from then on."""


def _any_of(states: frozenset[SendState]) -> str:
    """Return these states as SQL lists them: they are words of our own."""
    return ", ".join(f"'{state.value}'" for state in sorted(states, key=lambda state: state.value))


class SqliteJournal:
    """Implements the Journal port on one file. Safe for several processes at once."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the journal, creating it where there is none; `read_only` changes no byte of it.

        Raises JournalDamaged for a file that is not a whole journal of a version known here, or that is gone,
        emptied or an old copy; such a file is never replaced by an empty one.
        """
        self._path = path
        opened = journal_schema.open_read_only if read_only else journal_schema.open_database
        self._connection, self._name = opened(path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def open_send(
        self,
        request: TransactionRequest,
        verdict: Verdict,
        *,
        now: int,
        idempotency_key: str | None = None,
        replaces: str | None = None,
    ) -> str:
        """Write the verdict down, state REVIEWED, and return the id of the send.

        Raises JournalConflict when the key is taken, or when the nonce is that of another signed payment.
        """
        send_id = secrets.token_hex(4)
        transaction = transaction_object(request)
        row = {
            "id": send_id,
            "state": SendState.REVIEWED.value,
            "chain_id": request.chain_id,
            "sender": request.sender,
            "nonce": request.nonce,
            "request": json.dumps(transaction, sort_keys=True),
            "digest": verdict.digest,
            "decision": None if verdict.decision is None else verdict.decision.name,
            "idempotency_key": idempotency_key,
            "replaces": replaces,
            "now": now,
        }
        links = {"idempotency_key": idempotency_key, "replaces": replaces}

        def write(database: sqlite3.Connection) -> int:
            self._refuse_taken_nonce(database, request, replaces)
            self._refuse_taken_key(database, idempotency_key)
            database.execute(_INSERT_SEND, row)
            body = journal_trail.review_body(transaction, verdict, links)
            return journal_trail.append(database, now, "send.reviewed", send_id, body)

        self._transact(write)
        return send_id

    def record_signed(self, send_id: str, signed: SignedTransaction, *, now: int) -> None:
        """Write the signed bytes down; raises JournalConflict when the nonce is taken."""

        def write(database: sqlite3.Connection) -> int:
            self._move(database, send_id, SendState.SIGNED, now)
            try:
                database.execute(
                    "UPDATE sends SET raw = ?, hash = ?, signed_at = ? WHERE id = ?",
                    (signed.raw, signed.hash, now, send_id),
                )
            except sqlite3.IntegrityError as error:
                raise JournalConflict(
                    f"nonce {signed.unattributed.nonce} was given to another payment in the meantime",
                    hint="nothing was sent: start again, the next nonce will be taken",
                ) from error
            return journal_trail.append(database, now, "send.signed", send_id, {"hash": signed.hash})

        self._transact(write)

    def record_state(self, send_id: str, state: SendState, *, now: int, note: str = "") -> None:
        """Move the send to `state`; raises JournalConflict when that may not follow."""
        self.record_steps([Step(send_id=send_id, state=state, note=note)], now=now)

    def record_steps(self, steps: Sequence[Step], *, now: int) -> None:
        """Write down, in one transaction, what a look at the chain means for the rivals of one nonce."""

        def write(database: sqlite3.Connection) -> int:
            return max((self._step(database, step, now) for step in steps), default=0)

        self._transact(write)

    def record_note(self, send_id: str, note: str, *, now: int) -> None:
        """Write down what the node said, without moving the send."""

        def write(database: sqlite3.Connection) -> int:
            self._current(database, send_id)
            text = escape_untrusted(note)
            database.execute("UPDATE sends SET note = ?, updated_at = ? WHERE id = ?", (text, now, send_id))
            return journal_trail.append(database, now, "send.note", send_id, {"note": text})

        self._transact(write)

    def find(self, send_id: str) -> SendRecord | None:
        """Return one send, or None."""
        return next(iter(self._records("WHERE id = ?", send_id)), None)

    def find_by_hash(self, transaction_hash: str) -> SendRecord | None:
        """Return the send with these signed bytes' hash, or None."""
        return next(iter(self._records("WHERE hash = ?", transaction_hash.lower())), None)

    def find_by_key(self, idempotency_key: str) -> SendRecord | None:
        """Return the send under this idempotency key that was, or may still be, signed; or None."""
        where = f"WHERE idempotency_key = ? AND state NOT IN ({_any_of(NEVER_SIGNED)})"
        return next(iter(self._records(where, idempotency_key)), None)

    def rivals(self, record: SendRecord) -> list[SendRecord]:
        """Return every signed send of this one's chain, sender and nonce, itself included, oldest first."""
        of = record.request
        where = "WHERE chain_id = ? AND sender = ? AND nonce = ? AND raw IS NOT NULL ORDER BY rowid"
        return self._records(where, of.chain_id, of.sender, of.nonce)

    def signed_from(self, chain_id: int, sender: Address, nonce: int) -> list[SendRecord]:
        """Return every signed send of the account from `nonce` on, by nonce, then oldest first."""
        where = "WHERE chain_id = ? AND sender = ? AND nonce >= ? AND raw IS NOT NULL ORDER BY nonce, rowid"
        return self._records(where, chain_id, sender, nonce)

    def signatures(self, chain_id: int, sender: Address) -> int:
        """Return how many sends, texts and typed data the account ever signed: a change is noticed by it.

        What was handed to somebody else, who may sign it, counts too, and still does after a no there: a
        number that came down could come back to what it was, and hide what was signed in between.
        """
        with reading(self._connection, self._path) as database:
            count: int = database.execute(
                f"SELECT (SELECT count(*) {_SIGNED}) + (SELECT count(*) {_ELSEWHERE})",
                (chain_id, sender),
            ).fetchone()[0]
            return count + journal_signatures.count(database, sender)

    def spending(self, chain_id: int, sender: Address, *, since: int, besides: int | None) -> Spending:
        """Return what the account committed itself to after `since` (Unix seconds), signatures included."""
        with reading(self._connection, self._path) as database:
            # Rivals of a payment that was signed before the window count with it. `besides` leaves out what a
            # payment takes the place of; of what a wallet elsewhere has that is not known.
            rows = database.execute(
                f"{journal_schema.SELECT_SENDS} WHERE id IN (SELECT id {_SIGNED})"
                f" AND nonce IS NOT ?4 AND nonce IN (SELECT nonce {_SIGNED} AND signed_at > ?3)",
                (chain_id, sender, since, besides),
            )
            handed = database.execute(
                f"{journal_schema.SELECT_SENDS} WHERE id IN (SELECT id {_HANDED} AND signed_at > ?3)",
                (chain_id, sender, since),
            )
            sent = commitments(map(_record, (*rows, *handed)))
            made = journal_signatures.made(database, chain_id, sender, since=since)
            last = database.execute(f"SELECT max(nonce) {_SIGNED}", (chain_id, sender)).fetchone()[0]
        others = (signature_commitment(request, at) for request, at in made)
        return Spending(commitments=(*sent, *others), next_nonce=None if last is None else last + 1)

    def sends(self, limit: int) -> list[SendRecord]:
        """Return the latest `limit` sends, newest first."""
        return self._records("ORDER BY created_at DESC, rowid DESC LIMIT ?", limit)

    def open_sends(self) -> list[SendRecord]:
        """Return every send whose end is not final, in the order in which `resume` looks at them.

        What was handed to a wallet elsewhere is not among them: there are no bytes here to bring anywhere.
        By account and nonce, for a node takes no payment before the one that it follows.
        """
        never = _any_of(NEVER_SIGNED | {SendState.HANDED})
        return self._records(
            f"WHERE final = 0 AND state NOT IN ({never}) ORDER BY chain_id, sender, nonce, created_at, rowid"
        )

    def paid_requests(self, chain_id: int, sender: str) -> list[TransactionRequest]:
        """Return the requests of `sender` on this chain that were mined with status 1, oldest first."""
        with reading(self._connection, self._path) as database:
            rows = database.execute(
                "SELECT request FROM sends WHERE chain_id = ? AND sender = ? AND state = ? ORDER BY rowid",
                (chain_id, sender, SendState.MINED.value),
            )
            return [parse_transaction(json.loads(row[0])) for row in rows]

    def open_signature(self, request: SignatureRequest, verdict: Verdict, *, now: int) -> str:
        """Write the verdict on a signature down, state REVIEWED, and return its id."""
        signature_id = f"sig-{secrets.token_hex(4)}"
        self._transact(
            lambda database: journal_signatures.open_one(database, signature_id, request, verdict, now)
        )
        return signature_id

    def record_signature(self, signature_id: str, signature: bytes, *, now: int) -> None:
        """Write the 65 bytes down before anybody else has them; raises JournalConflict after an end."""
        self._transact(lambda database: journal_signatures.sign(database, signature_id, signature, now))

    def end_signature(self, signature_id: str, state: SendState, *, now: int, note: str = "") -> None:
        """Write down that no signature was made, and why; raises JournalConflict when it has an end."""
        self._transact(lambda database: journal_signatures.end(database, signature_id, state, now, note))

    def find_signature(self, signature_id: str) -> SignatureRecord | None:
        """Return one signature, or None."""
        with reading(self._connection, self._path) as database:
            return journal_signatures.find(database, signature_id)

    def latest_signatures(self, limit: int) -> list[SignatureRecord]:
        """Return the latest `limit` signatures, newest first."""
        with reading(self._connection, self._path) as database:
            return journal_signatures.latest(database, limit)

    def signed_grants(self, chain_id: int, sender: Address, since: int) -> list[SignatureRequest]:
        """Return what the account signed after `since` (Unix seconds) and holds on this chain, oldest first.

        What names no chain holds on every one.
        """
        with reading(self._connection, self._path) as database:
            return [
                request for request, _ in journal_signatures.made(database, chain_id, sender, since=since)
            ]

    def verify_audit(self) -> int:
        """Check the audit trail, and the sends against it, and return the trail's length.

        Raises JournalDamaged naming the first entry or send that does not fit.
        """
        with reading(self._connection, self._path) as database:
            return journal_trail.verify(database)

    def _records(self, where: str, *parameters: object) -> list[SendRecord]:
        with reading(self._connection, self._path) as database:
            rows = database.execute(f"{journal_schema.SELECT_SENDS} {where}", parameters)
            return [_record(row) for row in rows]

    def _current(self, database: sqlite3.Connection, send_id: str) -> tuple[SendState, bool]:
        row = database.execute("SELECT state, final FROM sends WHERE id = ?", (send_id,)).fetchone()
        if row is None:
            raise JournalConflict(
                f"there is no send {escape_untrusted(send_id)}", hint="`wallet history` lists them"
            )
        return SendState(row[0]), bool(row[1])

    def _move(self, database: sqlite3.Connection, send_id: str, state: SendState, now: int) -> None:
        current, is_final = self._current(database, send_id)
        check_transition(send_id, current, state, is_final=is_final)
        database.execute(
            "UPDATE sends SET state = ?, updated_at = ? WHERE id = ?", (state.value, now, send_id)
        )

    def _step(self, database: sqlite3.Connection, step: Step, now: int) -> int:
        current, is_final = self._current(database, step.send_id)
        if step.before is not None and (is_final or step.before is not current):
            return 0
        self._move(database, step.send_id, step.state, now)
        note = escape_untrusted(step.note)
        receipt = None if step.receipt is None else asdict(step.receipt)
        if step.state is SendState.HANDED:
            database.execute("UPDATE sends SET signed_at = ? WHERE id = ?", (now, step.send_id))
        database.execute(
            "UPDATE sends SET note = ?, receipt = ?, final = ? WHERE id = ?",
            (note, receipt and json.dumps(receipt, sort_keys=True), int(step.is_final), step.send_id),
        )
        body: dict[str, object] = {"note": note}
        if receipt is not None:
            body["receipt"] = receipt
        if step.is_final:
            body["final"] = True
        return journal_trail.append(database, now, f"send.{step.state.value}", step.send_id, body)

    def _refuse_taken_nonce(
        self, database: sqlite3.Connection, request: TransactionRequest, replaces: str | None
    ) -> None:
        row = database.execute(
            "SELECT id, state FROM sends WHERE chain_id = ? AND sender = ? AND nonce = ? AND raw IS NOT NULL"
            " ORDER BY rowid DESC LIMIT 1",
            (request.chain_id, request.sender, request.nonce),
        ).fetchone()
        if row is None and replaces is None:
            return
        if row is not None and replaces == row[0] and SendState(row[1]) in UNSETTLED:
            return
        if row is None or replaces is not None:
            raise JournalConflict(
                f"{replaces} can no longer be replaced: it has an end, or something else replaces it",
                hint="`wallet history` tells where it stands",
            )
        if SendState(row[1]) in UNSETTLED:
            raise JournalConflict(
                f"nonce {request.nonce} already belongs to the payment {row[0]}, which is {row[1]}",
                hint=f"bring that one to its end first: `wallet resume {row[0]}` or `wallet cancel {row[0]}`",
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
            (idempotency_key, *sorted(state.value for state in NEVER_SIGNED)),
        ).fetchone()
        if row is not None:
            raise JournalConflict(
                f"the idempotency key '{escape_untrusted(idempotency_key)}' belongs to the send {row[0]}, "
                f"which is {row[1]}",
                hint=f"`wallet resume {row[0]}` brings it to its end; use another key for another payment",
            )

    def _transact(self, write: Callable[[sqlite3.Connection], int]) -> None:
        """Commit what `write` does, and move the mark to the number of the last entry that it wrote."""
        with transaction(self._connection, self._path) as database:
            last = write(database)
        if last:
            move_mark(self._path, Mark(journal=self._name, entries=last))


def _record(row: sqlite3.Row) -> SendRecord:
    """Return a row as a record. Its texts were escaped when written; whoever edits the file may undo that."""

    def text(name: str) -> str | None:
        return None if row[name] is None else escape_once(row[name])

    receipt = row["receipt"]
    fields = {} if receipt is None else json.loads(receipt)
    return SendRecord(
        id=escape_once(row["id"]),
        state=SendState(row["state"]),
        request=parse_transaction(json.loads(row["request"])),
        digest=escape_once(row["digest"]),
        decision=text("decision"),
        raw=row["raw"],
        hash=text("hash"),
        receipt=None if receipt is None else Receipt(**{**fields, "hash": escape_once(fields["hash"])}),
        note=escape_once(row["note"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        replaces=text("replaces"),
        signed_at=row["signed_at"],
        is_final=bool(row["final"]),
    )
