"""After a crash: what a send left behind is finished, byte for byte, or said to have never begun.

What belongs here: the decision what to do with one record of the journal. What must not: signing.
"""

from __future__ import annotations

from guard.core.journal import UNSETTLED, SendState
from guard.deadline import Deadline
from guard.errors import JournalConflict, NodeError
from guard.interceptor import broadcast_signed, settle
from guard.ports import Broadcaster, Chain, Clock, Journal, SendRecord


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
    sent again, the same bytes; that alone needs a chain. Raises NodeError, or JournalConflict when the nonce
    went to another payment.
    """
    if record.state is SendState.REVIEWED:
        note = "interrupted before a signature; nothing was sent"
        journal.record_state(record.id, SendState.ABANDONED, now=clock.now(), note=note)
        return SendState.ABANDONED
    if record.state not in UNSETTLED or record.raw is None or record.hash is None:
        return record.state
    if chain is None or broadcaster is None:
        raise NodeError("no node was named to look the payment up", hint="give --rpc-url")
    _check_chain(record, chain)
    receipt = chain.receipt(record.hash)
    if receipt is not None:
        return settle(record.id, receipt, journal, clock)
    _broadcast_again(record.raw, record.hash, record, chain, broadcaster)
    if record.state is SendState.SIGNED:
        journal.record_state(record.id, SendState.BROADCAST, now=clock.now())
    if receipt_timeout_s is None:
        return SendState.BROADCAST
    receipt = chain.wait_for_receipt(record.hash, Deadline.after(receipt_timeout_s))
    if receipt is None:
        return SendState.BROADCAST
    return settle(record.id, receipt, journal, clock)


def _check_chain(record: SendRecord, chain: Chain) -> None:
    reported = chain.chain_id()
    if reported != record.request.chain_id:
        raise NodeError(
            f"{record.id} is for chain {record.request.chain_id}, and the node is on chain {reported}",
            hint="give --rpc-url of a node of that chain",
        )


def _broadcast_again(
    raw: bytes, transaction_hash: str, record: SendRecord, chain: Chain, broadcaster: Broadcaster
) -> None:
    try:
        broadcast_signed(raw, transaction_hash, broadcaster)
    except NodeError as error:
        nonce = record.request.nonce
        # Only a count of mined transactions proves that the nonce is gone; the node's wording does not.
        if nonce is None or chain.mined_nonce(record.request.sender) <= nonce:
            raise
        if chain.receipt(transaction_hash) is not None:
            return
        raise JournalConflict(
            f"nonce {nonce} of {record.request.sender} was used by another payment than {transaction_hash}",
            hint="this payment will not happen: check what took its place before you pay again",
        ) from error
