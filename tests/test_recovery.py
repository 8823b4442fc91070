from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guard import exit_codes
from guard.core.journal import SendState
from guard.core.policy import Policy
from guard.core.receipt import Receipt
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE
from guard.core.signed import decode_signed
from guard.errors import IntegrityError, JournalConflict, JournalDamaged, NodeError
from guard.ports import SendRecord
from guard.recovery import resume_send
from guard.testing import FakeChain, FixedClock, MemoryJournal
from tests.core.values import MARKET, RAW_MARKET, SIGNER

SIGNED = decode_signed(RAW_MARKET)
UNREACHABLE = NodeError("the node did not answer", code="node_unreachable")
REFUSED = NodeError("the node refused: nonce too low", code="node_refused")
LOOKED_UP = [SendState.SIGNED, SendState.BROADCAST, SendState.REPLACED]
SETTLED = [
    SendState.BLOCKED,
    SendState.UNDECIDED,
    SendState.DECLINED,
    SendState.ABANDONED,
    SendState.MINED,
    SendState.REVERTED,
]


def journal_at(state: SendState) -> MemoryJournal:
    journal = MemoryJournal()
    journal.open_send(MARKET, review(MARKET, EVIDENCE, Policy(), 1), now=1, idempotency_key=None)
    if state in (*LOOKED_UP, SendState.MINED, SendState.REVERTED):
        journal.record_signed("send-1", SIGNED, now=2)
    if state not in (SendState.REVIEWED, SendState.SIGNED):
        journal.record_state("send-1", state, now=3)
    return journal


def resume(journal: MemoryJournal, chain: FakeChain | None, **changes: Any) -> SendState:
    parts: dict[str, Any] = {
        "chain": chain,
        "broadcaster": chain,
        "journal": journal,
        "clock": FixedClock(50),
        "receipt_timeout_s": 5.0,
    }
    return resume_send(journal.records["send-1"], **(parts | changes))


def receipt(status: int = 1) -> Receipt:
    return Receipt(
        hash=SIGNED.hash, status=status, block_number=100, gas_used=21_000, effective_gas_price=10**9
    )


class Script(FakeChain):
    """A chain whose broadcasts fail, and which has a receipt from the given question on."""

    def __init__(self, *, fails_with: NodeError | None = None, receipt_at: int = 99, **options: Any) -> None:
        super().__init__(**options)
        self.fails_with = fails_with
        self.receipt_at = receipt_at
        self.asked = 0
        self.tried: list[bytes] = []

    def broadcast(self, raw: bytes) -> str:
        self.tried.append(raw)
        if self.fails_with is not None:
            raise self.fails_with
        return super().broadcast(raw)

    def receipt(self, transaction_hash: str) -> Receipt | None:
        self.asked += 1
        return receipt() if self.asked >= self.receipt_at else None


@pytest.mark.parametrize("state", LOOKED_UP)
def test_signed_bytes_that_no_block_has_are_sent_again_unchanged(state: SendState) -> None:
    journal, chain = journal_at(state), FakeChain()
    assert resume(journal, chain) is SendState.MINED
    assert chain.sent == [RAW_MARKET]
    record = journal.records["send-1"]
    assert (record.state, record.receipt, record.raw) == (SendState.MINED, receipt(), RAW_MARKET)


def test_the_states_between_are_written_down_in_order() -> None:
    journal = journal_at(SendState.SIGNED)
    resume(journal, FakeChain())
    assert journal.events == ["reviewed:send-1", "signed:send-1", "broadcast:send-1", "mined:send-1"]


@pytest.mark.parametrize("state", LOOKED_UP)
@pytest.mark.parametrize(("status", "end"), [(1, SendState.MINED), (0, SendState.REVERTED)])
def test_a_payment_that_is_already_in_a_block_is_settled_and_not_sent_again(
    state: SendState, status: int, end: SendState
) -> None:
    journal, chain = journal_at(state), FakeChain(status=status, sent=[RAW_MARKET])
    chain.fails["broadcast"] = NodeError("must not be called")
    assert resume(journal, chain) is end
    assert journal.records["send-1"].receipt == receipt(status)


def test_a_send_without_a_signature_is_abandoned_and_needs_no_node() -> None:
    journal = journal_at(SendState.REVIEWED)
    assert resume(journal, None) is SendState.ABANDONED
    record = journal.records["send-1"]
    assert (record.state, record.note, record.updated_at) == (
        SendState.ABANDONED,
        "interrupted before a signature; nothing was sent",
        50,
    )


def test_a_process_that_still_waits_for_an_answer_can_no_longer_sign_it() -> None:
    journal = journal_at(SendState.REVIEWED)
    resume(journal, None)
    with pytest.raises(JournalConflict, match="is abandoned and cannot become signed"):
        journal.record_signed("send-1", SIGNED, now=60)


@pytest.mark.parametrize("state", SETTLED)
def test_what_has_ended_stays_as_it_is_and_needs_no_node(state: SendState) -> None:
    journal = journal_at(state)
    before = (dict(journal.records), list(journal.events))
    assert resume(journal, None) is state
    assert (journal.records, journal.events) == before


@pytest.mark.parametrize("lost", [{"raw": None}, {"hash": None}])
def test_a_record_without_its_bytes_is_left_alone(lost: dict[str, None]) -> None:
    journal = journal_at(SendState.SIGNED)
    record: SendRecord = replace(journal.records["send-1"], **lost)  # type: ignore[arg-type]
    journal.records["send-1"] = record
    assert resume(journal, None) is SendState.SIGNED
    assert journal.records["send-1"] == record


@pytest.mark.parametrize(("chain", "broadcaster"), [(None, FakeChain()), (FakeChain(), None)])
def test_signed_bytes_cannot_be_looked_up_without_a_node(
    chain: FakeChain | None, broadcaster: FakeChain | None
) -> None:
    journal = journal_at(SendState.SIGNED)
    with pytest.raises(NodeError, match="no node was named") as caught:
        resume(journal, chain, broadcaster=broadcaster)
    assert caught.value.hint == "give --rpc-url"
    assert journal.records["send-1"].state is SendState.SIGNED


def test_a_node_of_another_chain_is_not_given_the_bytes() -> None:
    journal, chain = journal_at(SendState.SIGNED), FakeChain(id=137)
    with pytest.raises(NodeError, match="send-1 is for chain 1, and the node is on chain 137"):
        resume(journal, chain)
    assert (chain.sent, journal.records["send-1"].state) == ([], SendState.SIGNED)


def test_without_waiting_the_send_is_broadcast() -> None:
    journal, chain = journal_at(SendState.SIGNED), FakeChain(mines=False)
    chain.fails["wait_for_receipt"] = NodeError("must not be called")
    assert resume(journal, chain, receipt_timeout_s=None) is SendState.BROADCAST
    assert (chain.sent, journal.records["send-1"].state) == ([RAW_MARKET], SendState.BROADCAST)


def test_without_a_block_in_time_the_send_stays_broadcast() -> None:
    journal, chain = journal_at(SendState.BROADCAST), FakeChain(mines=False)
    events = list(journal.events)
    assert resume(journal, chain) is SendState.BROADCAST
    assert journal.events == events


def test_resuming_twice_pays_once() -> None:
    journal, chain = journal_at(SendState.SIGNED), FakeChain(mines=False)
    resume(journal, chain)
    chain.mines = True
    assert (resume(journal, chain), resume(journal, chain)) == (SendState.MINED, SendState.MINED)
    assert chain.sent == [RAW_MARKET]


def test_a_lost_reply_is_answered_with_the_same_bytes_once_more() -> None:
    journal, chain = journal_at(SendState.SIGNED), Script(fails_with=UNREACHABLE)
    with pytest.raises(NodeError) as caught:
        resume(journal, chain)
    assert (caught.value, chain.tried) == (UNREACHABLE, [RAW_MARKET, RAW_MARKET])
    assert journal.records["send-1"].state is SendState.SIGNED


@pytest.mark.parametrize("mined", [0, 7])
def test_a_refusal_while_the_nonce_is_still_free_is_the_nodes_word_and_nothing_else(mined: int) -> None:
    journal, chain = journal_at(SendState.SIGNED), Script(fails_with=REFUSED, nonce=mined)
    with pytest.raises(NodeError) as caught:
        resume(journal, chain)
    assert (caught.value, chain.tried, journal.records["send-1"].state) == (
        REFUSED,
        [RAW_MARKET],
        SendState.SIGNED,
    )


def test_a_nonce_that_went_to_another_payment_is_a_conflict_and_never_signed_again() -> None:
    journal, chain = journal_at(SendState.SIGNED), Script(fails_with=REFUSED, nonce=8)
    with pytest.raises(JournalConflict) as caught:
        resume(journal, chain)
    assert caught.value.message == (
        f"nonce 7 of {MARKET.sender} was used by another payment than {SIGNED.hash}"
    )
    assert caught.value.hint == "this payment will not happen: check what took its place before you pay again"
    assert caught.value.__cause__ is REFUSED
    assert exit_codes.of_error(caught.value) == exit_codes.of_state(SendState.REPLACED) == 8
    record = journal.records["send-1"]
    assert (record.state, record.note, record.updated_at) == (
        SendState.REPLACED,
        "nonce 7 was used by another payment",
        50,
    )
    assert (record.raw, chain.tried) == (RAW_MARKET, [RAW_MARKET])
    with pytest.raises(JournalConflict, match="cannot become signed"):
        journal.record_signed("send-1", SIGNED, now=60)


@pytest.mark.parametrize("state", LOOKED_UP)
def test_a_replaced_payment_stays_replaced_while_no_block_has_it(state: SendState) -> None:
    journal = journal_at(state)
    for _ in range(2):
        with pytest.raises(JournalConflict, match="was used by another payment than"):
            resume(journal, Script(fails_with=REFUSED, nonce=8))
    assert journal.events.count("replaced:send-1") == 1
    assert journal.records["send-1"].state is SendState.REPLACED


@pytest.mark.parametrize(("status", "end"), [(1, SendState.MINED), (0, SendState.REVERTED)])
def test_a_replaced_payment_that_a_later_look_finds_in_a_block_is_settled(
    status: int, end: SendState
) -> None:
    journal = journal_at(SendState.SIGNED)
    with pytest.raises(JournalConflict):
        resume(journal, Script(fails_with=REFUSED, nonce=8))
    chain = FakeChain(status=status, sent=[RAW_MARKET])
    chain.fails["broadcast"] = NodeError("must not be called")
    assert resume(journal, chain) is end
    assert journal.records["send-1"].receipt == receipt(status)
    assert journal.events[-2:] == ["replaced:send-1", f"{end.value}:send-1"]


def test_a_replaced_payment_whose_bytes_a_node_takes_again_is_broadcast() -> None:
    journal, chain = journal_at(SendState.REPLACED), FakeChain(mines=False)
    assert resume(journal, chain) is SendState.BROADCAST
    assert (chain.sent, journal.records["send-1"].state) == ([RAW_MARKET], SendState.BROADCAST)


def test_a_count_that_cannot_be_had_replaces_nothing() -> None:
    journal = journal_at(SendState.SIGNED)
    chain = Script(fails_with=REFUSED, nonce=8, fails={"mined_nonce": UNREACHABLE})
    with pytest.raises(NodeError) as caught:
        resume(journal, chain)
    assert caught.value is UNREACHABLE
    assert journal.records["send-1"].state is SendState.SIGNED


# Asked for a receipt: before it is sent, after the refusal, after the count, and for the end.
@pytest.mark.parametrize("receipt_at", [2, 3])
@pytest.mark.parametrize("state", LOOKED_UP)
def test_a_payment_that_was_mined_while_it_was_sent_again_is_settled(
    state: SendState, receipt_at: int
) -> None:
    journal, chain = journal_at(state), Script(fails_with=REFUSED, nonce=8, receipt_at=receipt_at)
    assert resume(journal, chain) is SendState.MINED
    assert (chain.asked, journal.records["send-1"].receipt) == (receipt_at + 1, receipt())
    assert chain.tried == [RAW_MARKET]


@pytest.mark.parametrize("receipt_at", [2, 3])
@pytest.mark.parametrize("state", LOOKED_UP)
def test_what_is_returned_without_waiting_is_what_the_journal_says(state: SendState, receipt_at: int) -> None:
    journal, chain = journal_at(state), Script(fails_with=REFUSED, nonce=8, receipt_at=receipt_at)
    assert resume(journal, chain, receipt_timeout_s=None) is SendState.BROADCAST
    assert journal.records["send-1"].state is SendState.BROADCAST


OTHER = replace(MARKET, value=MARKET.value + 1)
OTHER_RAW = SIGNER.sign(OTHER)


@pytest.mark.parametrize(
    "damage",
    [
        {"raw": OTHER_RAW},
        {"raw": OTHER_RAW, "hash": decode_signed(OTHER_RAW).hash},
        {"raw": RAW_MARKET[:-1]},
        {"raw": b"junk"},
        {"raw": b""},
        {"hash": "0x" + "1" * 64},
        {"request": OTHER},
        {"request": replace(MARKET, chain_id=2)},
    ],
)
@pytest.mark.parametrize("state", LOOKED_UP)
def test_bytes_that_are_not_the_payment_that_was_scored_are_shown_to_no_node(
    state: SendState, damage: dict[str, Any]
) -> None:
    journal, chain = journal_at(state), Script()
    record: SendRecord = replace(journal.records["send-1"], **damage)
    journal.records["send-1"] = record
    with pytest.raises(JournalDamaged, match="bytes of send-1 are not the payment that was scored") as caught:
        resume(journal, chain)
    assert caught.value.hint.startswith("nothing was sent: the journal was edited or damaged")
    assert (chain.asked, chain.tried, journal.records["send-1"]) == (0, [], record)


def test_a_node_that_names_another_hash_is_not_believed() -> None:
    class Lying(FakeChain):
        def broadcast(self, raw: bytes) -> str:
            return "0x" + "1" * 64

    journal = journal_at(SendState.SIGNED)
    with pytest.raises(IntegrityError, match="the node calls the payment"):
        resume(journal, Lying())
    assert journal.records["send-1"].state is SendState.SIGNED


@pytest.mark.parametrize("method", ["chain_id", "receipt", "wait_for_receipt"])
def test_a_node_that_fails_leaves_the_bytes_where_they_are(method: str) -> None:
    journal, chain = journal_at(SendState.SIGNED), FakeChain(fails={method: UNREACHABLE})
    with pytest.raises(NodeError):
        resume(journal, chain)
    assert journal.records["send-1"].raw == RAW_MARKET
    assert journal.records["send-1"].state in (SendState.SIGNED, SendState.BROADCAST)
