r"""The life of one send, or of one signature, and the chain of hashes over everything that is written down.

Rule 1: what may follow what stands in one table, TRANSITIONS, and nowhere else.
Rule 2: this file knows no database. It says what an entry is and how the chain is checked.

    REVIEWED --> BLOCKED | UNDECIDED | DECLINED | ABANDONED        nothing was signed
        |
        +------> HANDED --> DECLINED | ABANDONED                   a wallet or a node has it, to sign and send
        |          |
        +----------+--> SIGNED --> REFUSED <--> BROADCAST          a node has the bytes, or refused them
                      \         |         /
                       MINED | REVERTED | REPLACED                 by a block; a reorganisation leads back
                                |
                              final                                N blocks deep: nothing follows
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from guard.core.receipt import Receipt
from guard.core.request import TransactionRequest
from guard.core.signature_request import SignatureRequest
from guard.core.verdict import Decision, Declined, Verdict
from guard.errors import JournalConflict, JournalDamaged


class SendState(Enum):
    """Where one send stands."""

    REVIEWED = "reviewed"
    """The verdict is written down; nothing is signed."""
    BLOCKED = "blocked"
    """The guard refused it."""
    UNDECIDED = "undecided"
    """No verdict could be had, and nobody accepted that."""
    DECLINED = "declined"
    """A person said no, or nobody was there to say yes."""
    ABANDONED = "abandoned"
    """It ended before a signature for another reason: an error, an interruption, a crash."""
    HANDED = "handed"
    """Given to whom signs and sends by himself, a browser's wallet or a node; whether he did is not known."""
    SIGNED = "signed"
    """The signed bytes are written down; the node may or may not have them."""
    REFUSED = "refused"
    """The node would not take the signed bytes, and its words are the note; the bytes stay valid."""
    BROADCAST = "broadcast"
    """The node took the signed bytes."""
    MINED = "mined"
    """In a block, with status 1."""
    REVERTED = "reverted"
    """In a block, with status 0: the fee is spent and nothing else happened."""
    REPLACED = "replaced"
    """Another transaction with the same nonce is in a block: this payment did not happen."""


_ENDS = (SendState.MINED, SendState.REVERTED, SendState.REPLACED)
ENDED = frozenset(_ENDS)
"""Some block has used the nonce. Provisional until that block is as deep as the confirmations asked for."""

TRANSITIONS: dict[SendState, frozenset[SendState]] = {
    SendState.REVIEWED: frozenset(
        {
            SendState.BLOCKED,
            SendState.UNDECIDED,
            SendState.DECLINED,
            SendState.ABANDONED,
            SendState.HANDED,
            SendState.SIGNED,
        }
    ),
    SendState.HANDED: frozenset({SendState.DECLINED, SendState.ABANDONED, SendState.SIGNED}),
    SendState.SIGNED: frozenset({SendState.REFUSED, SendState.BROADCAST, *_ENDS}),
    SendState.REFUSED: frozenset({SendState.BROADCAST, *_ENDS}),
    SendState.BROADCAST: frozenset({SendState.REFUSED, *_ENDS}),
    SendState.BLOCKED: frozenset(),
    SendState.UNDECIDED: frozenset(),
    SendState.DECLINED: frozenset(),
    SendState.ABANDONED: frozenset(),
    SendState.MINED: frozenset({SendState.BROADCAST, *_ENDS}),
    SendState.REVERTED: frozenset({SendState.BROADCAST, *_ENDS}),
    SendState.REPLACED: frozenset({SendState.BROADCAST, *_ENDS}),
}
"""What may follow what. SIGNED has no way to ABANDONED: bytes that exist may be sent by whoever has them.
HANDED ends without bytes by the word of whoever has it alone, that a person said no or that it refuses; by
the page's that the wallet was never asked; or by its owner's.
What a block says holds until it is final: a reorganisation can put it into another block, or none."""

NEVER_SIGNED = frozenset({SendState.BLOCKED, SendState.UNDECIDED, SendState.DECLINED, SendState.ABANDONED})
"""The ends at which no signature exists."""

UNSETTLED = frozenset({SendState.SIGNED, SendState.REFUSED, SendState.BROADCAST})
"""Signed bytes exist and no receipt is known: money in doubt until `resume` has looked."""


def refused_state(verdict: Verdict, answer: Declined | None) -> SendState:
    """Return the end of what was not let through: the guard's no, a person's, or nobody's yes."""
    if verdict.decision is Decision.BLOCK:
        return SendState.BLOCKED
    return SendState.UNDECIDED if verdict.decision is None and answer is None else SendState.DECLINED


def check_transition(
    send_id: str, current: SendState, following: SendState, *, is_final: bool = False
) -> None:
    """Raise JournalConflict unless `following` may follow `current`; nothing follows what is final."""
    if is_final:
        raise JournalConflict(
            f"the send {send_id} is {current.value} for good and cannot become {following.value}",
            hint=f"`wallet show {send_id}` tells what happened to it",
        )
    if following not in TRANSITIONS[current]:
        raise JournalConflict(
            f"the send {send_id} is {current.value} and cannot become {following.value}",
            hint=f"`wallet show {send_id}` tells what happened to it",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRecord:
    """One send as the journal keeps it.

    Signed sends that share chain, sender and nonce are rivals: at most one of them can happen.
    """

    id: str
    """Short name of the send."""
    state: SendState
    """Where it stands."""
    request: TransactionRequest
    """What was scored."""
    digest: str
    """The request's digest."""
    decision: str | None
    """ALLOW, WARN or BLOCK; None where no verdict could be had."""
    raw: bytes | None
    """The signed bytes, once there are some."""
    hash: str | None
    """Their hash."""
    receipt: Receipt | None
    """The receipt, once there is one."""
    note: str
    """Why it ended, or the last thing that the node said; escaped."""
    created_at: int
    """Unix seconds."""
    updated_at: int
    """Unix seconds."""
    replaces: str | None = None
    """Which send this one is to take the place of, where it speeds one up or cancels it."""
    signed_at: int | None = None
    """Unix seconds of the signature, or of the moment in which it was handed to a wallet that may sign it."""
    is_final: bool = False
    """Whether its end is deep enough in the chain to stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRecord:
    """One signature that is no transaction, as the journal keeps it."""

    id: str
    """Short name; it begins with `sig-`, which no send's does."""
    state: SendState
    """REVIEWED, or the end that followed: SIGNED, or one at which no signature exists."""
    request: SignatureRequest
    """What was scored."""
    digest: str
    """The request's digest."""
    decision: str | None
    """ALLOW, WARN or BLOCK; None where no verdict could be had."""
    signature: bytes | None
    """The 65 bytes, once there are some."""
    note: str
    """Why it ended; escaped."""
    created_at: int
    """Unix seconds."""
    updated_at: int
    """Unix seconds."""


def check_signature_end(signature_id: str, current: SendState, following: SendState) -> None:
    """Raise JournalConflict unless a signature that is `current` may end as `following`: it ends once."""
    if current is not SendState.REVIEWED or following not in {*NEVER_SIGNED, SendState.SIGNED}:
        raise JournalConflict(
            f"the signature {signature_id} is {current.value} and cannot become {following.value}",
            hint=f"`wallet show {signature_id}` tells what happened to it",
        )


GENESIS_HASH = "0" * 64
"""What the first entry names as the hash before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the audit trail, bound to the line before it."""

    sequence: int
    """1, 2, 3 …, without gaps."""
    at: int
    """Unix seconds."""
    event: str
    """What happened, such as `send.signed`."""
    send_id: str
    """Which send, or which signature."""
    body: str
    """The details, as JSON with sorted keys."""
    previous_hash: str
    """The hash of the entry before, 64 hex digits."""
    hash: str
    """SHA-256 over all of the above, 64 hex digits."""


def next_entry(
    previous: AuditEntry | None, *, at: int, event: str, send_id: str, body: dict[str, object]
) -> AuditEntry:
    """Return the entry that follows `previous`."""
    sequence = 1 if previous is None else previous.sequence + 1
    previous_hash = GENESIS_HASH if previous is None else previous.hash
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return AuditEntry(
        sequence=sequence,
        at=at,
        event=event,
        send_id=send_id,
        body=text,
        previous_hash=previous_hash,
        hash=_hash((sequence, at, event, send_id, text, previous_hash)),
    )


def verify_chain(entries: Iterable[AuditEntry], *, head: tuple[int, str]) -> int:
    """Return how many entries there are; raise JournalDamaged naming the first that does not fit.

    `head` is the count and the last hash as the journal keeps them beside the entries, so that a trail cut
    at its end is noticed too.
    """
    previous_hash, count = GENESIS_HASH, 0
    for entry in entries:
        count += 1
        if entry.sequence != count:
            raise _damaged(count, f"is missing: the next one is entry {entry.sequence}")
        if entry.previous_hash != previous_hash:
            raise _damaged(count, "does not follow from the entry before it")
        fields = (entry.sequence, entry.at, entry.event, entry.send_id, entry.body, entry.previous_hash)
        if entry.hash != _hash(fields):
            raise _damaged(count, "was changed after it was written")
        previous_hash = entry.hash
    if count < head[0]:
        raise _damaged(count + 1, f"is missing: the trail should end with entry {head[0]}")
    if head != (count, previous_hash):
        raise _damaged(count, f"is not the last one that was written, entry {head[0]}")
    return count


def _hash(fields: tuple[int, int, str, str, str, str]) -> str:
    return hashlib.sha256(json.dumps(fields, separators=(",", ":")).encode()).hexdigest()


def _damaged(sequence: int, problem: str) -> JournalDamaged:
    return JournalDamaged(
        f"audit entry {sequence} {problem}",
        hint="the journal was edited or damaged; keep the file, and restore a copy you trust",
    )
