"""After a crash: what a send left behind is finished, byte for byte, or said to have never begun.

What belongs here: the decision what to do with one record of the journal. What must not: signing.
"""

from __future__ import annotations

from guard.core.journal import SendState
from guard.core.signed import decode_signed
from guard.deadline import Deadline
from guard.delivery import hand_over, settle
from guard.errors import InvalidRequest, JournalConflict, JournalDamaged, NodeError
from guard.ports import Broadcaster, Chain, Clock, Journal, SendRecord

_LOOKED_UP = frozenset({SendState.SIGNED, SendState.BROADCAST, SendState.REPLACED})
"""States in which the chain is asked. A replaced one is looked at again when it is named: two nodes behind
one address can disagree for a moment, and one that was mined after all must not be called lost for ever."""


def resume_send(
    record: SendRecord,
    *,
    chain: Chain | None,
    broadcaster: Broadcaster | None,
    journal: Journal,
    clock: Clock,
    receipt_timeout_s: float | None,
) -> SendState:
    """Bring one send to its end and return the state that it reached.

    One that was interrupted before a signature is ABANDONED: nothing was sent, and a process that still
    waits for an answer can no longer sign it. One with signed bytes is looked up and, if no block has it,
    sent again, the same bytes; that alone needs a chain. Raises NodeError, JournalDamaged when the bytes are
    not those of the request, or JournalConflict when the nonce went to another payment.
    """
    if record.state is SendState.REVIEWED:
        note = "interrupted before a signature; nothing was sent"
        journal.record_state(record.id, SendState.ABANDONED, now=clock.now(), note=note)
        return SendState.ABANDONED
    if record.state not in _LOOKED_UP or record.raw is None or record.hash is None:
        return record.state
    if chain is None or broadcaster is None:
        raise NodeError("no node was named to look the payment up", hint="give --rpc-url")
    _check_bytes(record, record.raw)
    _check_chain(record, chain)
    receipt = chain.receipt(record.hash)
    if receipt is None:
        _broadcast_again(record, chain=chain, broadcaster=broadcaster, journal=journal, clock=clock)
        if receipt_timeout_s is None:
            return SendState.BROADCAST
        receipt = chain.wait_for_receipt(record.hash, Deadline.after(receipt_timeout_s))
    return SendState.BROADCAST if receipt is None else settle(record.id, receipt, journal, clock)


def _check_bytes(record: SendRecord, raw: bytes) -> None:
    """Raise JournalDamaged unless the bytes carry out the request that the same record says was scored."""
    try:
        signed = decode_signed(raw)
    except InvalidRequest:
        signed = None
    if (
        signed is None
        or signed.hash != record.hash
        or signed.request(record.request.sender) != record.request
    ):
        raise JournalDamaged(
            f"the signed bytes of {record.id} are not the payment that was scored",
            hint="nothing was sent: the journal was edited or damaged; restore a copy you trust",
        )


def _check_chain(record: SendRecord, chain: Chain) -> None:
    reported = chain.chain_id()
    if reported != record.request.chain_id:
        raise NodeError(
            f"{record.id} is for chain {record.request.chain_id}, and the node is on chain {reported}",
            hint="give --rpc-url of a node of that chain",
        )


def _broadcast_again(
    record: SendRecord, *, chain: Chain, broadcaster: Broadcaster, journal: Journal, clock: Clock
) -> None:
    assert record.raw is not None
    assert record.hash is not None
    try:
        hand_over(record.raw, record.hash, chain, broadcaster)
    except NodeError as error:
        nonce = record.request.nonce
        # Only a count of mined transactions proves that the nonce is gone; the node's wording does not.
        if nonce is None or chain.mined_nonce(record.request.sender) <= nonce:
            raise
        # It may have been mined between the first look and the count.
        if chain.receipt(record.hash) is None:
            if record.state is not SendState.REPLACED:
                note = f"nonce {nonce} was used by another payment"
                journal.record_state(record.id, SendState.REPLACED, now=clock.now(), note=note)
            raise JournalConflict(
                f"nonce {nonce} of {record.request.sender} was used by another payment than {record.hash}",
                hint="this payment will not happen: check what took its place before you pay again",
            ) from error
    if record.state is not SendState.BROADCAST:
        journal.record_state(record.id, SendState.BROADCAST, now=clock.now())
