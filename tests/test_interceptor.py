from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from guard import exit_codes
from guard.adapters.keystore import MemorySigner
from guard.adapters.recover import recover
from guard.core.address import Address
from guard.core.evidence import Acquaintance, Counterparty
from guard.core.journal import SendState
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass
from guard.core.receipt import Receipt
from guard.core.request import LegacyFee, TransactionRequest, digest
from guard.core.rules.examples import ETHER, FRIEND, STRANGER, TRANSFER
from guard.core.signed import decode_signed
from guard.core.subject import Request
from guard.core.verdict import Approval, Confirmation, Decision, Declined, Severity, Verdict
from guard.deadline import Deadline
from guard.engine import Guard
from guard.errors import (
    DigestMismatch,
    GuardError,
    IntegrityError,
    Interrupted,
    InvalidRequest,
    JournalConflict,
    JournalDamaged,
    KeystoreError,
    NodeError,
)
from guard.interceptor import SendOutcome, SendPorts, intercept_send
from guard.testing import (
    FakeAddressBook,
    FakeChain,
    FakeChainFacts,
    FakePredictor,
    FakeSimulator,
    FixedClock,
    FreeTurns,
    MemoryJournal,
    ScriptedConfirmer,
    SpySigner,
)

KEY = bytes(31) + b"\x03"
OTHER_KEY = bytes(31) + b"\x04"
PAYER = MemorySigner(KEY)
REQUEST = replace(TRANSFER, sender=PAYER.address)
RAW = PAYER.sign(REQUEST)
HASH = decode_signed(RAW).hash
TO_A_STRANGER = replace(REQUEST, to=STRANGER, value=ETHER)
FRIENDS = FakeAddressBook((Counterparty(address=FRIEND, acquaintance=Acquaintance.CONTACT, name="friend"),))


def unreachable() -> NodeError:
    return NodeError("the node did not answer", code="node_unreachable")


def refused() -> NodeError:
    return NodeError("the node refused: nonce too low", code="node_refused", words="nonce too low")


# threats.md C2
FAILURES: dict[str, BaseException] = {
    "timeout": TimeoutError("slow"),
    "ssl": ssl.SSLError("bad certificate"),
    "json": json.JSONDecodeError("bad", "{", 0),
    "memory": MemoryError(),
    "recursion": RecursionError(),
    "keyboard": KeyboardInterrupt(),
    "generic": Exception("anything"),
}
each_failure = pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)


@dataclass
class Bench:
    """A whole send on fakes and one real key, every step of it written into one list."""

    predictor: Any = field(default_factory=FakePredictor)
    chain: Any = field(default_factory=FakeChain)
    book: Any = field(default_factory=lambda: FRIENDS)
    confirmer: Any = field(default_factory=lambda: ScriptedConfirmer([True]))
    signer: Any = field(default_factory=lambda: SpySigner(PAYER.sign))
    clock: FixedClock = field(default_factory=FixedClock)
    policy: Policy = field(default_factory=Policy)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    events: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal.events = self.events

    def guard(self) -> Guard:
        return Guard(
            predictor=self.predictor,
            policy=self.policy,
            chain=self.chain,
            chain_facts=FakeChainFacts(chain=self.chain),
            simulator=FakeSimulator(),
            address_book=self.book,
            clock=self.clock,
        )

    def ports(self) -> SendPorts:
        return SendPorts(
            chain=self.chain,
            signer=self,
            recover=recover,
            broadcaster=self,
            journal=self.journal,
            confirmer=self,
            turns=FreeTurns(),
            clock=self.clock,
            notify=lambda line: None,
        )

    def send(self, request: TransactionRequest = REQUEST, **options: Any) -> SendOutcome:
        return intercept_send(self.guard(), request, self.ports(), **options)

    def waits(self, verdict: Verdict) -> bool:
        return bool(getattr(self.confirmer, "waits", lambda of: False)(verdict))

    def confirm(self, request: Request, verdict: Verdict) -> Approval | Declined | None:
        self.events.append("asked")
        return self.confirmer.confirm(request, verdict)  # type: ignore[no-any-return]

    def sign(self, request: TransactionRequest) -> bytes:
        self.events.append("signer called")
        return self.signer.sign(request)  # type: ignore[no-any-return]

    def broadcast(self, raw: bytes) -> str:
        self.events.append("broadcast")
        return self.chain.broadcast(raw)  # type: ignore[no-any-return]

    def state(self) -> SendState:
        (state,) = self.journal.states()
        return state

    def assert_nothing_signed(self) -> None:
        assert "signer called" not in self.events
        self.assert_nothing_sent()

    def assert_nothing_sent(self) -> None:
        assert "broadcast" not in self.events
        assert self.chain.sent == []
        assert all(record.raw is None for record in self.journal.records.values())


class Fixed:
    """A confirmer that gives one answer, whatever it is asked."""

    def __init__(self, answer: Callable[[Verdict], Approval | None]) -> None:
        self.answer = answer

    def waits(self, verdict: Verdict) -> bool:
        return False

    def confirm(self, request: Request, verdict: Verdict) -> Approval | None:
        return self.answer(verdict)


def error_of(outcome: SendOutcome, kind: type[GuardError]) -> GuardError:
    assert type(outcome.error) is kind
    return outcome.error


def test_an_allowed_send_writes_the_verdict_before_the_signature_and_the_bytes_before_the_broadcast() -> None:
    bench = Bench()
    outcome = bench.send()
    assert bench.events == [
        "reviewed:send-1",
        "asked",
        "signer called",
        "signed:send-1",
        "broadcast",
        "broadcast:send-1",
        "mined:send-1",
    ]
    receipt = Receipt(hash=HASH, status=1, block_number=100, gas_used=21_000, effective_gas_price=10**9)
    assert outcome == SendOutcome(
        send_id="send-1",
        state=SendState.MINED,
        request=REQUEST,
        verdict=bench.guard().review(REQUEST),
        hash=HASH,
        receipt=receipt,
    )
    assert bench.chain.sent == [RAW]


def test_what_is_sent_is_what_was_scored_for_either_kind_of_fee() -> None:
    for request in (REQUEST, replace(REQUEST, fee=LegacyFee(gas_price=10**9)), replace(REQUEST, nonce=0)):
        bench = Bench()
        assert bench.send(request).state is SendState.MINED
        (raw,) = bench.chain.sent
        assert decode_signed(raw).request(PAYER.address) == request
        assert bench.journal.records["send-1"].digest == digest(request)


@pytest.mark.parametrize("answer", [[True], [False], []])
def test_a_block_asks_nobody_signs_nothing_and_sends_nothing(answer: list[bool]) -> None:
    bench = Bench(predictor=FakePredictor(PredictionClass.FRAUD), confirmer=ScriptedConfirmer(answer))
    outcome = bench.send()
    assert bench.events == ["reviewed:send-1", "blocked:send-1"]
    assert (outcome.state, outcome.verdict.decision, outcome.error) == (
        SendState.BLOCKED,
        Decision.BLOCK,
        None,
    )
    bench.assert_nothing_signed()


@pytest.mark.parametrize("answers", [[], [False]])
def test_a_warning_that_nobody_accepts_is_declined(answers: list[bool]) -> None:
    bench = Bench(confirmer=ScriptedConfirmer(answers))
    outcome = bench.send(TO_A_STRANGER)
    assert bench.events == ["reviewed:send-1", "asked", "declined:send-1"]
    assert (outcome.state, outcome.verdict.decision) == (SendState.DECLINED, Decision.WARN)
    bench.assert_nothing_signed()


def test_a_warning_that_is_accepted_is_sent() -> None:
    bench = Bench()
    outcome = bench.send(TO_A_STRANGER)
    assert (outcome.state, outcome.verdict.decision) == (SendState.MINED, Decision.WARN)
    assert bench.confirmer.shown == [outcome.verdict]


def test_an_allowed_send_that_is_answered_with_no_is_declined() -> None:
    bench = Bench(confirmer=ScriptedConfirmer([False]))
    assert bench.send().state is SendState.DECLINED
    bench.assert_nothing_signed()


@pytest.mark.parametrize(
    ("answers", "state", "exit_code"),
    [([], SendState.UNDECIDED, 4), ([False], SendState.DECLINED, 5)],
    ids=["nobody is there", "a person says no"],
)
def test_without_a_verdict_a_persons_no_is_told_apart_from_nobody_being_there(
    answers: list[bool], state: SendState, exit_code: int
) -> None:
    bench = Bench(predictor=FakePredictor(PredictionClass.UNKNOWN), confirmer=ScriptedConfirmer(answers))
    outcome = bench.send()
    assert bench.events == ["reviewed:send-1", "asked", f"{state.value}:send-1"]
    assert (outcome.state, outcome.verdict.decision) == (state, None)
    assert exit_codes.of_state(outcome.state) == exit_code
    bench.assert_nothing_signed()


def test_without_a_verdict_a_person_may_accept() -> None:
    bench = Bench(predictor=FakePredictor(PredictionClass.UNKNOWN))
    assert bench.send().state is SendState.MINED
    assert bench.journal.records["send-1"].decision is None


def test_a_policy_that_blocks_the_unknown_asks_nobody() -> None:
    bench = Bench(predictor=FakePredictor(PredictionClass.UNKNOWN), policy=Policy(missing=Severity.BLOCK))
    assert bench.send().state is SendState.BLOCKED
    bench.assert_nothing_signed()


@pytest.mark.parametrize(
    "change",
    [
        {"to": STRANGER},
        {"to": None},
        {"value": REQUEST.value + 1},
        {"data": b"\x01"},
        {"nonce": 8},
        {"chain_id": 2},
        {"gas_limit": 30_000},
        {"fee": LegacyFee(gas_price=20 * 10**9)},
    ],
)
def test_a_signer_that_changes_the_transaction_is_caught_and_nothing_is_sent(change: dict[str, Any]) -> None:
    signer = SpySigner(PAYER.sign, change=lambda request: replace(request, **change))
    bench = Bench(signer=signer)
    outcome = bench.send()
    message = error_of(outcome, DigestMismatch).message
    assert message == "the signed bytes are not the transaction that was scored"
    assert bench.events == ["reviewed:send-1", "asked", "signer called", "abandoned:send-1"]
    assert (outcome.state, outcome.hash) == (SendState.ABANDONED, None)
    assert bench.journal.records["send-1"].note == message
    bench.assert_nothing_sent()


def test_a_signer_that_uses_another_key_is_caught_and_nothing_is_sent() -> None:
    other = MemorySigner(OTHER_KEY)
    change = lambda request: replace(request, sender=other.address)  # noqa: E731
    bench = Bench(signer=SpySigner(other.sign, change=change))
    assert "used the key of" in error_of(bench.send(), DigestMismatch).message
    bench.assert_nothing_sent()


@pytest.mark.parametrize("raw", [b"", b"junk", RAW[:-1], RAW + b"\x00", b"\x03" + RAW[1:]])
def test_a_signer_that_returns_junk_is_caught_and_nothing_is_sent(raw: bytes) -> None:
    bench = Bench(signer=SpySigner(lambda _: raw))
    outcome = bench.send()
    assert (type(outcome.error), outcome.state) == (InvalidRequest, SendState.ABANDONED)
    bench.assert_nothing_sent()


def test_a_signer_that_cannot_sign_ends_the_send() -> None:
    def refuse(_: TransactionRequest) -> bytes:
        raise KeystoreError("the password does not open the key file")

    bench = Bench(signer=SpySigner(refuse))
    outcome = bench.send()
    assert error_of(outcome, KeystoreError).message == "the password does not open the key file"
    assert bench.state() is SendState.ABANDONED
    bench.assert_nothing_sent()


@pytest.mark.parametrize("name", ["gas_limit", "fee", "chain_id"])
def test_an_incomplete_request_never_reaches_the_signer(name: str) -> None:
    bench = Bench()
    outcome = bench.send(replace(REQUEST, **{name: None}))
    assert error_of(outcome, InvalidRequest).message == "the transaction is not complete"
    assert bench.state() is SendState.ABANDONED
    bench.assert_nothing_signed()


def test_a_transaction_with_blobs_never_reaches_the_signer() -> None:
    # Though a policy merely notes what it would refuse by default.
    bench = Bench(policy=Policy(levels={"payload.blobs": Severity.INFO}))
    blobs = replace(REQUEST, blob_versioned_hashes=(b"\x01" * 32,), max_fee_per_blob_gas=1)
    outcome = bench.send(blobs)
    assert error_of(outcome, InvalidRequest).message == "transactions with blobs are reviewed and not signed"
    assert bench.state() is SendState.ABANDONED
    bench.assert_nothing_signed()


def test_a_verdict_that_expired_while_a_person_thought_opens_nothing() -> None:
    bench = Bench()

    def think() -> None:
        bench.clock.time += bench.policy.verdict_lifetime_s + 1

    bench.confirmer = ScriptedConfirmer([True], before_answer=think)
    assert error_of(bench.send(), DigestMismatch).message == "the verdict expired 1 s ago"
    assert bench.events == ["reviewed:send-1", "asked", "abandoned:send-1"]
    bench.assert_nothing_signed()


def test_the_last_second_is_still_in_time() -> None:
    bench = Bench()

    def think() -> None:
        bench.clock.time += bench.policy.verdict_lifetime_s

    bench.confirmer = ScriptedConfirmer([True], before_answer=think)
    assert bench.send().state is SendState.MINED


@pytest.mark.parametrize(
    ("seconds", "message"),
    [(601, "the verdict expired 1 s ago"), (-1, "the clock went back since the verdict")],
)
def test_a_signer_that_outlasts_the_verdict_has_signed_for_nothing(seconds: int, message: str) -> None:
    bench = Bench()

    def sign_slowly(request: TransactionRequest) -> bytes:
        bench.clock.time += seconds
        return PAYER.sign(request)

    bench.signer = SpySigner(sign_slowly)
    outcome = bench.send()
    error = error_of(outcome, DigestMismatch)
    assert error.message == message
    assert error.hint.startswith("nothing was sent: start again")
    assert bench.events == ["reviewed:send-1", "asked", "signer called", "abandoned:send-1"]
    assert (outcome.state, outcome.hash, bench.state()) == (SendState.ABANDONED, None, SendState.ABANDONED)
    bench.assert_nothing_sent()


def test_a_signer_that_takes_the_whole_lifetime_is_still_in_time() -> None:
    bench = Bench()

    def sign_slowly(request: TransactionRequest) -> bytes:
        bench.clock.time += bench.policy.verdict_lifetime_s
        return PAYER.sign(request)

    bench.signer = SpySigner(sign_slowly)
    assert bench.send().state is SendState.MINED


def test_a_clock_that_went_back_while_a_person_thought_opens_nothing() -> None:
    bench = Bench()

    def turn_back() -> None:
        bench.clock.time -= 1

    bench.confirmer = ScriptedConfirmer([True], before_answer=turn_back)
    assert error_of(bench.send(), DigestMismatch).message == "the clock went back since the verdict"
    bench.assert_nothing_signed()


def test_an_approval_of_another_digest_opens_nothing() -> None:
    other = digest(replace(REQUEST, nonce=8))
    bench = Bench(confirmer=Fixed(lambda verdict: Approval(digest=other, confirmation=verdict.confirmation)))
    assert "changed after it was scored" in error_of(bench.send(), DigestMismatch).message
    assert bench.state() is SendState.ABANDONED
    bench.assert_nothing_signed()


@pytest.mark.parametrize("weaker", [Confirmation.NONE, Confirmation.ORDINARY, Confirmation.WARNING])
def test_an_answer_to_a_weaker_question_than_a_typed_one_opens_nothing(weaker: Confirmation) -> None:
    bench = Bench(
        predictor=FakePredictor(PredictionClass.FRAUD),
        policy=Policy(fraud=Severity.WARN),
        confirmer=Fixed(lambda verdict: Approval(digest=verdict.digest, confirmation=weaker)),
    )
    outcome = bench.send()
    assert outcome.verdict.confirmation is Confirmation.TYPED
    assert "does not accept this verdict" in error_of(outcome, DigestMismatch).message
    bench.assert_nothing_signed()


def test_a_typed_answer_to_a_fraud_under_warn_is_sent() -> None:
    bench = Bench(predictor=FakePredictor(PredictionClass.FRAUD), policy=Policy(fraud=Severity.WARN))
    assert bench.send().state is SendState.MINED


@each_failure
def test_whatever_the_predictor_raises_nothing_is_signed_unattended(failure: BaseException) -> None:
    bench = Bench(predictor=FakePredictor(failure), confirmer=ScriptedConfirmer())
    outcome = bench.send()
    assert (outcome.state, outcome.verdict.decision) == (SendState.UNDECIDED, None)
    assert outcome.verdict.prediction.reason == f"asking failed ({type(failure).__name__})"
    bench.assert_nothing_signed()


class Raising:
    """Passes everything on but one method, which raises what it was given."""

    def __init__(self, real: Any, method: str, failure: BaseException) -> None:
        self._real, self._method, self._failure = real, method, failure

    def __getattr__(self, name: str) -> Any:
        if name != self._method:
            return getattr(self._real, name)

        def fail(*_: object, **__: object) -> None:
            raise self._failure

        return fail


@each_failure
@pytest.mark.parametrize("method", ["chain_id", "balance", "code"])
def test_whatever_the_node_raises_while_it_is_scored_nothing_is_signed_unattended(
    method: str, failure: BaseException
) -> None:
    bench = Bench(chain=Raising(FakeChain(), method, failure), confirmer=ScriptedConfirmer())
    assert bench.send().state is SendState.UNDECIDED
    bench.assert_nothing_signed()


@each_failure
def test_whatever_the_address_book_raises_nothing_is_signed_unattended(failure: BaseException) -> None:
    bench = Bench(book=Raising(FRIENDS, "counterparties", failure), confirmer=ScriptedConfirmer())
    assert bench.send().state is SendState.UNDECIDED
    bench.assert_nothing_signed()


@each_failure
def test_whatever_the_journal_raises_before_the_verdict_is_written_nobody_is_asked(
    failure: BaseException,
) -> None:
    bench = Bench()
    bench.journal = Raising(bench.journal, "open_send", failure)  # type: ignore[assignment]
    with pytest.raises(type(failure)):
        bench.send()
    assert bench.events == []


@each_failure
@pytest.mark.parametrize("part", ["confirmer", "signer"])
def test_whatever_confirmer_or_signer_raise_is_journaled_as_abandoned_and_raised_again(
    part: str, failure: BaseException
) -> None:
    bench = Bench()
    method = {"confirmer": "confirm", "signer": "sign"}[part]
    setattr(bench, part, Raising(None, method, failure))
    with pytest.raises(type(failure)) as caught:
        bench.send()
    assert caught.value is failure
    assert bench.state() is SendState.ABANDONED
    assert bench.journal.records["send-1"].note == type(failure).__name__
    bench.assert_nothing_sent()


@pytest.mark.parametrize("part", ["confirmer", "signer"])
@pytest.mark.parametrize("kind", [ValueError, OSError, RuntimeError, KeyboardInterrupt])
def test_a_secret_in_the_text_of_a_foreign_exception_is_kept_nowhere(
    part: str, kind: type[BaseException]
) -> None:
    bench = Bench()
    method = {"confirmer": "confirm", "signer": "sign"}[part]
    setattr(bench, part, Raising(None, method, kind("correct horse battery staple")))
    with pytest.raises(kind):
        bench.send()
    assert bench.journal.records["send-1"].note == kind.__name__
    assert "horse" not in repr(bench.journal.records)


def test_the_text_of_our_own_error_is_kept_escaped() -> None:
    bench = Bench(signer=Raising(None, "sign", KeystoreError("the device says \x1b[2J")))
    error_of(bench.send(), KeystoreError)
    assert bench.journal.records["send-1"].note == "the device says \\x1b[2J"


def test_an_interruption_at_the_question_is_abandoned_and_raised_again() -> None:
    bench = Bench()
    bench.confirmer = Raising(None, "confirm", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        bench.send()
    assert bench.events == ["reviewed:send-1", "asked", "abandoned:send-1"]
    assert bench.journal.records["send-1"].note == "KeyboardInterrupt"


@each_failure
def test_bytes_that_could_not_be_written_down_are_never_sent(failure: BaseException) -> None:
    bench = Bench()
    bench.journal = Raising(bench.journal, "record_signed", failure)  # type: ignore[assignment]
    with pytest.raises(type(failure)):
        bench.send()
    assert bench.events == ["reviewed:send-1", "asked", "signer called", "abandoned:send-1"]
    bench.assert_nothing_sent()


def test_a_nonce_that_was_taken_while_a_person_thought_is_told_and_nothing_is_sent() -> None:
    bench = Bench()
    conflict = JournalConflict("nonce 7 already belongs to send-9")
    bench.journal = Raising(bench.journal, "record_signed", conflict)  # type: ignore[assignment]
    outcome = bench.send()
    assert (outcome.error, outcome.state) == (conflict, SendState.ABANDONED)
    bench.assert_nothing_sent()


def test_an_interruption_just_after_the_bytes_were_written_leaves_them_for_resume() -> None:
    bench = Bench()
    write = bench.journal.record_signed

    def write_and_stop(*args: Any, **options: Any) -> None:
        write(*args, **options)
        raise KeyboardInterrupt

    bench.journal.record_signed = write_and_stop  # type: ignore[method-assign]
    outcome = bench.send()
    assert error_of(outcome, Interrupted).hint == RESUME
    assert (outcome.state, outcome.hash) == (SendState.SIGNED, HASH)
    assert (bench.state(), bench.journal.records["send-1"].raw) == (SendState.SIGNED, RAW)
    assert "broadcast" not in bench.events


def test_a_journal_that_cannot_note_the_end_does_not_hide_what_went_wrong() -> None:
    bench = Bench(confirmer=Raising(None, "confirm", KeystoreError("gone")))
    damaged = JournalDamaged("the journal is damaged")
    bench.journal = Raising(bench.journal, "record_state", damaged)  # type: ignore[assignment]
    error = error_of(bench.send(), KeystoreError)
    assert error.__notes__ == ["and the journal could not note that: the journal is damaged"]


@dataclass
class Replies:
    """A broadcaster that answers from a list: an error is raised, a text is the hash it names."""

    answers: list[str | BaseException]
    sent: list[bytes] = field(default_factory=list)

    def broadcast(self, raw: bytes) -> str:
        self.sent.append(raw)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


def broadcasting(*answers: str | BaseException) -> tuple[Bench, Replies]:
    replies = Replies(list(answers))
    bench = Bench()
    real = bench.ports()
    bench.ports = lambda: replace(real, broadcaster=replies)  # type: ignore[method-assign]
    return bench, replies


def test_a_lost_reply_is_answered_with_the_same_bytes_once_more() -> None:
    bench, replies = broadcasting(unreachable(), HASH)
    outcome = bench.send(receipt_timeout_s=None)
    assert replies.sent == [RAW, RAW]
    assert (outcome.state, bench.events.count("signer called")) == (SendState.BROADCAST, 1)


def test_two_lost_replies_leave_the_bytes_for_resume() -> None:
    second = unreachable()
    bench, replies = broadcasting(unreachable(), second)
    outcome = bench.send()
    assert replies.sent == [RAW, RAW]
    assert (outcome.state, outcome.error, outcome.hash) == (SendState.SIGNED, second, HASH)
    assert second.hint == RESUME
    assert bench.state() is SendState.SIGNED


def test_a_node_that_refuses_is_asked_once_and_what_it_said_is_noted() -> None:
    said = refused()
    bench, replies = broadcasting(said)
    outcome = bench.send()
    assert (outcome.state, outcome.error, len(replies.sent)) == (SendState.SIGNED, said, 1)
    record = bench.journal.records["send-1"]
    assert (record.state, record.note, record.raw) == (SendState.SIGNED, said.message, RAW)
    assert bench.events[-2:] == ["signed:send-1", "note:send-1"]


def test_a_refusal_after_a_lost_reply_is_the_last_word() -> None:
    said = refused()
    bench, replies = broadcasting(unreachable(), said)
    assert (bench.send().error, len(replies.sent)) == (said, 2)


@pytest.mark.parametrize("named", ["0x" + "1" * 64, "", HASH[:-1], "\x1b[2J" + "x" * 500])
def test_a_node_that_names_another_hash_is_not_believed(named: str) -> None:
    bench, _ = broadcasting(named)
    outcome = bench.send()
    message = error_of(outcome, IntegrityError).message
    assert message.startswith("the node calls the payment ")
    assert message.endswith(f", and its bytes are {HASH}")
    assert "\x1b" not in message
    assert len(message) < 300
    assert (bench.state(), bench.journal.records["send-1"].note) == (SendState.SIGNED, message)


def test_the_case_in_which_a_node_writes_the_hash_does_not_matter() -> None:
    bench, _ = broadcasting("0x" + HASH[2:].upper())
    assert bench.send(receipt_timeout_s=None).state is SendState.BROADCAST


RESUME = "the payment is signed and may be sent: `wallet resume send-1` brings it to its end"


@pytest.mark.parametrize("answers", [(KeyboardInterrupt(),), (unreachable(), KeyboardInterrupt())])
def test_an_interruption_while_broadcasting_is_told_with_the_hash_and_leaves_the_bytes_for_resume(
    answers: tuple[BaseException, ...],
) -> None:
    bench, replies = broadcasting(*answers)
    outcome = bench.send()
    error = error_of(outcome, Interrupted)
    assert (error.hint, exit_codes.of_error(error)) == (RESUME, 130)
    assert (outcome.state, outcome.hash, outcome.receipt) == (SendState.SIGNED, HASH, None)
    assert (bench.state(), bench.journal.records["send-1"].raw) == (SendState.SIGNED, RAW)
    assert replies.sent == [RAW] * len(answers)


@pytest.mark.parametrize("part", ["notify", "within"])
def test_an_interruption_while_waiting_for_a_block_is_told_with_the_hash(part: str) -> None:
    bench = Bench()
    real = bench.ports()

    def stop(line: str) -> None:
        if line.startswith("waiting"):
            raise KeyboardInterrupt

    if part == "notify":
        ports = replace(real, notify=stop)
    else:
        ports = replace(real, chain=Raising(bench.chain, part, KeyboardInterrupt()))
    outcome = intercept_send(bench.guard(), REQUEST, ports)
    error = error_of(outcome, Interrupted)
    assert (error.hint, exit_codes.of_error(error)) == (RESUME, 130)
    assert (outcome.state, outcome.hash, bench.state()) == (SendState.BROADCAST, HASH, SendState.BROADCAST)
    assert bench.chain.sent == [RAW]


def test_a_fault_of_ours_after_the_signature_is_told_with_the_hash_and_without_its_text() -> None:
    bench = Bench()
    ports = replace(bench.ports(), chain=Raising(bench.chain, "within", RuntimeError("secret")))
    outcome = intercept_send(bench.guard(), REQUEST, ports)
    error = error_of(outcome, GuardError)
    assert (error.message, error.code, error.hint) == ("internal error: RuntimeError", "internal", RESUME)
    assert (outcome.state, outcome.hash) == (SendState.BROADCAST, HASH)


class Tried:
    """A journal that fails at the named writes and remembers every write that was tried."""

    def __init__(self, real: MemoryJournal, failures: dict[str, BaseException]) -> None:
        self.real, self.failures = real, failures
        self.tried: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def write(*given: Any, **named: Any) -> Any:
            steps = given[0] if name == "record_steps" else ()
            self.tried.append(" ".join([name, *(step.state.value for step in steps)]))
            if self.tried[-1] in self.failures:
                raise self.failures[self.tried[-1]]
            return getattr(self.real, name)(*given, **named)

        return write


def trying(bench: Bench, **failures: BaseException) -> Tried:
    tried = Tried(bench.journal, {name.replace("__", " "): error for name, error in failures.items()})
    bench.journal = tried  # type: ignore[assignment]
    return tried


@pytest.mark.parametrize("kind", [JournalDamaged, JournalConflict])
@pytest.mark.parametrize(
    ("write", "reached"), [("broadcast", SendState.SIGNED), ("mined", SendState.BROADCAST)]
)
def test_a_journal_that_fails_after_the_signature_is_told_with_the_hash_and_not_written_again(
    write: str, reached: SendState, kind: type[GuardError]
) -> None:
    bench = Bench()
    failure = kind("the disk is full")
    tried = trying(bench, **{f"record_steps__{write}": failure})
    outcome = bench.send()
    assert (outcome.error, outcome.state, outcome.hash) == (failure, reached, HASH)
    assert failure.hint == RESUME
    assert outcome.receipt is None
    assert tried.tried[-1] == f"record_steps {write}"
    assert "record_note" not in tried.tried
    assert tried.real.states() == [reached]
    assert bench.chain.sent == [RAW]


def test_what_a_node_said_is_noted_once_and_a_failing_note_does_not_hide_it() -> None:
    said = refused()
    bench, _ = broadcasting(said)
    tried = Tried(bench.journal, {"record_note": JournalDamaged("the disk is full")})
    real = bench.ports()
    bench.ports = lambda: replace(real, journal=tried)  # type: ignore[method-assign,arg-type]
    outcome = bench.send()
    assert (outcome.error, outcome.state, outcome.hash) == (said, SendState.SIGNED, HASH)
    assert said.__notes__ == ["and the journal could not note that: the disk is full"]
    assert (
        said.hint
        == f"the node says that the nonce is used, and its blocks do not: ask another node; {RESUME}"
    )
    writes = [name for name in tried.tried if name.startswith(("open", "record"))]
    assert writes == ["open_send", "record_signed", "record_note"]


def test_nothing_comes_between_the_bytes_being_written_down_and_the_broadcast() -> None:
    bench = Bench()
    real = bench.ports()

    class Watched:
        def __init__(self, part: Any, name: str) -> None:
            self.part, self.name = part, name

        def __getattr__(self, method: str) -> Any:
            bench.events.append(f"{self.name} {method}")
            return getattr(self.part, method)

    ports = replace(
        real,
        chain=Watched(bench.chain, "chain"),
        signer=Watched(bench, "signer"),
        confirmer=Watched(bench, "confirmer"),
        clock=Watched(bench.clock, "clock"),
        notify=lambda line: bench.events.append(f"notify {line}"),
    )
    assert intercept_send(bench.guard(), REQUEST, ports).state is SendState.MINED
    written = bench.events.index("signed:send-1")
    assert bench.events[written + 1] == "broadcast"
    assert f"notify broadcasting {HASH}" in bench.events[:written]


def test_a_screen_that_is_gone_before_the_bytes_are_written_down_sends_nothing() -> None:
    bench = Bench()

    def broken(line: str) -> None:
        if line.startswith("broadcasting"):
            raise BrokenPipeError

    ports = replace(bench.ports(), notify=broken)
    with pytest.raises(BrokenPipeError):
        intercept_send(bench.guard(), REQUEST, ports)
    assert bench.state() is SendState.ABANDONED
    bench.assert_nothing_sent()


def test_a_refusal_of_what_a_block_already_has_is_no_failure() -> None:
    bench, replies = broadcasting(unreachable(), refused())
    bench.chain.sent = [RAW]
    outcome = bench.send()
    assert (outcome.state, outcome.error, replies.sent) == (SendState.MINED, None, [RAW, RAW])
    assert bench.events[-3:] == ["signed:send-1", "broadcast:send-1", "mined:send-1"]


def test_without_a_receipt_in_time_the_send_is_broadcast_and_pending() -> None:
    bench = Bench(chain=FakeChain(mines=False))
    outcome = bench.send(receipt_timeout_s=5)
    error = error_of(outcome, NodeError)
    assert (error.code, error.message) == ("pending", "no block took it within 5 s")
    assert error.hint == RESUME
    assert (outcome.state, outcome.hash, outcome.receipt) == (SendState.BROADCAST, HASH, None)
    assert bench.state() is SendState.BROADCAST


def test_a_node_that_fails_while_waiting_leaves_the_send_broadcast() -> None:
    down = unreachable()
    bench = Bench(chain=FakeChain(fails={"receipt": down}))
    outcome = bench.send()
    assert (outcome.state, outcome.error, bench.state()) == (SendState.BROADCAST, down, SendState.BROADCAST)


def test_a_receipt_with_status_0_is_a_reverted_send() -> None:
    bench = Bench(chain=FakeChain(status=0))
    outcome = bench.send()
    assert (outcome.state, outcome.error, bench.state()) == (SendState.REVERTED, None, SendState.REVERTED)
    assert outcome.receipt is not None
    assert outcome.receipt.status == 0


def test_an_asynchronous_send_does_not_wait_for_a_block() -> None:
    bench = Bench(chain=FakeChain(fails={"receipt": NodeError("must not be asked")}))
    outcome = bench.send(receipt_timeout_s=None)
    assert (outcome.state, outcome.error, outcome.receipt) == (SendState.BROADCAST, None, None)
    assert bench.events[-1] == "broadcast:send-1"


def test_the_wait_has_the_deadline_that_was_given() -> None:
    waited: list[float] = []

    class Waiting(FakeChain):
        def within(self, deadline: Deadline) -> FakeChain:
            waited.append(deadline.remaining())
            return super().within(deadline)

    Bench(chain=Waiting()).send(receipt_timeout_s=40)
    assert 39 < waited[0] <= 40


def test_what_is_being_waited_for_is_said() -> None:
    bench = Bench()
    lines: list[str] = []
    ports = replace(bench.ports(), notify=lines.append)
    intercept_send(bench.guard(), REQUEST, ports, receipt_timeout_s=5)
    assert lines == ["signing", f"broadcasting {HASH}", "waiting for a block, for at most 5 s"]


def test_a_nonce_that_is_left_open_follows_the_nodes_count_and_what_was_signed_here() -> None:
    bench = Bench(chain=FakeChain(mines=False), confirmer=ScriptedConfirmer([True, True, True]))
    for _ in range(3):
        assert bench.send(replace(REQUEST, nonce=None), receipt_timeout_s=None).error is None
    assert [decode_signed(raw).unattributed.nonce for raw in bench.chain.sent] == [7, 8, 9]


def test_a_signed_payment_that_the_node_lost_is_brought_to_it_before_the_next_one() -> None:
    bench = Bench(chain=FakeChain(mines=False), confirmer=ScriptedConfirmer([True, True]))
    bench.send(receipt_timeout_s=None)
    bench.chain.sent.clear()
    bench.send(replace(REQUEST, nonce=None), receipt_timeout_s=None)
    assert [decode_signed(raw).unattributed.nonce for raw in bench.chain.sent] == [7, 8]
    assert bench.chain.sent[0] == RAW


def test_a_payment_that_comes_before_and_is_refused_keeps_the_next_one_from_being_signed() -> None:
    bench, _ = broadcasting(
        HASH, NodeError("refused: insufficient funds", code="node_refused", words="insufficient funds")
    )
    bench.chain.mines = False
    bench.confirmer = ScriptedConfirmer([True, True])
    bench.send(receipt_timeout_s=None)
    with pytest.raises(JournalConflict, match="the payment send-1 comes before this one") as caught:
        bench.send(replace(REQUEST, nonce=None))
    assert "`wallet cancel send-1`" in caught.value.hint
    assert bench.journal.states() == [SendState.REFUSED]


def test_what_was_scored_is_scored_again_when_another_payment_was_signed_while_a_person_thought() -> None:
    bench = Bench(chain=FakeChain(mines=False))

    def other_terminal() -> None:
        bench.confirmer.before_answer = None
        other = replace(bench.ports(), confirmer=Fixed(_yes))
        intercept_send(bench.guard(), replace(REQUEST, nonce=None), other, receipt_timeout_s=None)

    bench.confirmer = ScriptedConfirmer([True, True], before_answer=other_terminal)
    outcome = bench.send(replace(REQUEST, nonce=None), receipt_timeout_s=None)
    assert bench.journal.states() == [SendState.ABANDONED, SendState.BROADCAST, SendState.BROADCAST]
    assert [verdict.digest for verdict in bench.confirmer.shown] == [
        digest(REQUEST),
        digest(replace(REQUEST, nonce=8)),
    ]
    assert (outcome.send_id, outcome.request.nonce) == ("send-3", 8)
    assert [decode_signed(raw).unattributed.nonce for raw in bench.chain.sent] == [7, 8]


def test_nobody_who_thinks_holds_the_turn_and_everybody_who_signs_does() -> None:
    turns = Held()
    bench = Bench(confirmer=ScriptedConfirmer([True], before_answer=lambda: turns.note("asked")))
    bench.signer = SpySigner(lambda request: turns.note("signed") or PAYER.sign(request))
    intercept_send(bench.guard(), REQUEST, replace(bench.ports(), turns=turns))
    assert turns.log == ["taken", "given back", "asked", "taken", "signed", "given back"]


def test_without_anybody_to_ask_review_and_signature_are_one_turn() -> None:
    turns = Held()
    bench = Bench(confirmer=Fixed(_yes))
    bench.signer = SpySigner(lambda request: turns.note("signed") or PAYER.sign(request))
    intercept_send(bench.guard(), REQUEST, replace(bench.ports(), turns=turns))
    assert turns.log == ["taken", "signed", "given back"]


def _yes(verdict: Verdict) -> Approval:
    return Approval(digest=verdict.digest, confirmation=verdict.confirmation)


class Held(FreeTurns):
    """Turns that say when they are held."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[str] = []

    def note(self, what: str) -> None:
        self.log.append(what)

    @contextmanager
    def account(self, chain_id: int, sender: Address) -> Iterator[None]:
        self.log.append("taken")
        yield
        self.log.append("given back")


def test_f10_a_foreign_payment_of_the_nonce_ends_the_wait_at_the_next_look_with_exit_8() -> None:
    chain = FakeChain(mines=False, mined=7)
    chain.meanwhile = [lambda: setattr(chain, "mined", 8)]
    bench = Bench(chain=chain)
    outcome = bench.send()
    error = error_of(outcome, JournalConflict)
    assert exit_codes.of_error(error) == exit_codes.JOURNAL_CONFLICT
    assert error.message == f"nonce 7 of {PAYER.address} was used by another payment than {HASH}"
    assert (outcome.state, bench.state()) == (SendState.REPLACED, SendState.REPLACED)
    assert chain.sent == [RAW]


def test_a_second_send_of_the_same_nonce_is_refused_before_anyone_is_asked() -> None:
    bench = Bench(chain=FakeChain(mines=False), confirmer=ScriptedConfirmer([True, True]))
    bench.send(receipt_timeout_s=None)
    before = list(bench.events)
    with pytest.raises(JournalConflict, match="nonce 7 already belongs to send-1"):
        bench.send()
    assert (bench.events, bench.chain.sent) == (before, [RAW])


def test_an_idempotency_key_belongs_to_one_send() -> None:
    bench = Bench(confirmer=ScriptedConfirmer([True, True]))
    bench.send(idempotency_key="rent")
    with pytest.raises(JournalConflict, match="'rent' is taken"):
        bench.send(replace(REQUEST, nonce=8), idempotency_key="rent")
    assert bench.chain.sent == [RAW]
