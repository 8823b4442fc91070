"""The audit trail's rows: appended inside the journal's transactions, and read back to be checked.

What belongs here: SQL about the trail. What must not: the chain itself; `guard.core.journal` makes it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import astuple

from guard.core.address import keccak256
from guard.core.journal import GENESIS_HASH, AuditEntry, next_entry, verify_chain
from guard.core.text import escape_once
from guard.core.trail import SIGNATURES, Standing, compare, replay
from guard.core.verdict import Verdict
from guard.errors import JournalDamaged

_SELECT = "SELECT sequence, at, event, send_id, body, previous_hash, hash FROM audit ORDER BY sequence"


def append(database: sqlite3.Connection, now: int, event: str, send_id: str, body: dict[str, object]) -> int:
    """Add one entry and return its number; raises JournalDamaged where the trail's end is not its head's."""
    row = database.execute(f"{_SELECT} DESC LIMIT 1").fetchone()
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
    return entry.sequence


def verify(database: sqlite3.Connection) -> int:
    """Check the chain, then the tables against it; return the number of entries.

    Raises JournalDamaged naming the first entry, send or signature that does not fit.
    """
    count = verify_chain(_entries(database), head=_head(database))
    rows = database.execute(
        "SELECT id, state, request, digest, decision, raw, hash, receipt, note, replaces, final,"
        " idempotency_key FROM sends"
    )
    kept = {row["id"]: (_standing(row), row["raw"]) for row in rows}
    signatures = database.execute("SELECT id, state, request, digest, decision, raw, note FROM signatures")
    kept |= {row["id"]: (_signature_standing(row), row["raw"]) for row in signatures}
    compare(replay(_entries(database)), kept)
    return count


def review_body(
    request: Mapping[str, object], verdict: Verdict, links: Mapping[str, str | None]
) -> dict[str, object]:
    """Return what the trail keeps of a verdict; `links` are the idempotency key and what it replaces."""
    return {
        "request": request,
        "digest": verdict.digest,
        "decision": None if verdict.decision is None else verdict.decision.name,
        "prediction": verdict.prediction.prediction_class.value,
        "findings": [
            {"rule": finding.rule, "severity": finding.severity.name.lower()} for finding in verdict.findings
        ],
        **links,
    }


def _entries(database: sqlite3.Connection) -> Iterator[AuditEntry]:
    return map(_entry, database.execute(_SELECT))


def _standing(row: sqlite3.Row) -> Standing:
    receipt = row["receipt"]
    return Standing(
        state=row["state"],
        request=json.loads(row["request"]),
        digest=row["digest"],
        decision=row["decision"],
        hash=row["hash"],
        note=row["note"],
        receipt=None if receipt is None else json.loads(receipt),
        is_final=bool(row["final"]),
        links={"idempotency_key": row["idempotency_key"], "replaces": row["replaces"]},
    )


def _signature_standing(row: sqlite3.Row) -> Standing:
    return Standing(
        table=SIGNATURES,
        state=row["state"],
        request=json.loads(row["request"]),
        digest=row["digest"],
        decision=row["decision"],
        hash=None if row["raw"] is None else "0x" + keccak256(row["raw"]).hex(),
        note=row["note"],
    )


def _head(database: sqlite3.Connection) -> tuple[int, str]:
    """Return the count and the last hash of the trail as they are kept beside it."""
    heads = database.execute("SELECT count, hash FROM audit_head").fetchall()
    if len(heads) != 1:
        raise JournalDamaged(
            f"the audit trail has {len(heads)} heads instead of one",
            hint="the journal was edited; keep the file, and restore a copy you trust",
        )
    return heads[0][0], escape_once(heads[0][1])


def _entry(row: sqlite3.Row) -> AuditEntry:
    return AuditEntry(**dict(zip(row.keys(), row, strict=True)))
