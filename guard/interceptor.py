"""The only orchestrator of a send: it calls ports in order and holds no judgement of its own.

Rule 1: the verdict is written down before a signature, the signed bytes before the first broadcast.
Rule 2: only a verdict, and an answer that belongs to it, open the door to the signer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from guard.core.journal import SendState
from guard.core.receipt import Receipt
from guard.core.request import TransactionRequest, digest, unsigned_payload
from guard.core.signed import SignedTransaction, check_signed, decode_signed
from guard.core.text import escape_untrusted
from guard.core.verdict import Approval, Decision, Declined, Verdict, check_approval
from guard.deadline import Deadline
from guard.delivery import hand_over, settle
from guard.engine import Guard
from guard.errors import (
    GuardError,
    IntegrityError,
    Interrupted,
    JournalConflict,
    JournalDamaged,
    NodeError,
)
from guard.ports import Broadcaster, Chain, Clock, Confirmer, Journal, Notify, Recover, Signer

DEFAULT_RECEIPT_TIMEOUT_S = 300.0
"""Seconds to wait for a block to take the payment; after that `resume` can go on waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPorts:
    """Everything that a send touches."""

    chain: Chain
    signer: Signer
    recover: Recover
    broadcaster: Broadcaster
    journal: Journal
    confirmer: Confirmer
    clock: Clock
    notify: Notify


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOutcome:
    """What a send came to."""

    send_id: str
    """Its name in the journal."""
    state: SendState
    """Where it stands."""
    request: TransactionRequest
    """What was scored."""
    verdict: Verdict
    """What the guard said."""
    hash: str | None = None
    """The signed bytes' hash, once there are some."""
    receipt: Receipt | None = None
    """The receipt, once there is one."""
    error: GuardError | None = None
    """What went wrong after the verdict, where something did."""


def intercept_send(
    guard: Guard,
    request: TransactionRequest,
    ports: SendPorts,
    *,
    idempotency_key: str | None = None,
    receipt_timeout_s: float | None = DEFAULT_RECEIPT_TIMEOUT_S,
) -> SendOutcome:
    """Review `request` and, only where the verdict and its answer allow it, sign and broadcast it once.

    `receipt_timeout_s` None does not wait for a block. Whatever is refused or fails after the verdict is told
    in the outcome, an interruption after the signature included. Raises JournalConflict when the payment may
    not be begun; an interruption before the signature is journaled and raised again.
    """
    verdict = guard.review(request)
    send_id = ports.journal.open_send(
        request, verdict, now=ports.clock.now(), idempotency_key=idempotency_key
    )
    outcome = SendOutcome(send_id=send_id, state=SendState.REVIEWED, request=request, verdict=verdict)
    try:
        answer = _answer(request, verdict, ports.confirmer)
        if not isinstance(answer, Approval):
            return _ended(outcome, _refused_state(verdict, answer), ports)
        signed = _sign(request, verdict, answer, ports)
        # Nothing that can fail may stand between this line and the broadcast.
        ports.journal.record_signed(send_id, signed, now=ports.clock.now())
    except BaseException as error:
        _abandon(outcome, error, ports)
        if isinstance(error, GuardError):
            return replace(outcome, state=SendState.ABANDONED, error=error)
        raise
    outcome = replace(outcome, state=SendState.SIGNED, hash=signed.hash)
    return _deliver(outcome, signed, ports, receipt_timeout_s)


def _answer(
    request: TransactionRequest, verdict: Verdict, confirmer: Confirmer
) -> Approval | Declined | None:
    """Return the answer to the verdict; a BLOCK is never put to anyone."""
    if verdict.decision is Decision.BLOCK:
        return None
    return confirmer.confirm(request, verdict)


def _refused_state(verdict: Verdict, answer: Declined | None) -> SendState:
    if verdict.decision is Decision.BLOCK:
        return SendState.BLOCKED
    return SendState.UNDECIDED if verdict.decision is None and answer is None else SendState.DECLINED


def _ended(outcome: SendOutcome, state: SendState, ports: SendPorts) -> SendOutcome:
    ports.journal.record_state(outcome.send_id, state, now=ports.clock.now())
    return replace(outcome, state=state)


def _abandon(outcome: SendOutcome, error: BaseException, ports: SendPorts) -> None:
    """Write down that the send ended before a signature; what went wrong with that is told beside `error`."""
    # Only our own errors' texts are known to hold no secret; of others the kind is kept.
    note = escape_untrusted(error.message) if isinstance(error, GuardError) else type(error).__name__
    try:
        ports.journal.record_state(outcome.send_id, SendState.ABANDONED, now=ports.clock.now(), note=note)
    except GuardError as journal_error:
        error.add_note(f"and the journal could not note that: {journal_error.message}")


def _sign(
    request: TransactionRequest, verdict: Verdict, approval: Approval, ports: SendPorts
) -> SignedTransaction:
    check_approval(verdict, approval, digest(request), ports.clock.now())
    # Raises for an incomplete request: a signer must not fill in what was not scored.
    unsigned_payload(request)
    ports.notify("signing")
    signed = decode_signed(ports.signer.sign(request))
    check_signed(signed, ports.recover(signed), request)
    # A signer may wait for a person, and the verdict may have expired meanwhile.
    check_approval(verdict, approval, digest(request), ports.clock.now())
    ports.notify(f"broadcasting {signed.hash}")
    return signed


def _deliver(
    outcome: SendOutcome, signed: SignedTransaction, ports: SendPorts, receipt_timeout_s: float | None
) -> SendOutcome:
    """Bring the signed bytes to a block; whatever goes wrong, the outcome names payment and way on."""
    reached = outcome
    try:
        hand_over(signed.raw, signed.hash, ports.chain, ports.broadcaster)
        reached = _ended(outcome, SendState.BROADCAST, ports)
        if receipt_timeout_s is None:
            return reached
        ports.notify(f"waiting for a block, for at most {receipt_timeout_s:g} s")
        receipt = ports.chain.wait_for_receipt(signed.hash, Deadline.after(receipt_timeout_s))
        if receipt is not None:
            reached = replace(reached, receipt=receipt)
            return replace(reached, state=settle(outcome.send_id, receipt, ports.journal, ports.clock))
        error: GuardError = NodeError(f"no block took it within {receipt_timeout_s:g} s", code="pending")
    except (JournalDamaged, JournalConflict) as journal_error:
        error = journal_error
    except (NodeError, IntegrityError) as node_error:
        error = _noted(outcome.send_id, node_error, ports)
    except KeyboardInterrupt:
        error = Interrupted("interrupted")
    except Exception as fault:  # noqa: BLE001  whatever failed, the payer must learn that bytes are signed
        error = GuardError(f"internal error: {type(fault).__name__}", code="internal")
    error.hint = (
        f"the payment is signed and may be sent: `wallet resume {outcome.send_id}` brings it to its end"
    )
    return replace(reached, error=error)


def _noted(send_id: str, error: GuardError, ports: SendPorts) -> GuardError:
    """Write down what went wrong after the signature; what went wrong with that is told beside `error`."""
    try:
        ports.journal.record_note(send_id, error.message, now=ports.clock.now())
    except GuardError as journal_error:
        error.add_note(f"and the journal could not note that: {journal_error.message}")
    return error
