"""After a crash: what a send left behind is finished, byte for byte, or said to have never begun.

What belongs here: the decision what to do with one record of the journal. What must not: signing.
"""

from __future__ import annotations

from guard.core.journal import NEVER_SIGNED, UNSETTLED, SendRecord, SendState
from guard.core.rivals import Step
from guard.delivery import DeliveryPorts, bring, fulfilled_by, wait_for_end
from guard.ports import Clock, Journal


def abandon_unsigned(record: SendRecord, journal: Journal, clock: Clock) -> SendState:
    """End a send that was interrupted before a signature was known.

    Nothing was sent, unless a node was asked to do it itself; and a process that still waits for an answer
    can no longer sign it.
    """
    may_be_made = record.signed_at is not None
    note = "interrupted before a signature; nothing was sent"
    if may_be_made:
        note = "interrupted while a node was to sign and send it: whether it did is not known"
    step = Step(send_id=record.id, state=SendState.ABANDONED, note=note, may_be_made=may_be_made)
    journal.record_steps([step], now=clock.now())
    return SendState.ABANDONED


def needs_chain(record: SendRecord) -> bool:
    """Say whether `resume_send` asks the chain about this one: it has bytes, and its end may still change."""
    return record.state is not SendState.REVIEWED and record.state not in NEVER_SIGNED and not record.is_final


def resume_send(record: SendRecord, ports: DeliveryPorts, *, receipt_timeout_s: float | None) -> SendState:
    """Bring one send with signed bytes, and its rivals, towards their end; return the state it reached.

    The chain is looked at. What no block has, or no longer has after a reorganisation, is sent again, the
    same bytes; what is deep enough becomes final. Raises NodeError, JournalDamaged when bytes are not what
    was scored, or JournalConflict when the nonce went to another payment.
    """
    if not needs_chain(record) or record.raw is None or record.hash is None:
        refuse_lost(record, ports.journal)
        return record.state
    rivals = bring(ports.journal.rivals(record), ports)
    if receipt_timeout_s is not None and any(rival.state in UNSETTLED for rival in rivals):
        rivals = wait_for_end(record, ports, receipt_timeout_s)
    if all(rival.receipt is None for rival in rivals):
        # What took its place was made elsewhere, or nothing did; what was made here is an end like others.
        fulfilled_by(record, rivals)
    return next(rival.state for rival in rivals if rival.id == record.id)


def refuse_lost(record: SendRecord, journal: Journal) -> None:
    """Raise JournalConflict, each time it is asked, where the nonce went to what was made elsewhere."""
    if record.state is SendState.REPLACED:
        rivals = journal.rivals(record)
        if all(rival.receipt is None for rival in rivals):
            fulfilled_by(record, rivals)
