"""A send that a wallet elsewhere signs: what the journal holds before it leaves, and what is believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import pytest

from guard.adapters.recover import recover
from guard.core.journal import SendState
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass
from guard.core.rpc_transaction import parse_transaction, transaction_object
from guard.core.signed import decode_signed
from guard.core.verdict import Severity
from guard.deadline import Deadline
from guard.engine import Guard
from guard.errors import CallerError, DigestMismatch, InvalidRequest, JournalConflict, NodeError
from guard.handover import MOST_REVIEWS, Handover, HandoverPorts
from guard.testing import (
    FakeAddressBook,
    FakeChain,
    FakePredictor,
    FixedClock,
    FreeTurns,
    MemoryJournal,
)
from tests.core.values import MARKET, SIGNER

ASKED = transaction_object(MARKET)


@dataclass
class Shown:
    """What the node shows of what the wallet sent."""

    raw: bytes | None = None
    error: NodeError | None = None

    def sent(self, transaction_hash: str, deadline: Deadline) -> bytes | None:
        if self.error is not None:
            raise self.error
        return self.raw


@dataclass
class Door:
    """A handover over fakes, and everything that a test turns."""

    journal: MemoryJournal = field(default_factory=MemoryJournal)
    clock: FixedClock = field(default_factory=lambda: FixedClock(1000))
    chain: FakeChain = field(default_factory=FakeChain)
    shown: Shown = field(default_factory=Shown)
    predictor: FakePredictor = field(default_factory=FakePredictor)
    policy: Policy = field(default_factory=Policy)

    def __post_init__(self) -> None:
        guard = Guard(
            predictor=self.predictor,
            policy=self.policy,
            chain=self.chain,
            address_book=FakeAddressBook(()),
            clock=self.clock,
            timeout_s=5.0,
        )
        ports = HandoverPorts(
            read=parse_transaction,
            chain=self.chain,
            broadcaster=self.chain,
            sent_bytes=self.shown,
            recover=recover,
            has_journal=lambda: True,
            open_journal=self.open_journal,
            turns=FreeTurns(),
            clock=self.clock,
        )
        self.handover = Handover(guard, ports)

    @contextmanager
    def open_journal(self) -> Iterator[MemoryJournal]:
        yield self.journal

    def begun(self, asked: Mapping[str, object] = ASKED) -> str:
        name = self.handover.review(asked).id
        self.handover.begin(name)
        return name

    def handed(self) -> str:
        name = self.begun()
        assert self.handover.accept(name).state is SendState.HANDED
        return name


@pytest.fixture
def door() -> Door:
    return Door()


def test_the_wallet_is_given_exactly_what_was_reviewed_and_the_journal_says_so_before(door: Door) -> None:
    made = door.handover.review(ASKED)
    assert (made.request, made.problem, door.journal.events) == (MARKET, None, [])
    begun = door.handover.begin(made.id)
    assert (begun.send_id, begun.state, begun.transaction) == ("send-1", SendState.REVIEWED, None)
    step = door.handover.accept(made.id)
    assert (step.state, step.transaction, step.note) == (SendState.HANDED, ASKED, "handed to the wallet")
    assert door.journal.events == ["reviewed:send-1", "handed:send-1"]


def test_bytes_that_are_what_was_reviewed_are_signed_and_sent(door: Door) -> None:
    name = door.handed()
    door.shown.raw = SIGNER.sign(MARKET)
    signed = decode_signed(door.shown.raw)
    step = door.handover.sent(name, signed.hash)
    assert (step.state, step.hash) == (SendState.BROADCAST, signed.hash)
    assert door.journal.records["send-1"].raw == door.shown.raw
    door.chain.sent.append(door.shown.raw)
    assert door.handover.look(name).state is SendState.MINED


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (SIGNER.sign(replace(MARKET, value=MARKET.value + 1)), "not the transaction that was scored"),
        (SIGNER.sign(replace(MARKET, nonce=(MARKET.nonce or 0) + 1)), "not the transaction that was scored"),
        (b"\x02junk", ""),
        (None, "the node has not heard of it"),
    ],
)
def test_anything_else_stays_handed_over_and_is_named(door: Door, raw: bytes | None, reason: str) -> None:
    name = door.handed()
    door.shown.raw = raw
    told = "0x" + "ab" * 32
    with suppress(InvalidRequest):
        told = decode_signed(raw or b"").hash
    step = door.handover.sent(name, told)
    assert (step.state, step.hash) == (SendState.HANDED, None)
    assert step.note.startswith(f"the wallet says that it sent {told}; ")
    assert reason in step.note


def test_bytes_of_another_hash_and_a_silent_node_prove_nothing(door: Door) -> None:
    name = door.handed()
    door.shown.raw = SIGNER.sign(MARKET)
    assert "other bytes under its hash" in door.handover.sent(name, "0x" + "ab" * 32).note
    door.shown.error = NodeError("the node did not answer", code="node_unreachable")
    step = door.handover.sent(name, "0x" + "ab" * 32)
    assert (step.state, step.note[-23:]) == (SendState.HANDED, "the node did not answer")
    for text in ("0x12", "", "0x" + "AB" * 32, "javascript:"):
        with pytest.raises(InvalidRequest):
            door.handover.sent(name, text)


def test_only_a_persons_no_in_the_wallet_says_that_nothing_was_signed(door: Door) -> None:
    name = door.handed()
    step = door.handover.refused(name, -32000, "\x1b[31mboom")
    assert (step.state, step.note) == (SendState.HANDED, "the wallet said -32000: \\x1b[31mboom")
    assert door.handover.refused(name, 4001, "x").state is SendState.DECLINED


def test_a_no_and_a_change_end_a_send_before_the_wallet_and_not_after(door: Door) -> None:
    first, second, third = door.begun(), door.begun(), door.begun()
    assert door.handover.decline(first).state is SendState.DECLINED
    assert door.handover.leave(second).state is SendState.ABANDONED
    door.handover.accept(third)
    assert door.handover.decline(third).state is SendState.HANDED


def test_what_was_handed_over_and_never_reached_the_wallet_is_taken_back(door: Door) -> None:
    name = door.handed()
    step = door.handover.leave(name)
    assert (step.state, step.note) == (SendState.DECLINED, "taken back before the wallet was asked")
    # It frees what it held: the account may go on.
    assert door.journal.spending(1, MARKET.sender, since=0, besides=None).commitments == ()
    with pytest.raises(JournalConflict):
        door.handover.accept(name)


def test_once_the_wallet_has_answered_nothing_takes_it_back(door: Door) -> None:
    failed = door.handed()
    door.handover.refused(failed, -32000, "boom")
    assert door.handover.leave(failed).state is SendState.HANDED
    sent = door.handed()
    door.handover.sent(sent, "0x" + "ab" * 32)
    assert door.handover.leave(sent).state is SendState.HANDED
    assert door.handover.refused(sent, 4001, "no").state is SendState.HANDED


def test_a_block_has_no_way_through() -> None:
    door = Door(predictor=FakePredictor(PredictionClass.FRAUD))
    name = door.begun()
    assert door.journal.states() == [SendState.BLOCKED]
    with pytest.raises(DigestMismatch):
        door.handover.accept(name)
    assert door.journal.states() == [SendState.BLOCKED]


def test_a_typed_answer_must_be_the_digests_digits() -> None:
    door = Door(predictor=FakePredictor(PredictionClass.FRAUD), policy=Policy(fraud=Severity.WARN))
    name = door.begun()
    digits = door.journal.records["send-1"].digest[2:10]
    for typed in ("", "0" * 8, digits[:7]):
        with pytest.raises(DigestMismatch, match="is not the beginning of the digest"):
            door.handover.accept(name, typed)
    assert door.handover.accept(name, f" {digits.upper()} ").state is SendState.HANDED


def test_an_old_verdict_hands_nothing_over(door: Door) -> None:
    name = door.begun()
    door.clock.time += 601
    with pytest.raises(DigestMismatch, match="the verdict expired 1 s ago"):
        door.handover.accept(name)
    assert door.journal.states() == [SendState.REVIEWED]


def test_what_was_signed_or_handed_over_meanwhile_ends_it(door: Door) -> None:
    first, second = door.begun(), door.begun()
    door.handover.accept(first)
    with pytest.raises(JournalConflict, match="another payment was signed"):
        door.handover.accept(second)
    assert door.journal.states() == [SendState.HANDED, SendState.ABANDONED]


def test_a_no_in_the_wallet_does_not_hide_what_was_handed_over_after_it(door: Door) -> None:
    first = door.handed()
    waiting = door.begun()
    door.handover.refused(first, 4001, "no")
    door.handed()
    # As many are out as when it was reviewed, and they are others.
    with pytest.raises(JournalConflict, match="another payment was signed"):
        door.handover.accept(waiting)


@pytest.mark.parametrize("code", [4001, -32000])
def test_no_word_of_a_wallet_is_written_on_what_it_never_had(code: int) -> None:
    door = Door()
    begun, left = door.begun(), door.begun()
    door.handover.leave(left)
    before = list(door.journal.events)
    assert door.handover.refused(begun, code, "x").state is SendState.REVIEWED
    assert door.handover.refused(left, code, "x").state is SendState.ABANDONED
    assert door.journal.events == before


def test_what_resume_has_given_up_is_not_handed_over(door: Door) -> None:
    name = door.begun()
    door.journal.record_state("send-1", SendState.ABANDONED, now=1)
    with pytest.raises(JournalConflict):
        door.handover.accept(name)


def test_what_the_node_cannot_complete_is_reviewed_and_not_handed_over() -> None:
    silent = NodeError("the node did not answer", code="node_unreachable")
    door = Door(chain=FakeChain(fails={"next_nonce": silent}))
    asked = {name: told for name, told in ASKED.items() if name != "nonce"}
    made = door.handover.review(asked)
    assert made.problem == "it could not be completed: the node did not answer"
    with pytest.raises(CallerError, match="it could not be completed"):
        door.handover.begin(made.id)
    assert door.journal.events == []


def test_reviews_that_nobody_acted_on_are_forgotten_and_others_are_not(door: Door) -> None:
    kept = door.begun()
    names = [door.handover.review(ASKED).id for _ in range(MOST_REVIEWS + 1)]
    with pytest.raises(CallerError, match="not known here any more"):
        door.handover.begin(names[0])
    assert door.handover.begin(names[1]).state is SendState.REVIEWED
    assert door.handover.begin(kept).send_id == "send-1"


def test_a_review_is_begun_once(door: Door) -> None:
    name = door.begun()
    assert door.handover.begin(name).send_id == "send-1"
    assert door.journal.events == ["reviewed:send-1"]
