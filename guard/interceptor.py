"""The only orchestrator of a send: it calls ports in order and holds no judgement of its own.

Rule 1: the verdict is written down before a signature, the signed bytes before the first broadcast.
Rule 2: only a verdict, and an answer that belongs to it, open the door to the signer.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from guard.core.journal import UNSETTLED, SendRecord, SendState, refused_state
from guard.core.receipt import Receipt
from guard.core.request import TransactionRequest, digest, unsigned_payload
from guard.core.signed import SignedTransaction, check_signed, decode_signed
from guard.core.text import escape_untrusted
from guard.core.verdict import Approval, Decision, Declined, Verdict, check_approval
from guard.defaults import DEFAULT_RECEIPT_TIMEOUT_S
from guard.delivery import DeliveryPorts, deliver, fulfilled_by, wait_for_end
from guard.engine import Guard
from guard.errors import (
    GuardError,
    IntegrityError,
    Interrupted,
    InvalidRequest,
    JournalConflict,
    JournalDamaged,
    NodeError,
)
from guard.nonces import next_nonce
from guard.ports import Confirmer, Notify, Signer, Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPorts(DeliveryPorts):
    """Everything that a send touches."""

    signer: Signer
    confirmer: Confirmer
    turns: Turns
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
    """The receipt of this payment, or of the rival that was mined in its place and pays the same."""
    error: GuardError | None = None
    """What went wrong after the verdict, where something did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What was asked for, and with what it is carried out."""

    guard: Guard
    request: TransactionRequest
    ports: SendPorts
    idempotency_key: str | None
    replaces: str | None

    def turn(self) -> AbstractContextManager[None]:
        # A request that names no chain is never signed, and needs no turn.
        if self.request.chain_id is None:
            return nullcontext()
        return self.ports.turns.account(self.request.chain_id, self.request.sender)

    def numbered(self) -> TransactionRequest:
        """Return the request with its nonce: the one that was given, or the next."""
        if self.request.nonce is not None or self.request.chain_id is None:
            return self.request
        nonce = next_nonce(self.request.chain_id, self.request.sender, self.ports)
        return replace(self.request, nonce=nonce)

    def signatures(self) -> int:
        if self.request.chain_id is None:
            return 0
        return self.ports.journal.signatures(self.request.chain_id, self.request.sender)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    """A request that was numbered, reviewed and written down in one turn."""

    outcome: SendOutcome
    signatures: int
    """How many payments of the account had been signed then."""


def intercept_send(
    guard: Guard,
    request: TransactionRequest,
    ports: SendPorts,
    *,
    idempotency_key: str | None = None,
    replaces: str | None = None,
    receipt_timeout_s: float | None = DEFAULT_RECEIPT_TIMEOUT_S,
) -> SendOutcome:
    """Review `request` and, only where the verdict and its answer allow it, sign and broadcast it once.

    A nonce that is left open is chosen in the account's turn, which is kept until the node has the signed
    bytes. No turn is kept while a person thinks: where another payment was signed meanwhile, the request is
    numbered and reviewed again, and asked about again. `receipt_timeout_s` None does not wait for a block.
    Whatever is refused or fails after the verdict is told in the outcome, an interruption after the
    signature included. Raises JournalConflict when the payment may not be begun; an interruption before the
    signature is journaled and raised again.
    """
    order = _Order(
        guard=guard, request=request, ports=ports, idempotency_key=idempotency_key, replaces=replaces
    )
    while True:
        outcome = _attempt(order)
        if outcome is not None:
            break
        ports.notify("another payment was signed meanwhile: this one is reviewed again")
    return wait_for_block(outcome, ports, receipt_timeout_s)


def _attempt(order: _Order) -> SendOutcome | None:
    """Score, ask, sign and deliver; None where what was scored no longer holds when the answer came."""
    with order.turn():
        scored = _score(order)
        if not order.ports.confirmer.waits(scored.outcome.verdict):
            return _answer_and_sign(scored.outcome, order.ports)
    return _ask_and_sign(scored, order)


def _score(order: _Order) -> _Scored:
    request, journal = order.numbered(), order.ports.journal
    signatures = order.signatures()
    verdict = order.guard.review(request)
    send_id = journal.open_send(
        request,
        verdict,
        now=order.ports.clock.now(),
        idempotency_key=order.idempotency_key,
        replaces=order.replaces,
    )
    outcome = SendOutcome(send_id=send_id, state=SendState.REVIEWED, request=request, verdict=verdict)
    return _Scored(outcome=outcome, signatures=signatures)


def _ask_and_sign(scored: _Scored, order: _Order) -> SendOutcome | None:
    """Ask outside of the turn, take it again for a yes, and sign only what still holds."""
    outcome, ports = scored.outcome, order.ports
    try:
        answer = _answer(outcome.request, outcome.verdict, ports.confirmer)
        if not isinstance(answer, Approval):
            return _ended(outcome, refused_state(outcome.verdict, answer), ports)
        with order.turn():
            if order.signatures() == scored.signatures and order.numbered() == outcome.request:
                return _sign_and_deliver(outcome, answer, ports)
            # What was left of a limit may be gone too: nothing of the review is kept.
            note = "another payment was signed while this one was being decided"
            ports.journal.record_state(outcome.send_id, SendState.ABANDONED, now=ports.clock.now(), note=note)
            return None
    except BaseException as error:  # noqa: BLE001  an interruption too is journaled, then raised again
        return _failed(outcome, error, ports)


def _answer_and_sign(outcome: SendOutcome, ports: SendPorts) -> SendOutcome:
    try:
        answer = _answer(outcome.request, outcome.verdict, ports.confirmer)
        if not isinstance(answer, Approval):
            return _ended(outcome, refused_state(outcome.verdict, answer), ports)
        return _sign_and_deliver(outcome, answer, ports)
    except BaseException as error:  # noqa: BLE001  an interruption too is journaled, then raised again
        return _failed(outcome, error, ports)


def _sign_and_deliver(outcome: SendOutcome, answer: Approval, ports: SendPorts) -> SendOutcome:
    signed = _sign(outcome.request, outcome.verdict, answer, ports)
    # Nothing that can fail may stand between this line and the broadcast.
    ports.journal.record_signed(outcome.send_id, signed, now=ports.clock.now())
    return _deliver(_signed(outcome, signed.hash), signed, ports)


def _signed(outcome: SendOutcome, transaction_hash: str) -> SendOutcome:
    return replace(outcome, state=SendState.SIGNED, hash=transaction_hash)


def _answer(
    request: TransactionRequest, verdict: Verdict, confirmer: Confirmer
) -> Approval | Declined | None:
    """Return the answer to the verdict; a BLOCK is never put to anyone."""
    if verdict.decision is Decision.BLOCK:
        return None
    return confirmer.confirm(request, verdict)


def _ended(outcome: SendOutcome, state: SendState, ports: SendPorts) -> SendOutcome:
    ports.journal.record_state(outcome.send_id, state, now=ports.clock.now())
    return replace(outcome, state=state)


def _failed(outcome: SendOutcome, error: BaseException, ports: SendPorts) -> SendOutcome:
    """Return how a send ended that did not get to its broadcast; raise again what is no error of ours.

    Where the bytes are on disk already, the payer must learn their hash, whatever it was that came between.
    """
    try:
        record = ports.journal.find(outcome.send_id)
        if record is not None and record.hash is not None:
            return _after_signature(_signed(outcome, record.hash), error)
        # Only our own errors' texts are known to hold no secret; of others the kind is kept.
        note = escape_untrusted(error.message) if isinstance(error, GuardError) else type(error).__name__
        ports.journal.record_state(outcome.send_id, SendState.ABANDONED, now=ports.clock.now(), note=note)
    except GuardError as journal_error:
        error.add_note(f"and the journal could not note that: {journal_error.message}")
    if isinstance(error, GuardError):
        return replace(outcome, state=SendState.ABANDONED, error=error)
    raise error


def _sign(
    request: TransactionRequest, verdict: Verdict, approval: Approval, ports: SendPorts
) -> SignedTransaction:
    check_approval(verdict, approval, digest(request), ports.clock.now())
    if request.has_blobs:
        raise InvalidRequest(
            "transactions with blobs are reviewed and not signed",
            hint="sign it with the program that holds the blobs",
        )
    # Raises for an incomplete request: a signer must not fill in what was not scored.
    unsigned_payload(request)
    ports.notify("signing")
    signed = decode_signed(ports.signer.sign(request))
    check_signed(signed, ports.recover(signed), request)
    # A signer may wait for a person, and the verdict may have expired meanwhile.
    check_approval(verdict, approval, digest(request), ports.clock.now())
    ports.notify(f"broadcasting {signed.hash}")
    return signed


def _deliver(outcome: SendOutcome, signed: SignedTransaction, ports: SendPorts) -> SendOutcome:
    """Hand the signed bytes over; whatever goes wrong, the outcome names payment and way on."""
    try:
        return replace(outcome, state=deliver(_record(outcome, signed), ports))
    except BaseException as error:  # noqa: BLE001  whatever failed, the payer must learn that bytes are signed
        return _after_signature(outcome, error)


def _record(outcome: SendOutcome, signed: SignedTransaction) -> SendRecord:
    """Return what the journal holds now, without reading it: that could fail."""
    now = outcome.verdict.reviewed_at
    return SendRecord(
        id=outcome.send_id,
        state=SendState.SIGNED,
        request=outcome.request,
        digest=outcome.verdict.digest,
        decision=None,
        raw=signed.raw,
        hash=signed.hash,
        receipt=None,
        note="",
        created_at=now,
        updated_at=now,
    )


def wait_for_block(outcome: SendOutcome, ports: SendPorts, receipt_timeout_s: float | None) -> SendOutcome:
    """Wait, outside of every turn, until a block has the payment, and return what it then came to.

    None waits for nothing, and an outcome that is not on its way comes back as it is.
    """
    if outcome.error is not None or outcome.hash is None or receipt_timeout_s is None:
        return outcome
    try:
        ports.notify(f"waiting for a block, for at most {receipt_timeout_s:g} s")
        record = ports.journal.find(outcome.send_id)
        assert record is not None
        rivals = wait_for_end(record, ports, receipt_timeout_s)
        current = next(rival for rival in rivals if rival.id == record.id)
        outcome = replace(outcome, state=current.state)
        outcome = replace(outcome, receipt=fulfilled_by(record, rivals).receipt)
        if current.state in UNSETTLED:
            raise NodeError(f"no block took it within {receipt_timeout_s:g} s", code="pending")
        return outcome
    except BaseException as error:  # noqa: BLE001  as above
        return _after_signature(outcome, error)


def _after_signature(outcome: SendOutcome, error: BaseException) -> SendOutcome:
    """Return the outcome that names what went wrong after the signature, and the way on."""
    if isinstance(error, KeyboardInterrupt):
        error = Interrupted("interrupted")
    elif not isinstance(error, JournalDamaged | JournalConflict | NodeError | IntegrityError):
        error = GuardError(f"internal error: {type(error).__name__}", code="internal")
    if outcome.state is not SendState.REPLACED and not (isinstance(error, JournalConflict) and error.hint):
        way = f"the payment is signed and may be sent: `wallet resume {outcome.send_id}` brings it to its end"
        told = isinstance(error, IntegrityError) or (isinstance(error, NodeError) and bool(error.words))
        error.hint = f"{error.hint}; {way}" if told and error.hint else way
    return replace(outcome, error=error)
