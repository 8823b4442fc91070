"""The two checkpoints of one provider: outside of signing, and on the wire.

What belongs here: what is done with an open door: passing on, and writing down what became of it. What must
not: how web3.py calls it, and any judgement.

Rule 1: signed bytes are in the journal before a node has them; a signature is, before anybody is told it.
Rule 2: what is passed on is written again from what was scored, never the caller's own objects.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from guard.completion import Completion, complete
from guard.core.bundle import CallBundle
from guard.core.journal import SendState
from guard.core.node_answers import ANSWERS, read_answer
from guard.core.request import TransactionRequest
from guard.core.rivals import Step
from guard.core.rpc_request import Reviewable
from guard.core.rpc_transaction import transaction_object
from guard.core.signature_request import SignatureRequest, hash_to_sign
from guard.core.signed import SignedTransaction, check_signed
from guard.core.subject import Request
from guard.engine import Guard
from guard.errors import (
    ConfigurationError,
    ConfirmationRequired,
    DigestMismatch,
    GuardError,
    IntegrityError,
    Interrupted,
    InvalidRequest,
    JournalConflict,
    JournalDamaged,
    NodeError,
    NoVerdict,
)
from guard.middleware import reading
from guard.middleware.door import Door, DoorPorts, Order
from guard.middleware.loop import check_awaited
from guard.middleware.passage import Passage, Passages
from guard.middleware.questions import OpenQuestions
from guard.ports import Recover, RecoverContent

Response: TypeAlias = Mapping[str, Any]
Forward: TypeAlias = Callable[[str, Any], Response]
"""Asks the provider itself, past every checkpoint, and waits for its answer."""

_BUNDLE_NOTE = (
    "a call of a bundle: the wallet behind the node signs and sends it, and its bytes are not seen here"
)
_INSIDE_NOTE = "answered by another middleware, without coming to the wire: its bytes were not seen here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How signers are told from signatures."""

    attributed: Callable[[Reviewable], Request]
    """Returns what is asked for as its signer's."""
    of_transaction: Recover
    of_content: RecoverContent


@contextmanager
def _after_sending() -> Iterator[None]:
    """Say beside what the journal raises that the payment is made: nobody is to make it again for that."""
    try:
        yield
    except (JournalConflict, JournalDamaged) as error:
        error.hint = f"the node has sent the payment: do not send it again; {error.hint}"
        raise


class Checkpoint:
    """Reviews what comes by, and lets nothing else pass. One for each provider; safe for threads."""

    def __init__(self, guard: Guard, ports: DoorPorts, recovery: Recovery) -> None:
        self.guard = guard
        """The guard that was installed."""
        self._ports = ports
        self._recovery = recovery
        self._door = Door(ports)
        self._passages = Passages()
        self._questions = OpenQuestions()
        self._chain_lock = threading.Lock()
        self._chain_id: int | None = None

    def carry(self, method: str, parameters: Any, forward: Forward) -> Response:
        """Review one call on the wire, pass it on, and return the node's answer.

        Raises the refusal where the guard does not let it through, InvalidRequest for what cannot be read.
        """
        method, copied = reading.letters(method), reading.snapshot(parameters)
        asked = reading.read_call(method, copied)
        request = self._attributed(asked, forward)
        if isinstance(asked, SignedTransaction):
            assert isinstance(request, TransactionRequest)
            return self._carry_signed(asked, request, forward)
        if isinstance(request, TransactionRequest):
            return self._carry_transaction(method, request, forward)
        order = Order(request=request, earlier=self._passages.take(request))
        with self._door.opened(order) as passage:
            assert passage is not None
            response = self._forwarded(passage, method, copied, forward)
            self._write_content(passage, response)
            return response

    def admit(self, method: str, parameters: Any, forward: Forward) -> tuple[Sequence[Any], Passage | None]:
        """Review one call outside of signing; return what was scored as parameters, and what lets it pass.

        A nonce that is left open stays open. Signed bytes are left to the wire.
        """
        method, copied = reading.letters(method), reading.snapshot(parameters)
        asked = reading.read_call(method, copied)
        if isinstance(asked, SignedTransaction):
            return copied, None
        request = self._attributed(asked, forward)
        if isinstance(request, TransactionRequest):
            with self._opened_for(request) as passage:
                self._put(passage)
                assert isinstance(passage.request, TransactionRequest)
                return [transaction_object(passage.request)], passage
        with self._door.opened(Order(request=request)) as content:
            assert content is not None
            self._put(content)
            return copied, content

    def conclude(self, passage: Passage, method: str, response: Response) -> None:
        """Write down what became of an admitted call whose answer came from inside, not from the wire.

        Raises DigestMismatch for a signature under something else than was scored.
        """
        if not self._passages.withdraw(passage):
            return
        if not isinstance(passage.request, TransactionRequest):
            self._write_content(passage, response)
        elif method == "eth_signTransaction" and reading.refusal_words(response) is None:
            self._write_signed_inside(passage, response)
        else:
            self._door.end(passage, SendState.ABANDONED, reading.refusal_words(response) or _INSIDE_NOTE)

    def _attributed(self, asked: Reviewable, forward: Forward) -> Request:
        self._check_chain(forward)
        return self._recovery.attributed(asked)

    def _check_chain(self, forward: Forward) -> None:
        """Raise ConfigurationError where provider and guard's node are of two chains; asked once."""
        with self._chain_lock:
            if self._chain_id is not None:
                return
            here, told = reading.chain_id_in(forward("eth_chainId", [])), self._ports.chain.chain_id()
            if here != told:
                raise ConfigurationError(
                    f"the guard's node is of chain {told}, and the provider of chain {here}",
                    hint="give the guard a node of the same chain: Guard.from_config(rpc_url=…)",
                )
            self._chain_id = here

    @contextmanager
    def _opened_for(
        self, given: TransactionRequest, counted: Callable[[], int] | None = None
    ) -> Iterator[Passage]:
        """Yield a call that nobody has signed yet, completed, and numbered by `counted`, once it may pass."""
        completion = self._completed(given)
        completed = completion.request
        earlier = None if counted is None else self._passages.take(completed)
        order = Order(request=completed, earlier=earlier, numbers=counted is not None, counted=counted)
        try:
            with self._door.opened(order) as passage:
                assert passage is not None
                # One that lacks its gas limit can be reviewed, and is blocked first where it must be.
                if completion.problem is not None:
                    self._door.abandon(passage, completion.problem)
                    raise completion.problem
                self._questions.forget(given)
                yield passage
        except (ConfirmationRequired, NoVerdict):
            # One that lacks its gas limit must be completed when it comes again, or the node would do it.
            if completion.problem is None:
                self._questions.remember(given, completed, now=self._ports.clock.now())
            raise

    def _completed(self, given: TransactionRequest) -> Completion:
        asked_about = self._questions.recall(given, now=self._ports.clock.now())
        if asked_about is not None:
            return Completion(request=asked_about, problem=None)
        return complete(given, self._ports.chain, leave_nonce=True)

    def _put(self, passage: Passage) -> None:
        for forgotten in self._passages.put(passage):
            self._door.end(forgotten, SendState.ABANDONED, "it never came to the wire")

    def _carry_signed(
        self, signed: SignedTransaction, request: TransactionRequest, forward: Forward
    ) -> Response:
        order = Order(request=request, earlier=self._passages.take(request), signed=signed)
        with self._door.opened(order) as passage:
            if passage is not None:
                self._record_wanted(passage, signed)
        # The turn is over: the nonce belongs to these bytes, and whoever follows sees them in the journal.
        response = self._asked(signed, forward)
        words = reading.refusal_words(response)
        if words is None:
            self._check_named(signed, response)
            self._step(signed, SendState.BROADCAST, "")
        elif reading.is_known_already(words) or self._is_mined(signed):
            # The answer to an earlier try was lost, or somebody sent the same again: it is the same payment.
            self._step(signed, SendState.BROADCAST, "")
            return {"jsonrpc": "2.0", "id": response.get("id"), "result": signed.hash}
        else:
            self._step(signed, ANSWERS[read_answer(words)].state, words)
        return response

    def _record_wanted(self, passage: Passage, signed: SignedTransaction) -> None:
        """Write signed bytes down, unless they were called off: `wallet resume` sends what is on record."""
        try:
            check_awaited()
        except Interrupted as error:
            self._door.abandon(passage, error)
            raise
        self._record_signed(passage, signed)

    def _record_signed(self, passage: Passage, signed: SignedTransaction) -> None:
        try:
            with self._ports.journal.held() as journal:
                journal.record_signed(passage.records[0], signed, now=self._ports.clock.now())
        except BaseException as error:
            self._door.abandon(passage, error)
            raise

    def _asked(self, signed: SignedTransaction, forward: Forward) -> Response:
        try:
            return forward("eth_sendRawTransaction", ["0x" + signed.raw.hex()])
        except BaseException as error:
            # The text of a client's error holds the node's address, whose path may be a key.
            self._step(signed, None, f"the node could not be asked ({type(error).__name__})")
            raise

    def _check_named(self, signed: SignedTransaction, response: Response) -> None:
        named = reading.hash_in(response)
        if named != signed.hash:
            self._step(signed, None, f"the node called it {named}")
            raise IntegrityError(
                f"the node calls the payment {named}, and its bytes are {signed.hash}",
                hint="do not trust this node: look the payment up on another one",
            )

    def _is_mined(self, signed: SignedTransaction) -> bool:
        try:
            return self._ports.chain.receipt(signed.hash) is not None
        except NodeError:
            return False

    def _step(self, signed: SignedTransaction, state: SendState | None, note: str) -> None:
        """Write down what the node said of signed bytes; None where that moves nothing."""
        now = self._ports.clock.now()
        with self._ports.journal.held() as journal:
            record = journal.find_by_hash(signed.hash)
            if record is None:
                return
            if state is None or record.state is state:
                if note:
                    journal.record_note(record.id, note, now=now)
            elif record.state in (SendState.SIGNED, SendState.REFUSED):
                journal.record_steps(
                    [Step(send_id=record.id, state=state, note=note, before=record.state)], now=now
                )

    def _carry_transaction(self, method: str, request: TransactionRequest, forward: Forward) -> Response:
        """Have the node sign what was scored, with the nonce that it was scored with."""
        pending = [request.sender, "pending"]
        with self._opened_for(
            request, lambda: reading.count_in(forward("eth_getTransactionCount", pending))
        ) as passage:
            assert isinstance(passage.request, TransactionRequest)
            response = self._forwarded(passage, method, [transaction_object(passage.request)], forward)
            words = reading.refusal_words(response)
            if words is not None:
                self._door.end(passage, SendState.ABANDONED, words)
            elif method == "eth_signTransaction":
                self._keep(passage, passage.request, lambda: reading.signed_in(response))
            else:
                with _after_sending():
                    self._write_sent(passage, response, forward)
            return response

    def _forwarded(
        self, passage: Passage, method: str, parameters: Sequence[Any], forward: Forward
    ) -> Response:
        if isinstance(passage.request, SignatureRequest):
            self._check_signable(passage, passage.request)
        else:
            self._door.hand_over(passage)
        try:
            return forward(method, parameters)
        except Interrupted as error:
            self._door.abandon(passage, error)
            raise
        except BaseException as error:
            note = (
                f"the node was asked for {method}, and whether it did is not known ({type(error).__name__})"
            )
            self._door.leave(passage, note)
            raise

    def _check_signable(self, passage: Passage, request: SignatureRequest) -> None:
        try:
            hash_to_sign(request)
        except InvalidRequest as error:
            self._door.abandon(passage, error)
            raise

    def _keep(
        self, passage: Passage, request: TransactionRequest, read: Callable[[], SignedTransaction]
    ) -> SignedTransaction:
        """Write down the signed bytes that were read, if they carry out what was scored; raise otherwise."""
        try:
            signed = read()
            check_signed(signed, self._recovery.of_transaction(signed), request)
        except BaseException as error:
            self._door.abandon(passage, error)
            raise
        self._record_signed(passage, signed)
        return signed

    def _write_sent(self, passage: Passage, response: Response, forward: Forward) -> None:
        """Write down what a node signed and sent itself: the bytes, made again here from its signature.

        Where they cannot be had the send stays handed over, and says so: it is done, and no error of ours
        may have it done again. Raises DigestMismatch where the node tells that it sent something else, and
        IntegrityError where it names another hash than those bytes have.
        """
        request = passage.request
        assert isinstance(request, TransactionRequest)
        named, told = "?", None
        try:
            named = reading.hash_in(response)
            told = forward("eth_getTransactionByHash", [named]).get("result")
            signed = reading.mined_form(told, request)
            check_signed(signed, self._recovery.of_transaction(signed), request)
        except BaseException as error:
            note = error.message if isinstance(error, GuardError) else type(error).__name__
            self._door.leave(passage, f"the node signed and sent it as {named}: {note}")
            if not isinstance(error, Exception):
                raise
            if reading.differs(told, request):
                raise DigestMismatch(
                    f"the node sent {named}, which is not the transaction that was scored",
                    hint="it is sent: look it up, and do not use this node until you know why",
                ) from error
            return
        self._record_signed(passage, signed)
        self._check_named(signed, response)
        self._step(signed, SendState.BROADCAST, "")

    def _write_signed_inside(self, passage: Passage, response: Response) -> None:
        """Review and write down bytes that a middleware inside signed, with the nonce that it chose."""
        try:
            signed = reading.signed_in(response)
            request = self._recovery.attributed(signed)
        except BaseException as error:
            self._door.abandon(passage, error)
            raise
        with self._door.opened(Order(request=request, earlier=passage, signed=signed)) as numbered:
            if numbered is not None:
                self._record_signed(numbered, signed)

    def _write_content(self, passage: Passage, response: Response) -> None:
        """Write down the signature that answers; raises DigestMismatch for one under anything else."""
        words = reading.refusal_words(response)
        if words is not None:
            self._door.end(passage, SendState.ABANDONED, words)
        elif isinstance(passage.request, CallBundle):
            self._door.leave(passage, _BUNDLE_NOTE)
        else:
            self._write_signature(passage, response)

    def _write_signature(self, passage: Passage, response: Response) -> None:
        assert isinstance(passage.request, SignatureRequest)
        try:
            signature = reading.signature_in(response)
            signer = self._recovery.of_content(passage.request, signature)
            if signer != passage.request.sender:
                raise DigestMismatch(
                    f"the signature under what was scored is of {signer}, not of {passage.request.sender}",
                    hint="it is not told to anybody: check which account the node holds",
                )
        except BaseException as error:
            self._door.abandon(passage, error)
            raise
        with self._ports.journal.held() as journal:
            journal.record_signature(passage.records[0], signature, now=self._ports.clock.now())
