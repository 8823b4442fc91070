"""The journal's table of signatures that are no transactions.

What belongs here: its rows. What must not: transactions of the file; the journal opens and commits them.
"""

from __future__ import annotations

import json
import sqlite3

from guard.adapters import journal_trail
from guard.core.address import Address, keccak256
from guard.core.authorization import Delegation
from guard.core.journal import SendState, SignatureRecord, check_signature_end
from guard.core.signature_document import canonical_text, parse_signature, signature_object
from guard.core.signature_request import SignatureRequest
from guard.core.text import escape_once, escape_untrusted
from guard.core.typed_data import TypedData
from guard.core.verdict import Verdict
from guard.errors import JournalConflict

_SELECT = "SELECT id, state, request, digest, decision, raw, note, created_at, updated_at FROM signatures"
_INSERT = (
    "INSERT INTO signatures (id, state, chain_id, sender, request, digest, decision, note, created_at,"
    " updated_at) VALUES (:id, :state, :chain_id, :sender, :request, :digest, :decision, '', :now, :now)"
)
_LARGEST = 2**63 - 1
"""SQLite's largest integer; what holds on a chain beyond it is counted on every chain."""


def open_one(
    database: sqlite3.Connection, signature_id: str, request: SignatureRequest, verdict: Verdict, now: int
) -> int:
    """Add a signature in state REVIEWED; return the number of the trail's entry."""
    row = {
        "id": signature_id,
        "state": SendState.REVIEWED.value,
        "chain_id": _chain_of(request),
        "sender": request.sender,
        "request": canonical_text(request),
        "digest": verdict.digest,
        "decision": None if verdict.decision is None else verdict.decision.name,
        "now": now,
    }
    database.execute(_INSERT, row)
    body = journal_trail.review_body(signature_object(request), verdict, {})
    return journal_trail.append(database, now, "signature.reviewed", signature_id, body)


def sign(database: sqlite3.Connection, signature_id: str, signature: bytes, now: int) -> int:
    """Write the signature's bytes down; raises JournalConflict where it has an end already."""
    _move(database, signature_id, SendState.SIGNED, now)
    database.execute("UPDATE signatures SET raw = ? WHERE id = ?", (signature, signature_id))
    body: dict[str, object] = {"hash": "0x" + keccak256(signature).hex()}
    return journal_trail.append(database, now, "signature.signed", signature_id, body)


def end(database: sqlite3.Connection, signature_id: str, state: SendState, now: int, note: str) -> int:
    """Write down that no signature was made; raises JournalConflict where it has an end already."""
    _move(database, signature_id, state, now)
    text = escape_untrusted(note)
    database.execute("UPDATE signatures SET note = ? WHERE id = ?", (text, signature_id))
    return journal_trail.append(database, now, f"signature.{state.value}", signature_id, {"note": text})


def find(database: sqlite3.Connection, signature_id: str) -> SignatureRecord | None:
    """Return one signature, or None."""
    row = database.execute(f"{_SELECT} WHERE id = ?", (signature_id,)).fetchone()
    return None if row is None else _record(row)


def latest(database: sqlite3.Connection, limit: int) -> list[SignatureRecord]:
    """Return the latest signatures, newest first."""
    rows = database.execute(f"{_SELECT} ORDER BY created_at DESC, rowid DESC LIMIT ?", (limit,))
    return [_record(row) for row in rows]


def made(
    database: sqlite3.Connection, chain_id: int, sender: Address, *, since: int
) -> list[tuple[SignatureRequest, int]]:
    """Return what was signed after `since` and holds on this chain, oldest first, each with its time."""
    rows = database.execute(
        "SELECT request, updated_at FROM signatures WHERE raw IS NOT NULL AND sender = ? AND updated_at > ?"
        " AND (chain_id IS NULL OR chain_id = ?) ORDER BY rowid",
        (sender, since, chain_id),
    )
    # Nothing follows a signature: its last change is when it was made.
    return [(parse_signature(json.loads(row[0])), row[1]) for row in rows]


def count(database: sqlite3.Connection, sender: Address) -> int:
    """Return how many signatures the account ever made, on whatever chain."""
    found: int = database.execute(
        "SELECT count(*) FROM signatures WHERE raw IS NOT NULL AND sender = ?", (sender,)
    ).fetchone()[0]
    return found


def _chain_of(request: SignatureRequest) -> int | None:
    """Return the chain on which a signature holds: the one that it names, or None for every one."""
    content = request.content
    chain: int | None = None
    if isinstance(content, TypedData):
        chain = content.domain.chain_id
    elif isinstance(content, Delegation):
        chain = content.chain_id or None
    return chain if chain is not None and chain <= _LARGEST else None


def _move(database: sqlite3.Connection, signature_id: str, state: SendState, now: int) -> None:
    row = database.execute("SELECT state FROM signatures WHERE id = ?", (signature_id,)).fetchone()
    if row is None:
        raise JournalConflict(
            f"there is no signature {escape_untrusted(signature_id)}", hint="`wallet history` lists them"
        )
    check_signature_end(signature_id, SendState(row[0]), state)
    database.execute(
        "UPDATE signatures SET state = ?, updated_at = ? WHERE id = ?", (state.value, now, signature_id)
    )


def _record(row: sqlite3.Row) -> SignatureRecord:
    return SignatureRecord(
        id=escape_once(row["id"]),
        state=SendState(row["state"]),
        request=parse_signature(json.loads(row["request"])),
        digest=escape_once(row["digest"]),
        decision=None if row["decision"] is None else escape_once(row["decision"]),
        signature=row["raw"],
        note=escape_once(row["note"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
