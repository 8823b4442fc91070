from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import guard.testing
from guard.core.evidence import Acquaintance, Counterparty
from guard.core.features import contract_vector_from_wei
from guard.core.journal import SendState
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass
from guard.core.receipt import Receipt
from guard.core.request import LegacyFee, MarketFee
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE, FRIEND
from guard.core.signed import decode_signed
from guard.core.verdict import Approval, Confirmation, Declined
from guard.deadline import Deadline
from guard.engine import prediction_query
from guard.errors import JournalConflict, NodeError
from guard.ports import (
    AddressBook,
    Broadcaster,
    Chain,
    Clock,
    Confirmer,
    Journal,
    Predictor,
    SendRecord,
    Signer,
)
from guard.testing import (
    FakeAddressBook,
    FakeChain,
    FakePredictor,
    FixedClock,
    MemoryJournal,
    ScriptedConfirmer,
    SpySigner,
)
from tests.core.values import MARKET, RAW_MARKET, SIGNER

VERDICT = review(MARKET, EVIDENCE, Policy(), 1)
SIGNED = decode_signed(RAW_MARKET)
SOON = Deadline.after(60)


def test_each_fake_has_the_shape_of_its_port() -> None:
    clock: Clock = FixedClock()
    predictor: Predictor = FakePredictor()
    chain: Chain = FakeChain()
    broadcaster: Broadcaster = FakeChain()
    book: AddressBook = FakeAddressBook()
    confirmer: Confirmer = ScriptedConfirmer()
    signer: Signer = SpySigner(SIGNER.sign)
    journal: Journal = MemoryJournal()
    pairs: list[tuple[Any, Any]] = [
        (Clock, clock),
        (Predictor, predictor),
        (Chain, chain),
        (Broadcaster, broadcaster),
        (AddressBook, book),
        (Confirmer, confirmer),
        (Signer, signer),
        (Journal, journal),
    ]
    for port, fake in pairs:
        promised = {name for name in vars(port) if not name.startswith("_")}
        assert promised <= set(dir(fake)), port.__name__


def test_shipped_code_imports_no_fake() -> None:
    root = Path(str(guard.testing.__file__)).parent
    for path in [*root.rglob("*.py"), *(root.parent / "wallet").rglob("*.py")]:
        imported = [
            node.module
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom)
        ]
        assert "guard.testing" not in imported, path


def test_the_clock_stands_still_until_it_is_moved() -> None:
    clock = FixedClock(5)
    assert (clock.now(), clock.now()) == (5, 5)
    clock.time = 6
    assert clock.now() == 6


def test_the_predictor_answers_what_it_was_told_and_remembers_the_question() -> None:
    predictor = FakePredictor(PredictionClass.FRAUD, probability=0.9)
    answer = predictor.predict(prediction_query(MARKET), SOON)
    assert (answer.prediction_class, answer.probability) == (PredictionClass.FRAUD, 0.9)
    assert answer.features == contract_vector_from_wei(MARKET.value, 20 * 10**9)
    assert predictor.queries == [prediction_query(MARKET)]
    with pytest.raises(NodeError):
        FakePredictor(NodeError("x")).predict(prediction_query(MARKET), SOON)


def test_the_chain_tells_what_it_was_set_to() -> None:
    chain = FakeChain(id=5, balance_wei=1, codes={FRIEND: b"\x60"}, nonce=3, gas=9)
    told = (
        chain.chain_id(),
        chain.balance(FRIEND),
        chain.code(FRIEND),
        chain.code(SIGNER.address),
        chain.next_nonce(FRIEND),
        chain.mined_nonce(FRIEND),
        chain.estimate_gas(MARKET),
    )
    assert told == (5, 1, b"\x60", b"", 3, 3, 9)
    assert chain.suggest_fee(legacy=True) == LegacyFee(gas_price=20 * 10**9)
    assert chain.suggest_fee(legacy=False) == MarketFee(
        max_fee_per_gas=20 * 10**9, max_priority_fee_per_gas=10**9
    )


def test_the_chain_mines_what_is_broadcast_once() -> None:
    chain = FakeChain()
    assert chain.receipt(SIGNED.hash) is None
    assert [chain.broadcast(RAW_MARKET), chain.broadcast(RAW_MARKET)] == [SIGNED.hash] * 2
    receipt = Receipt(
        hash=SIGNED.hash, status=1, block_number=100, gas_used=21_000, effective_gas_price=10**9
    )
    assert chain.receipt(SIGNED.hash) == chain.within(SOON).receipt(SIGNED.hash) == receipt
    assert (chain.sent, chain.receipt("0x00")) == ([RAW_MARKET], None)
    chain.mines = False
    assert chain.receipt(SIGNED.hash) is None


@pytest.mark.parametrize(
    ("method", "arguments", "options"),
    [
        ("chain_id", (), {}),
        ("balance", (FRIEND,), {}),
        ("code", (FRIEND,), {}),
        ("next_nonce", (FRIEND,), {}),
        ("mined_nonce", (FRIEND,), {}),
        ("estimate_gas", (MARKET,), {}),
        ("suggest_fee", (), {"legacy": True}),
        ("receipt", ("0x",), {}),
        ("wait", (SOON,), {}),
        ("block_number", (), {}),
        ("broadcast", (RAW_MARKET,), {}),
    ],
)
def test_every_method_of_the_chain_can_be_made_to_fail(
    method: str, arguments: tuple[object, ...], options: dict[str, object]
) -> None:
    error = NodeError("down")
    with pytest.raises(NodeError) as caught:
        getattr(FakeChain(fails={method: error}), method)(*arguments, **options)
    assert caught.value is error


def test_the_address_book_knows_whom_it_was_told() -> None:
    party = Counterparty(address=FRIEND, acquaintance=Acquaintance.CONTACT)
    assert FakeAddressBook((party,)).counterparties(1, SIGNER.address) == (party,)
    with pytest.raises(NodeError):
        FakeAddressBook(error=NodeError("x")).counterparties(1, SIGNER.address)


def test_the_confirmer_answers_in_order_and_with_an_empty_script_nobody_is_there() -> None:
    thought: list[int] = []
    confirmer = ScriptedConfirmer([True, False], before_answer=lambda: thought.append(1))
    answers = [confirmer.confirm(MARKET, VERDICT) for _ in range(3)]
    yes = Approval(digest=VERDICT.digest, confirmation=Confirmation.ORDINARY)
    assert (answers, confirmer.shown, thought) == ([yes, Declined(), None], [VERDICT] * 3, [1, 1, 1])


def test_the_signer_counts_and_may_change_what_it_signs() -> None:
    signer = SpySigner(SIGNER.sign)
    assert signer.sign(MARKET) == RAW_MARKET
    changed = SpySigner(SIGNER.sign, change=lambda request: replace(request, nonce=9))
    assert changed.sign(MARKET) == SIGNER.sign(replace(MARKET, nonce=9))
    assert (signer.requests, changed.requests) == ([MARKET], [MARKET])


def opened(idempotency_key: str | None = None) -> MemoryJournal:
    journal = MemoryJournal()
    journal.open_send(MARKET, VERDICT, now=1, idempotency_key=idempotency_key)
    return journal


def test_the_journal_keeps_a_send_from_verdict_to_receipt() -> None:
    journal = opened()
    journal.record_signed("send-1", SIGNED, now=2)
    journal.record_note("send-1", "slow", now=3)
    journal.record_state("send-1", SendState.BROADCAST, now=4)
    assert journal.find("send-1") == SendRecord(
        id="send-1",
        state=SendState.BROADCAST,
        request=MARKET,
        digest=VERDICT.digest,
        decision="ALLOW",
        raw=RAW_MARKET,
        hash=SIGNED.hash,
        receipt=None,
        note="",
        created_at=1,
        updated_at=4,
        signed_at=2,
    )
    assert journal.events == ["reviewed:send-1", "signed:send-1", "note:send-1", "broadcast:send-1"]
    assert (journal.find("send-2"), journal.states()) == (None, [SendState.BROADCAST])


def test_the_key_of_a_replaced_payment_stays_taken_as_in_the_real_journal() -> None:
    journal = opened("rent")
    journal.record_signed("send-1", SIGNED, now=2)
    journal.record_state("send-1", SendState.REPLACED, now=3)
    assert journal.find_by_key("rent") == journal.find("send-1")


def test_the_journal_refuses_the_nonce_of_signed_bytes_and_frees_that_of_none() -> None:
    journal = opened()
    assert journal.open_send(MARKET, VERDICT, now=2, idempotency_key=None) == "send-2"
    journal.record_signed("send-1", SIGNED, now=3)
    with pytest.raises(JournalConflict, match="nonce 7 already belongs to send-1"):
        journal.open_send(MARKET, VERDICT, now=4, idempotency_key=None)


@pytest.mark.parametrize("end", [SendState.BLOCKED, SendState.DECLINED, SendState.ABANDONED])
def test_a_key_is_taken_while_its_send_lives_and_free_when_nothing_was_signed(end: SendState) -> None:
    journal = opened("rent")
    assert journal.find_by_key("rent") == journal.find("send-1")
    with pytest.raises(JournalConflict, match="'rent' is taken"):
        journal.open_send(MARKET, VERDICT, now=2, idempotency_key="rent")
    journal.record_state("send-1", end, now=3)
    assert (journal.find_by_key("rent"), journal.find_by_key("other")) == (None, None)
    assert journal.open_send(MARKET, VERDICT, now=4, idempotency_key="rent") == "send-2"
