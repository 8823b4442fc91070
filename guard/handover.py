"""Sends that a wallet elsewhere signs by itself, such as a browser's: reviewed, answered, handed over.

Rule 1: the journal is told first: the verdict before the question, the answer before the wallet is asked.
Rule 2: nothing is handed over but the request that was reviewed, and only for an answer to its verdict.
Rule 3: that it was signed is written down from its bytes alone, and only where they are what was reviewed.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol

from guard.completion import complete
from guard.core.journal import UNSETTLED, SendRecord, SendState, check_transition
from guard.core.request import TransactionRequest, digest
from guard.core.rpc_transaction import transaction_object
from guard.core.signed import SignedTransaction, check_signed, decode_signed
from guard.core.subject import Request
from guard.core.text import escape_untrusted
from guard.core.verdict import Approval, Confirmation, Decision, Verdict, check_approval
from guard.deadline import Deadline
from guard.delivery import DeliveryPorts, settle
from guard.engine import Guard
from guard.errors import (
    CallerError,
    DigestMismatch,
    GuardError,
    InvalidRequest,
    JournalConflict,
    NodeError,
    ServiceBusy,
)
from guard.ports import Broadcaster, Chain, Clock, Journal, Recover, Turns

MOST_REVIEWS = 200
"""Reviews that are remembered at one time; beyond it the oldest that nobody acted on is forgotten."""
MOST_AT_ONCE = 8
"""Reviews that are made at one time."""
LOOK_S = 8.0
"""Seconds in which the node must have heard of what the wallet says it sent."""

_HASH = re.compile(r"0x[0-9a-f]{64}")
_REJECTED = 4001
"""What a wallet says for a person's no (EIP-1193)."""


class SentBytes(Protocol):
    """What a node shows of transactions that others handed to it."""

    def sent(self, transaction_hash: str, deadline: Deadline) -> bytes | None:
        """Return the signed bytes under this hash; None where the node has none by the deadline.

        Raises NodeError where it cannot be asked, or does not show bytes. What comes is not trusted: whoever
        reads it looks at its hash and its signer.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverPorts:
    """Everything that a handed send touches; there is no signer among it."""

    read: Callable[[Mapping[str, object]], Request]
    """Reads a transaction object, or a whole JSON-RPC request; raises CallerError."""
    chain: Chain
    broadcaster: Broadcaster
    sent_bytes: SentBytes
    recover: Recover
    has_journal: Callable[[], bool]
    """Whether there is a journal yet: to look at a payment must not make one."""
    open_journal: Callable[[], AbstractContextManager[Journal]]
    turns: Turns
    clock: Clock


@dataclass(slots=True, kw_only=True)
class Review:
    """One request that was reviewed here, and what became of it."""

    id: str
    """Its name in this process."""
    request: Request
    """What was reviewed, as complete as the node could make it."""
    verdict: Verdict
    """What the guard said."""
    problem: str | None
    """Why it cannot be handed over whatever anybody answers, in words; None where it can."""
    signatures: int = 0
    """How much the account had signed by then."""
    send_id: str | None = None
    """Its name in the journal, once somebody acted on it."""
    is_answered: bool = False
    """Whether the wallet has answered: then it was asked, whatever is told after."""
    is_sent: bool = False
    """Whether it named a hash: then it may be signed, whatever is told after."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """One step at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where a send stands after a step."""

    send_id: str
    """Its name in the journal."""
    state: SendState
    """Where it stands."""
    note: str = ""
    """What there is to say about it."""
    hash: str | None = None
    """The hash of its signed bytes, once they were seen."""
    transaction: Mapping[str, object] | None = None
    """What the wallet is to be given, exactly; told once, when it is handed over."""


def shown_bytes(transaction_hash: str, sent_bytes: SentBytes) -> SignedTransaction:
    """Return the signed bytes that a node shows under this hash.

    Raises InvalidRequest for what is no hash, NodeError where it shows none, or others.
    """
    _check_hash(transaction_hash)
    raw = sent_bytes.sent(transaction_hash, Deadline.after(LOOK_S))
    if raw is None:
        raise NodeError("the node has not heard of it", code="node_unknown")
    signed = decode_signed(raw)
    if signed.hash != transaction_hash:
        raise NodeError("the node shows other bytes under its hash", code="node_invalid")
    return signed


def _check_hash(transaction_hash: str) -> None:
    if not _HASH.fullmatch(transaction_hash):
        raise InvalidRequest("that is no transaction hash", hint="give 0x and 64 small hex digits")


def take_bytes(
    record: SendRecord, signed: SignedTransaction, *, recover: Recover, journal: Journal, now: int
) -> None:
    """Write down that a handed send was signed and sent, where these bytes are what was reviewed.

    Raises DigestMismatch where they are something else, JournalConflict where they have a place already.
    """
    check_signed(signed, recover(signed), record.request)
    journal.record_signed(record.id, signed, now=now)
    journal.record_state(record.id, SendState.BROADCAST, now=now, note="sent by the wallet")


class Handover:
    """The door in front of a wallet that signs by itself. Safe for several threads at once."""

    def __init__(self, guard: Guard, ports: HandoverPorts) -> None:
        self._guard = guard
        self._ports = ports
        self._reviews: OrderedDict[str, Review] = OrderedDict()
        self._guarding = threading.Lock()
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)

    def review(self, document: Mapping[str, object]) -> Review:
        """Review what a document asks for, and remember it; nothing is written down yet.

        Raises CallerError for what cannot be read, ServiceBusy where too many are being reviewed.
        """
        request, problem = self._ports.read(document), None
        if not self._places.acquire(blocking=False):
            raise ServiceBusy("too many reviews are being made at once", hint="ask again in a moment")
        try:
            is_send = document.get("method", "eth_sendTransaction") == "eth_sendTransaction"
            if is_send and isinstance(request, TransactionRequest):
                request, problem = self._completed(request)
            else:
                problem = "only a transaction that is to be sent can be handed to a wallet here"
            signatures = self._signatures(request) if problem is None else 0
            verdict = self._guard.review(request)
        finally:
            self._places.release()
        made = Review(
            id=secrets.token_hex(16),
            request=request,
            verdict=verdict,
            problem=problem,
            signatures=signatures,
        )
        self._remember(made)
        return made

    def begin(self, review_id: str) -> Step:
        """Write the verdict down, because somebody acts on it; a BLOCK ends there.

        Raises CallerError for a review that is not known, or cannot be handed over; JournalConflict where the
        payment may not be begun.
        """
        review = self._find(review_id)
        with review.lock, self._ports.open_journal() as journal:
            if review.send_id is not None:
                return _step(self._record(review, journal))
            request, now = self._sendable(review), self._ports.clock.now()
            review.send_id = journal.open_send(request, review.verdict, now=now)
            if review.verdict.decision is Decision.BLOCK:
                journal.record_state(review.send_id, SendState.BLOCKED, now=now)
            return _step(self._record(review, journal))

    def accept(self, review_id: str, typed: str = "") -> Step:
        """Hand over what was reviewed, for an answer that accepts its verdict.

        `typed` are the digits that a typed confirmation asks for. Raises DigestMismatch where the answer does
        not accept the verdict or the verdict has expired, and JournalConflict where another payment of the
        account was signed meanwhile; the send has an end then.
        """
        review = self._find(review_id)
        with review.lock, self._ports.open_journal() as journal:
            request, record = self._sendable(review), self._record(review, journal)
            confirmation = review.verdict.confirmation
            if confirmation is Confirmation.TYPED and typed.strip().lower() != record.digest[2:10]:
                raise DigestMismatch(
                    "what was typed is not the beginning of the digest",
                    hint=f"type {record.digest[2:10]}, or decline",
                )
            approval = Approval(digest=record.digest, confirmation=confirmation)
            assert request.chain_id is not None
            with self._ports.turns.account(request.chain_id, request.sender):
                self._hand(review, request, approval, journal)
            return replace(_step(self._record(review, journal)), transaction=transaction_object(request))

    def decline(self, review_id: str) -> Step:
        """Write down a person's no."""
        return self._end(review_id, SendState.DECLINED, "declined on the page")

    def leave(self, review_id: str) -> Step:
        """Write down that it was given up before the wallet was asked: something was changed or went wrong.

        What was handed over, and never reached the wallet, is declined then; once the wallet has answered it
        is not.
        """
        review = self._find(review_id)
        with review.lock, self._ports.open_journal() as journal:
            record = self._record(review, journal)
            if record.state is SendState.HANDED and not review.is_answered:
                note = "taken back before the wallet was asked"
                journal.record_state(record.id, SendState.DECLINED, now=self._ports.clock.now(), note=note)
                return _step(self._record(review, journal))
        return self._end(review_id, SendState.ABANDONED, "left before an answer")

    def refused(self, review_id: str, code: int, message: str) -> Step:
        """Write down that the wallet did not send it, and its words.

        Only a person's no (4001) says that nothing was signed; after any other error, or a hash, that is not
        known. Nothing is written down of a send that no wallet has.
        """
        review = self._find(review_id)
        with review.lock, self._ports.open_journal() as journal:
            record, now = self._record(review, journal), self._ports.clock.now()
            if record.state is not SendState.HANDED:
                return _step(record)
            review.is_answered = True
            if code == _REJECTED and not review.is_sent:
                note = "a person said no in the wallet"
                journal.record_state(record.id, SendState.DECLINED, now=now, note=note)
            else:
                words = escape_untrusted(message, limit=200)
                journal.record_note(record.id, f"the wallet said {code}: {words}", now=now)
            return _step(self._record(review, journal))

    def sent(self, review_id: str, transaction_hash: str) -> Step:
        """Look at what the wallet says that it sent, and write it down where it is what was reviewed.

        Raises InvalidRequest for what is no hash.
        """
        _check_hash(transaction_hash)
        review = self._find(review_id)
        with review.lock, self._ports.open_journal() as journal:
            record = self._record(review, journal)
            if record.state is SendState.HANDED:
                review.is_answered = review.is_sent = True
                # First of all: whatever fails from here on, the journal names the payment.
                note = f"the wallet says that it sent {transaction_hash}"
                journal.record_note(record.id, note, now=self._ports.clock.now())
                self._note_bytes(record, transaction_hash, journal)
            return _step(self._record(review, journal))

    def look(self, review_id: str) -> Step:
        """Look at the chain once, and write down what it says; raises NodeError where it cannot be asked."""
        review = self._find(review_id)
        with review.lock, self._ports.open_journal() as journal:
            record = self._record(review, journal)
            if record.state in UNSETTLED:
                settle(journal.rivals(record), self._delivery(journal))
            return _step(self._record(review, journal))

    def _completed(self, request: TransactionRequest) -> tuple[TransactionRequest, str | None]:
        """Return the request with what the node tells, and why it cannot be handed over, if it cannot."""
        try:
            completion = complete(request, self._ports.chain)
        except NodeError as error:
            return request, f"it could not be completed: {error.message}"
        if completion.problem is not None:
            return completion.request, f"its gas cannot be told: {completion.problem.message}"
        return completion.request, None

    def _signatures(self, request: Request) -> int:
        assert request.chain_id is not None
        if not self._ports.has_journal():
            return 0
        with self._ports.open_journal() as journal:
            return journal.signatures(request.chain_id, request.sender)

    def _hand(
        self, review: Review, request: TransactionRequest, approval: Approval, journal: Journal
    ) -> None:
        """In the account's turn: check that what was reviewed still holds, and write down that it leaves."""
        assert review.send_id is not None
        now, send_id = self._ports.clock.now(), review.send_id
        check_approval(review.verdict, approval, digest(request), now)
        # What a wallet has already is neither given to it again nor taken for given up.
        check_transition(send_id, self._record(review, journal).state, SendState.HANDED)
        assert request.chain_id is not None
        if journal.signatures(request.chain_id, request.sender) != review.signatures:
            # What was left of a limit may be gone, and the nonce is.
            note = "another payment was signed while this one was being decided"
            journal.record_state(send_id, SendState.ABANDONED, now=now, note=note)
            raise JournalConflict(note, hint="nothing was sent: look at it again")
        journal.record_state(send_id, SendState.HANDED, now=now, note="handed to the wallet")

    def _end(self, review_id: str, state: SendState, note: str) -> Step:
        review = self._find(review_id)
        with review.lock, self._ports.open_journal() as journal:
            record = self._record(review, journal)
            # A person's no comes too late once the wallet has it: the wallet's own answer is told then.
            if record.state is SendState.REVIEWED:
                journal.record_state(record.id, state, now=self._ports.clock.now(), note=note)
            return _step(self._record(review, journal))

    def _note_bytes(self, record: SendRecord, transaction_hash: str, journal: Journal) -> None:
        ports = self._ports
        try:
            raw = shown_bytes(transaction_hash, ports.sent_bytes)
            take_bytes(record, raw, recover=ports.recover, journal=journal, now=ports.clock.now())
        except GuardError as error:
            # It stays handed over: what the wallet made of it could not be seen, or is something else.
            note = f"the wallet says that it sent {transaction_hash}; {error.message}"
            journal.record_note(record.id, note, now=ports.clock.now())

    def _delivery(self, journal: Journal) -> DeliveryPorts:
        return DeliveryPorts(
            chain=self._ports.chain,
            broadcaster=self._ports.broadcaster,
            recover=self._ports.recover,
            journal=journal,
            clock=self._ports.clock,
        )

    def _remember(self, made: Review) -> None:
        with self._guarding:
            self._reviews[made.id] = made
            idle = [name for name, review in self._reviews.items() if review.send_id is None]
            acted = [name for name, review in self._reviews.items() if review.send_id is not None]
            for name in [*idle[:-MOST_REVIEWS], *acted[:-MOST_REVIEWS]]:
                del self._reviews[name]

    def _find(self, review_id: str) -> Review:
        with self._guarding:
            review = self._reviews.get(review_id)
        if review is None:
            raise CallerError(
                "this review is not known here any more",
                hint="look at the payment again; `wallet history` tells what became of one that was begun",
                code="unknown_review",
            )
        return review

    def _sendable(self, review: Review) -> TransactionRequest:
        if review.problem is not None or not isinstance(review.request, TransactionRequest):
            raise CallerError(
                review.problem or "it is no transaction", hint="nothing was sent", code="not_sendable"
            )
        return review.request

    def _record(self, review: Review, journal: Journal) -> SendRecord:
        record = None if review.send_id is None else journal.find(review.send_id)
        if record is None:
            raise CallerError("nobody has begun to act on this review", hint="begin first", code="not_begun")
        return record


def _step(record: SendRecord) -> Step:
    return Step(send_id=record.id, state=record.state, note=record.note, hash=record.hash)
