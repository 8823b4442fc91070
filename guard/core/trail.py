"""What the audit trail says that every send is, to be compared with what the table of sends says.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One send as the trail, or the table, tells it."""

    state: str
    """Where it stands."""
    request: Mapping[str, object]
    """The transaction object that was scored."""
    digest: str
    """Its digest."""
    decision: str | None
    """The verdict."""
    hash: str | None = None
    """The signed bytes' hash."""
    note: str = ""
    """What was said last."""
    receipt: Mapping[str, object] | None = None
    """The receipt."""
    is_final: bool = False
    """Whether its end stays."""
    links: Mapping[str, object] = field(default_factory=dict)
    """The idempotency key and what it replaces, where the trail names them; journals of version 1 did not."""


def replay(entries: Iterable[AuditEntry]) -> dict[str, Standing]:
    """Return every send as the trail tells it; raises JournalDamaged for an entry that makes no sense."""
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
    event = entry.event.removeprefix("send.")
    if event == "reviewed":
        links = {name: body[name] for name in ("idempotency_key", "replaces") if name in body}
        return Standing(
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
    """Raise JournalDamaged naming the first send in which the table differs from the trail.

    `kept` is the table: each send with its signed bytes, whose hash must be the one that the trail names.
    """
    for send_id in sorted(set(told) | set(kept)):
        if send_id not in kept:
            raise _differs(send_id, "is in the trail and not in the table of sends")
        if send_id not in told:
            raise _differs(send_id, "is in the table of sends and not in the trail")
        trail, (table, raw) = told[send_id], kept[send_id]
        for name in Standing.__dataclass_fields__:
            one, other = getattr(trail, name), getattr(table, name)
            if name == "links":
                other = {link: other.get(link) for link in one}
            if one != other:
                raise _differs(send_id, f"has another {name.removeprefix('is_')} than the trail says")
        if trail.hash != (None if raw is None else "0x" + keccak256(raw).hex()):
            raise _differs(send_id, "has other signed bytes than the trail says")


def _differs(send_id: str, problem: str) -> JournalDamaged:
    return JournalDamaged(
        f"the send {escape_untrusted(send_id, limit=40)} {problem}",
        hint="the journal was edited or damaged; keep the file, and restore a copy you trust",
    )
