"""What the audit trail says that every send and signature is, to be compared with what their tables say.

What belongs here: the replay of the trail, and the comparison. What must not: the chain of hashes itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from guard.core.address import keccak256
from guard.core.journal import AuditEntry, SendState
from guard.core.text import escape_untrusted
from guard.errors import JournalDamaged

SENDS, SIGNATURES = "send", "signature"
"""What the events of each table begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One send, or one signature, as the trail or its table tells it."""

    table: str = SENDS
    """Which table it belongs to."""
    state: str
    """Where it stands."""
    request: Mapping[str, object]
    """The transaction object, or the signature's document, that was scored."""
    digest: str
    """Its digest."""
    decision: str | None
    """The verdict."""
    hash: str | None = None
    """The hash of the signed bytes, or of the signature's."""
    note: str = ""
    """What was said last."""
    receipt: Mapping[str, object] | None = None
    """The receipt."""
    is_final: bool = False
    """Whether its end stays."""
    links: Mapping[str, object] = field(default_factory=dict)
    """The idempotency key and what it replaces, where the trail names them; journals of version 1 did not."""


def replay(entries: Iterable[AuditEntry]) -> dict[str, Standing]:
    """Return every send and signature as the trail tells it; raises JournalDamaged for nonsense."""
    sends: dict[str, Standing] = {}
    for entry in entries:
        try:
            standing = _after(sends.get(entry.send_id), entry)
        except (AttributeError, KeyError, TypeError, ValueError):
            standing = None
        if standing is None:
            raise JournalDamaged(
                f"audit entry {entry.sequence} tells something that cannot be",
                hint="the journal was edited or damaged; keep the file, and restore a copy you trust",
            )
        sends[entry.send_id] = standing
    return sends


def _after(standing: Standing | None, entry: AuditEntry) -> Standing | None:
    body: Mapping[str, Any] = json.loads(entry.body)
    table, _, event = entry.event.rpartition(".")
    if table not in (SENDS, SIGNATURES) or (standing is not None and standing.table != table):
        return None
    if event == "reviewed":
        links = {name: body[name] for name in ("idempotency_key", "replaces") if name in body}
        return Standing(
            table=table,
            state=event,
            request=body["request"],
            digest=body["digest"],
            decision=body["decision"],
            links=links,
        )
    if standing is None:
        return None
    if event == "signed":
        return replace(standing, state=event, hash=body["hash"])
    if event == "note":
        return replace(standing, note=body["note"])
    return replace(
        standing,
        state=SendState(event).value,
        note=body["note"],
        receipt=body.get("receipt"),
        is_final=body.get("final", False),
    )


def compare(told: Mapping[str, Standing], kept: Mapping[str, tuple[Standing, bytes | None]]) -> None:
    """Raise JournalDamaged naming the first send or signature in which its table differs from the trail.

    `kept` is what the tables hold: each with its signed bytes, whose hash must be the one in the trail.
    """
    for send_id in sorted(set(told) | set(kept)):
        if send_id not in kept:
            table = told[send_id].table
            raise _differs(table, send_id, f"is in the trail and not in the table of {table}s")
        if send_id not in told:
            table = kept[send_id][0].table
            raise _differs(table, send_id, f"is in the table of {table}s and not in the trail")
        trail, (row, raw) = told[send_id], kept[send_id]
        for name in Standing.__dataclass_fields__:
            one, other = getattr(trail, name), getattr(row, name)
            if name == "links":
                other = {link: other.get(link) for link in one}
            if one != other:
                raise _differs(
                    row.table, send_id, f"has another {name.removeprefix('is_')} than the trail says"
                )
        if trail.hash != (None if raw is None else "0x" + keccak256(raw).hex()):
            raise _differs(row.table, send_id, "has other signed bytes than the trail says")


def _differs(table: str, send_id: str, problem: str) -> JournalDamaged:
    return JournalDamaged(
        f"the {table} {escape_untrusted(send_id, limit=40)} {problem}",
        hint="the journal was edited or damaged; keep the file, and restore a copy you trust",
    )
