"""The order at a door: turn, review, journal, answer; and when what was said before still counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import pytest

from guard.core.address import Address
from guard.core.consent import warnings_of
from guard.core.journal import SendState
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass
from guard.core.request import TransactionRequest
from guard.core.verdict import Decision, Severity
from guard.errors import ConfirmationRequired, DigestMismatch, JournalConflict, NoVerdict, TransactionBlocked
from guard.middleware.door import Door, DoorPorts, Order
from guard.middleware.journal import DoorJournal, SharedJournal
from guard.middleware.passage import Passage
from guard.testing import (
    FakeChain,
    FakeChainFacts,
    FakePredictor,
    FakeSimulator,
    FixedClock,
    MemoryJournal,
    ScriptedConfirmer,
)
from tests.adapters.values import request, signed
from tests.middleware.witness import FRIEND, guarding

STRANGER = Address.from_bytes(b"\xcc" * 20)
ABANDONED, REVIEWED = SendState.ABANDONED, SendState.REVIEWED


class HeldTurns:
    """Turns that say whether they are held."""

    def __init__(self) -> None:
        self.is_held = False

    @contextmanager
    def account(self, chain_id: int, sender: Address) -> Iterator[None]:
        assert not self.is_held
        self.is_held = True
        try:
            yield
        finally:
            self.is_held = False

    key: Any = None


class Made:
    """A door on fakes."""

    def __init__(self, *answers: bool, policy: Policy | None = None) -> None:
        self.clock, self.journal, self.turns = FixedClock(), MemoryJournal(), HeldTurns()
        self.predictor, self.chain = FakePredictor(), FakeChain()
        self.confirmer = ScriptedConfirmer(list(answers))
        guard = guarding(
            self.chain,
            cast(Any, self.predictor),
            policy or Policy(strangers=Severity.WARN),
            chain_facts=FakeChainFacts(),
            simulator=FakeSimulator(),
            clock=self.clock,
            ledger=self.journal,
        )
        self.door = Door(
            DoorPorts(
                guard=guard,
                chain=self.chain,
                journal=SharedJournal(self._none, cast(DoorJournal, self.journal)),
                confirmer=self.confirmer,
                turns=self.turns,
                clock=self.clock,
            )
        )

    @staticmethod
    def _none() -> Any:
        raise AssertionError

    def opened(self, asked: TransactionRequest, **order: Any) -> Passage:
        with self.door.opened(Order(request=asked, **order)) as passage:
            assert self.turns.is_held
            assert passage is not None
            return passage

    def states(self) -> list[SendState]:
        return list(self.journal.states())


def to(recipient: Address, **changes: Any) -> TransactionRequest:
    return request(to=recipient, **changes)


def test_a_verdict_is_written_down_before_anybody_is_asked_and_no_turn_is_kept_meanwhile() -> None:
    made = Made(True)

    def look() -> None:
        assert not made.turns.is_held
        assert made.states() == [REVIEWED]

    made.confirmer.before_answer = look
    passage = made.opened(to(STRANGER))
    assert passage.verdict is made.confirmer.shown[0]
    assert made.states() == [REVIEWED]


def test_what_another_checkpoint_let_through_is_not_reviewed_again() -> None:
    made = Made(True)
    first = made.opened(to(STRANGER))
    assert made.opened(to(STRANGER), earlier=first) is not None
    assert (len(made.predictor.queries), len(made.confirmer.shown)) == (1, 1)
    assert made.states() == [REVIEWED]


@pytest.mark.parametrize("seconds", [601, -1])
def test_a_verdict_that_is_over_or_of_the_future_is_made_again_and_the_yes_goes_with_it(seconds: int) -> None:
    made = Made(True, True)
    first = made.opened(to(STRANGER))
    made.clock.time += seconds
    second = made.opened(to(STRANGER), earlier=first)
    assert second.verdict.reviewed_at == made.clock.time
    assert made.states() == [ABANDONED, REVIEWED]
    assert made.journal.records[first.records[0]].note == f"reviewed again as {second.records[0]}"
    # Until the verdict that was shown is over; then the person is asked again.
    assert len(made.confirmer.shown) == (2 if seconds > 0 else 1)


def test_a_nonce_that_was_left_open_takes_the_yes_along() -> None:
    made = Made(True)
    first = made.opened(to(STRANGER, nonce=None))
    second = made.opened(to(STRANGER, nonce=7), earlier=first)
    assert len(made.confirmer.shown) == 1
    assert second.verdict.digest != first.verdict.digest
    assert made.states() == [ABANDONED, REVIEWED]


def test_a_new_warning_is_asked_about_though_there_was_a_yes() -> None:
    made = Made(True, False)
    first = made.opened(to(STRANGER, nonce=None))
    made.predictor.answer = PredictionClass.UNKNOWN
    with pytest.raises(NoVerdict, match="DECLINED: "):
        made.opened(to(STRANGER, nonce=7), earlier=first)
    assert len(made.confirmer.shown) == 2
    assert made.states() == [ABANDONED, SendState.DECLINED]


def test_a_nonce_that_was_given_takes_no_yes_to_another() -> None:
    made = Made(True, False)
    first = made.opened(to(STRANGER, nonce=7))
    with pytest.raises(ConfirmationRequired, match="DECLINED: "):
        made.opened(to(STRANGER, nonce=8), earlier=first)
    assert len(made.confirmer.shown) == 2


def test_a_nonce_that_the_door_chose_is_chosen_again_where_it_went_to_another() -> None:
    made = Made(True)
    made.confirmer.before_answer = lambda: setattr(made.chain, "nonce", 9)
    passage = made.opened(to(STRANGER, nonce=None), numbers=True)
    assert isinstance(passage.request, TransactionRequest)
    assert passage.request.nonce == 9
    assert len(made.confirmer.shown) == 1
    assert [warnings_of(passage.verdict)] == [warnings_of(made.confirmer.shown[0])]


def test_bytes_that_the_journal_holds_need_no_verdict() -> None:
    made, asked = Made(True), request(to=FRIEND)
    passage = made.opened(asked)
    made.journal.record_signed(passage.records[0], signed(asked), now=made.clock.now())
    with made.door.opened(Order(request=asked, signed=signed(asked))) as again:
        assert again is None
    assert len(made.predictor.queries) == 1


def test_the_same_bytes_that_passed_while_a_person_thought_pass_as_those() -> None:
    made, asked = Made(True), to(STRANGER)

    def pass_elsewhere() -> None:
        other = made.journal.open_send(asked, made.confirmer.shown[0], now=made.clock.now())
        made.journal.record_signed(other, signed(asked), now=made.clock.now())

    made.confirmer.before_answer = pass_elsewhere
    with made.door.opened(Order(request=asked, signed=signed(asked))) as again:
        assert again is None
    assert sorted(state.value for state in made.states()) == ["abandoned", "signed"]


def test_a_yes_that_comes_when_the_verdict_is_over_opens_nothing() -> None:
    made = Made(True)
    made.confirmer.before_answer = lambda: setattr(made.clock, "time", made.clock.time + 601)
    with pytest.raises(DigestMismatch, match="the verdict expired 1 s ago"):
        made.opened(to(STRANGER))
    assert made.states() == [ABANDONED]


def test_what_fails_after_the_first_checkpoint_ends_its_record_too() -> None:
    made = Made(True)
    first = made.opened(to(FRIEND, nonce=None))

    def refuse(*_: Any, **__: Any) -> str:
        raise JournalConflict("nonce 7 is another's")

    cast(Any, made.journal).open_send = refuse
    with pytest.raises(JournalConflict):
        made.opened(to(FRIEND, nonce=7), earlier=first)
    record = made.journal.records[first.records[0]]
    assert (record.state, record.note) == (ABANDONED, "nonce 7 is another's")


def test_a_fraud_that_shows_at_the_second_look_is_blocked() -> None:
    made = Made(True)
    first = made.opened(to(STRANGER, nonce=None))
    made.predictor.answer = PredictionClass.FRAUD
    with pytest.raises(TransactionBlocked) as blocked:
        made.opened(to(STRANGER, nonce=7), earlier=first)
    assert blocked.value.verdict is not None
    assert blocked.value.verdict.decision is Decision.BLOCK
    assert made.states() == [ABANDONED, SendState.BLOCKED]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_whatever_fails_while_a_person_is_asked_is_on_record_and_raised(failure: type[BaseException]) -> None:
    made = Made(True)

    def fail() -> None:
        raise failure

    made.confirmer.before_answer = cast(Callable[[], None], fail)
    with pytest.raises(failure):
        made.opened(to(STRANGER))
    record = next(iter(made.journal.records.values()))
    assert (record.state, record.note) == (ABANDONED, failure.__name__)
    assert not made.turns.is_held


def test_no_chain_no_turn() -> None:
    """A signature, or a payment, that names no chain takes nobody's turn."""
    made = Made()
    with pytest.raises((TransactionBlocked, ConfirmationRequired)):
        made.opened(replace(to(FRIEND), chain_id=None))
