"""Signatures of the journal as a person or a program reads them.

What belongs here: words about records. What must not: the making of a signature.
"""

from __future__ import annotations

from datetime import UTC, datetime

from guard.core.decode import decode
from guard.core.journal import SignatureRecord
from guard.core.signature_document import signature_object
from guard.report.objects import intent_object
from guard.report.screen import fact_lines
from guard.report.words import told


def describe_signature(record: SignatureRecord) -> dict[str, object]:
    """Return a record as an object for `--json`."""
    return {
        "ok": record.signature is not None,
        "id": record.id,
        "state": record.state.value,
        "decision": record.decision,
        "digest": record.digest,
        "request": signature_object(record.request),
        "intent": intent_object(decode(record.request)),
        "signature": _hex(record.signature),
        "note": record.note,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "error": None,
    }


def signature_line(record: SignatureRecord) -> str:
    """Return a record as the lines of a list: its name, and what it allows."""
    when = datetime.fromtimestamp(record.created_at, UTC).strftime("%Y-%m-%d %H:%M")
    deeds = "".join(f"\n          {line}" for path, line in told(decode(record.request)) if not path)
    return f"{record.id}  {when}  {record.state.value:<9}  a signature{deeds}"


def signature_text(record: SignatureRecord) -> str:
    """Return one signature of the journal for a person."""
    facts = [("does", line) for _, line in told(decode(record.request))]
    facts += [
        ("from", record.request.sender),
        ("state", record.state.value),
        ("decision", record.decision or "no verdict"),
        ("chain", "not told" if record.request.chain_id is None else str(record.request.chain_id)),
        ("digest", record.digest),
        ("signature", _hex(record.signature) or "not signed"),
    ]
    if record.note:
        facts.append(("note", record.note))
    return "\n".join(fact_lines(facts))


def _hex(signature: bytes | None) -> str | None:
    return None if signature is None else "0x" + signature.hex()
