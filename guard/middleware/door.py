"""A door at which a program asks: reviewed, written down and answered, in the account's turn.

What belongs here: the order of those. What must not: reading JSON-RPC, and what is done with an open door.

Rule 1: the verdict is written down before it is answered, and answered before anything passes.
Rule 2: no turn is kept while a person thinks; where the account signed something meanwhile that changes the
nonce, or what is left of a limit, it is reviewed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace

from guard.core.consent import approval_from, renumbered
from guard.core.journal import SendState, refused_state
from guard.core.request import TransactionRequest
from guard.core.signature_request import SignatureRequest
from guard.core.signed import SignedTransaction
from guard.core.subject import Request, digest_of, transactions_of
from guard.core.verdict import Approval, Decision, Declined, Verdict, check_approval
from guard.engine import Guard
from guard.errors import ConfirmationRequired, GuardError, HumanError, NoVerdict
from guard.middleware.journal import SharedJournal
from guard.middleware.passage import Passage
from guard.nonces import replaced_by
from guard.ports import Chain, Clock, Confirmer, Turns
from guard.refusal import reason, refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPorts:
    """Everything that a request at the door touches."""

    guard: Guard
    chain: Chain
    """The guard's own connection to the node, never the guarded one."""
    journal: SharedJournal
    confirmer: Confirmer
    turns: Turns
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One request at the door."""

    request: Request
    """What is asked for."""
    earlier: Passage | None = None
    """What another checkpoint made of it, or of the same with its nonce left open."""
    numbers: bool = False
    """Whether a nonce that is left open is chosen here."""
    counted: Callable[[], int] | None = None
    """Asks the node that is to sign how many payments of the account it has, those in its pool included."""
    signed: SignedTransaction | None = None
    """The signed bytes that carry it out, where there are some."""


class Door:
    """Opens for what the guard lets through."""

    def __init__(self, ports: DoorPorts) -> None:
        self._ports = ports

    @contextmanager
    def opened(self, order: Order) -> Iterator[Passage | None]:
        """Yield what may pass, in the account's turn, which is kept until the caller is done.

        None for signed bytes that the journal holds: the same bytes were let through before and pay once.
        Raises TransactionBlocked, ConfirmationRequired or NoVerdict, with the verdict, after that was written
        down; JournalConflict where the nonce belongs to a payment that has an end.
        """
        while True:
            with self._turn(order.request):
                if self._is_known(order.signed, instead_of=order.earlier):
                    yield None
                    return
                passage = self._scored(order)
                if passage.approval is not None or not self._ports.confirmer.waits(passage.verdict):
                    yield self._answered(passage)
                    return
            passage = self._answered(passage)
            with self._turn(order.request):
                if self._is_known(order.signed, instead_of=passage):
                    yield None
                    return
                if self._still_holds(passage, order):
                    # The turn may have been long in coming, and the verdict be over by now.
                    yield self._answered(passage)
                    return
            order = replace(order, earlier=passage)

    def hand_over(self, passage: Passage) -> None:
        """Write down, before it is, that a node is asked to sign and send it itself."""
        now, note = self._ports.clock.now(), "handed to the node, which is to sign and send it"
        with self._ports.journal.held() as journal:
            for record in passage.records:
                journal.record_state(record, SendState.HANDED, now=now, note=note)

    def leave(self, passage: Passage, note: str) -> None:
        """Write down why it is not known what became of what the node was asked for: it may be made."""
        if isinstance(passage.request, SignatureRequest):
            self.end(passage, SendState.ABANDONED, note)
            return
        with self._ports.journal.held() as journal:
            for record in passage.records:
                journal.record_note(record, note, now=self._ports.clock.now())

    def end(self, passage: Passage, state: SendState, note: str = "") -> None:
        """Write down at which end, without a signature, a passage came."""
        now = self._ports.clock.now()
        with self._ports.journal.held() as journal:
            for record in passage.records:
                if isinstance(passage.request, SignatureRequest):
                    journal.end_signature(record, state, now=now, note=note)
                else:
                    journal.record_state(record, state, now=now, note=note)

    def abandon(self, passage: Passage, error: BaseException) -> None:
        """Write down why nothing was signed; what goes wrong with that is told beside `error`."""
        # Only our own errors' texts are known to hold no secret; of others the kind is kept.
        note = error.message if isinstance(error, GuardError) else type(error).__name__
        try:
            self.end(passage, SendState.ABANDONED, note)
        except GuardError as journal_error:
            error.add_note(f"and the journal could not note that: {journal_error.message}")

    def _turn(self, request: Request) -> AbstractContextManager[None]:
        if request.chain_id is None:
            return nullcontext()
        return self._ports.turns.account(request.chain_id, request.sender)

    def _is_known(self, signed: SignedTransaction | None, *, instead_of: Passage | None) -> bool:
        """Say whether the journal holds these bytes; what was made of them meanwhile then ends."""
        if signed is None:
            return False
        with self._ports.journal.held() as journal:
            is_known = journal.find_by_hash(signed.hash) is not None
        if is_known and instead_of is not None:
            self.end(instead_of, SendState.ABANDONED, "the same signed bytes passed before")
        return is_known

    def _scored(self, order: Order) -> Passage:
        """Return what another checkpoint made of it, where that still holds, or a review of its own."""
        earlier = order.earlier
        if earlier is None:
            return self._reviewed(order)
        if self._covers(earlier, order):
            return earlier
        try:
            passage = self._reviewed(order)
            self.end(earlier, SendState.ABANDONED, f"reviewed again as {passage.records[0]}")
        except BaseException as error:
            self.abandon(earlier, error)
            raise
        return replace(passage, approval=self._carried(earlier, passage, order))

    def _reviewed(self, order: Order) -> Passage:
        request = self._numbered(order)
        signatures = self._signatures(request)
        verdict = self._ports.guard.review(request)
        records = self._open(request, verdict)
        return Passage(request=request, verdict=verdict, records=records, signatures=signatures)

    def _numbered(self, order: Order) -> Request:
        request = order.request
        if isinstance(request, TransactionRequest) and request.nonce is None and order.numbers:
            nonce = self._ports.chain.next_nonce(request.sender)
            # The guard's node may be another one, and behind: what the signer has must not be outbid.
            return replace(request, nonce=max(nonce, order.counted() if order.counted is not None else 0))
        return request

    def _signatures(self, request: Request) -> int:
        if request.chain_id is None:
            return 0
        with self._ports.journal.held() as journal:
            return journal.signatures(request.chain_id, request.sender)

    def _open(self, request: Request, verdict: Verdict) -> tuple[str, ...]:
        """Write the verdict down; of a bundle, with each of its calls."""
        now = self._ports.clock.now()
        with self._ports.journal.held() as journal:
            if isinstance(request, SignatureRequest):
                return (journal.open_signature(request, verdict, now=now),)
            return tuple(
                journal.open_send(call, verdict, now=now, replaces=replaced_by(call, journal))
                for call in transactions_of(request)
            )

    def _covers(self, earlier: Passage, order: Order) -> bool:
        return (
            earlier.approval is not None
            and earlier.verdict.digest == digest_of(order.request)
            and earlier.verdict.reviewed_at <= self._ports.clock.now() <= earlier.verdict.expires_at
            and self._still_holds(earlier, order)
        )

    def _still_holds(self, passage: Passage, order: Order) -> bool:
        """Say whether nothing that the account did since changes the request, or what is left of a limit."""
        request = passage.request
        policy = self._ports.guard.policy.for_request(request.chain_id, request.sender)
        if policy.has_limits_over_time and self._signatures(request) != passage.signatures:
            return False
        return self._numbered(order) == request

    def _carried(self, earlier: Passage, passage: Passage, order: Order) -> Approval | None:
        """Return the person's yes to the earlier form of it, where that covers this one."""
        consent, shown, again = earlier.consent, earlier.request, passage.request
        if consent is None:
            return None
        if isinstance(shown, TransactionRequest) and isinstance(again, TransactionRequest):
            was_open = isinstance(order.request, TransactionRequest) and order.request.nonce is None
            if shown.nonce is None or was_open:
                consent = renumbered(consent, shown, again)
        return None if consent is None else approval_from(consent, passage.verdict, self._ports.clock.now())

    def _answered(self, passage: Passage) -> Passage:
        """Return the passage with the answer that opens the door; write a refusal down, and raise it."""
        request, verdict = passage.request, passage.verdict
        try:
            answer: Approval | Declined | None = passage.approval
            if answer is None and verdict.decision is not Decision.BLOCK:
                answer = self._ports.confirmer.confirm(request, verdict)
            if isinstance(answer, Approval):
                check_approval(verdict, answer, digest_of(request), self._ports.clock.now())
                return replace(passage, approval=answer)
        except BaseException as error:
            self.abandon(passage, error)
            raise
        self.end(passage, refused_state(verdict, answer))
        raise refusal(request, verdict) if answer is None else _declined(verdict)


def _declined(verdict: Verdict) -> HumanError:
    kind = NoVerdict if verdict.decision is None else ConfirmationRequired
    return kind(
        f"DECLINED: {reason(verdict)}",
        hint="the person who was asked said no: nothing was signed or sent",
        verdict=verdict,
    )
