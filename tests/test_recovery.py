"""What becomes of a send whose process has died, or whose block has gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guard import exit_codes
from guard.adapters.recover import recover
from guard.core.address import Address
from guard.core.journal import ENDED, NEVER_SIGNED, SendState
from guard.core.policy import Policy
from guard.core.receipt import Receipt
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE
from guard.core.signed import decode_signed
from guard.delivery import DeliveryPorts
from guard.errors import IntegrityError, JournalConflict, JournalDamaged, NodeError
from guard.recovery import abandon_unsigned, needs_chain, resume_send
from guard.testing import FakeChain, FixedClock, MemoryJournal
from tests.adapters.values import reset, signed
from tests.core.values import MARKET, RAW_MARKET, SIGNER

SIGNED = decode_signed(RAW_MARKET)
UNREACHABLE = NodeError("the node did not answer", code="node_unreachable")
OPEN = [SendState.SIGNED, SendState.REFUSED, SendState.BROADCAST]


def refused(words: str) -> NodeError:
    return NodeError(f"the node refused: {words}", code="node_refused", words=words)


def journal_at(state: SendState) -> MemoryJournal:
    journal = MemoryJournal()
    journal.open_send(MARKET, review(MARKET, EVIDENCE, Policy(), 1), now=1)
    if state not in NEVER_SIGNED | {SendState.REVIEWED, SendState.HANDED}:
        journal.record_signed("send-1", SIGNED, now=2)
    if state not in (SendState.REVIEWED, SendState.SIGNED):
        journal.record_state("send-1", state, now=3)
    return journal


def ports(journal: MemoryJournal, chain: FakeChain, confirmations: int = 12) -> DeliveryPorts:
    return DeliveryPorts(
        chain=chain,
        broadcaster=chain,
        recover=recover,
        journal=journal,
        clock=FixedClock(50),
        confirmations=confirmations,
    )


def resume(journal: MemoryJournal, chain: FakeChain, **changes: Any) -> SendState:
    timeout_s = changes.pop("receipt_timeout_s", 5.0)
    given = ports(journal, chain, **changes)
    return resume_send(journal.records["send-1"], given, receipt_timeout_s=timeout_s)


def receipt(status: int = 1) -> Receipt:
    return Receipt(
        hash=SIGNED.hash, status=status, block_number=100, gas_used=21_000, effective_gas_price=10**9
    )


@pytest.mark.parametrize("state", OPEN)
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


@pytest.mark.parametrize("state", [*OPEN, SendState.REPLACED])
@pytest.mark.parametrize(("status", "end"), [(1, SendState.MINED), (0, SendState.REVERTED)])
def test_a_payment_that_is_already_in_a_block_is_settled_and_not_sent_again(
    state: SendState, status: int, end: SendState
) -> None:
    journal, chain = journal_at(state), FakeChain(status=status, sent=[RAW_MARKET])
    chain.fails["broadcast"] = NodeError("must not be called")
    assert resume(journal, chain) is end
    assert journal.records["send-1"].receipt == receipt(status)


def test_a_send_without_a_signature_is_abandoned_and_can_no_longer_be_signed() -> None:
    journal = journal_at(SendState.REVIEWED)
    assert not needs_chain(journal.records["send-1"])
    assert abandon_unsigned(journal.records["send-1"], journal, FixedClock(50)) is SendState.ABANDONED
    record = journal.records["send-1"]
    assert (record.note, record.updated_at) == ("interrupted before a signature; nothing was sent", 50)
    with pytest.raises(JournalConflict):
        journal.record_signed("send-1", SIGNED, now=51)


@pytest.mark.parametrize("state", sorted(NEVER_SIGNED, key=lambda state: state.value))
def test_what_was_never_signed_stays_as_it_is_and_needs_no_node(state: SendState) -> None:
    journal = journal_at(state)
    silent = FakeChain(fails={"chain_id": UNREACHABLE})
    assert (needs_chain(journal.records["send-1"]), resume(journal, silent)) == (False, state)


@pytest.mark.parametrize("lost", [{"raw": None}, {"hash": None}])
def test_a_record_without_its_bytes_is_left_alone(lost: dict[str, None]) -> None:
    journal = journal_at(SendState.BROADCAST)
    journal.records["send-1"] = replace(journal.records["send-1"], **lost)
    assert resume(journal, FakeChain(fails={"chain_id": UNREACHABLE})) is SendState.BROADCAST


def test_a_node_of_another_chain_is_not_given_the_bytes() -> None:
    journal, chain = journal_at(SendState.SIGNED), FakeChain(id=5)
    with pytest.raises(NodeError, match="is for chain 1, and the node is on chain 5"):
        resume(journal, chain)
    assert chain.sent == []


@pytest.mark.parametrize("timeout_s", [None, 5.0])
def test_without_a_block_in_time_the_send_is_broadcast(timeout_s: float | None) -> None:
    journal, chain = journal_at(SendState.SIGNED), FakeChain(mines=False)
    assert resume(journal, chain, receipt_timeout_s=timeout_s) is SendState.BROADCAST
    assert journal.states() == [SendState.BROADCAST]


def test_resuming_twice_pays_once() -> None:
    journal, chain = journal_at(SendState.SIGNED), FakeChain()
    assert [resume(journal, chain), resume(journal, chain)] == [SendState.MINED] * 2
    assert chain.sent == [RAW_MARKET]


def test_f9_an_end_is_final_at_n_confirmations_and_not_one_before() -> None:
    journal, chain = journal_at(SendState.SIGNED), FakeChain(head=100 + 12 - 2)
    resume(journal, chain)
    assert journal.records["send-1"].is_final is False
    chain.head += 1
    assert resume(journal, chain) is SendState.MINED
    assert journal.records["send-1"].is_final is True
    chain.mines = False
    assert (needs_chain(journal.records["send-1"]), resume(journal, chain)) == (False, SendState.MINED)


@pytest.mark.parametrize("state", sorted(ENDED, key=lambda state: state.value))
def test_f9_what_a_reorganisation_took_out_is_pending_again_and_the_same_bytes_are_sent(
    state: SendState,
) -> None:
    journal, chain = journal_at(state), FakeChain(mines=False)
    assert resume(journal, chain, receipt_timeout_s=None) is SendState.BROADCAST
    assert chain.sent == [RAW_MARKET]
    assert journal.events[-1] == "broadcast:send-1"
    chain.mines = True
    assert resume(journal, chain) is SendState.MINED


def test_f4_a_nonce_that_went_to_another_payment_is_a_conflict_and_never_signed_again() -> None:
    journal = journal_at(SendState.SIGNED)
    chain = FakeChain(nonce=8, fails={"broadcast": refused("nonce too low")})
    with pytest.raises(JournalConflict) as caught:
        resume(journal, chain)
    assert exit_codes.of_error(caught.value) == exit_codes.JOURNAL_CONFLICT
    assert caught.value.message == (
        f"nonce 7 of {SIGNER.address} was used by another payment than {SIGNED.hash}"
    )
    record = journal.records["send-1"]
    assert (record.state, record.is_final) == (SendState.REPLACED, True)


def test_f4_nonce_too_low_with_a_receipt_of_ours_is_sent() -> None:
    class Late(FakeChain):
        def broadcast(self, raw: bytes) -> str:
            self.sent.append(raw)
            raise refused("nonce too low")

    journal = journal_at(SendState.SIGNED)
    assert resume(journal, Late()) is SendState.MINED


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("replacement transaction underpriced", SendState.REFUSED),
        ("insufficient funds for gas * price + value", SendState.REFUSED),
        ("nonce too high", SendState.REFUSED),
        ("nonce gap", SendState.REFUSED),
        ("in-flight transaction limit reached for delegated accounts", SendState.REFUSED),
        ("nonce too low", SendState.SIGNED),
        ("the moon is full \x1b[2J", SendState.SIGNED),
    ],
)
def test_f5_each_refusal_has_its_state_keeps_the_bytes_and_names_a_way_on(
    words: str, state: SendState
) -> None:
    journal = journal_at(SendState.SIGNED)
    error = refused(words)
    with pytest.raises(NodeError) as caught:
        resume(journal, FakeChain(fails={"broadcast": error}))
    record = journal.records["send-1"]
    assert (record.state, record.raw, record.note) == (state, RAW_MARKET, error.message)
    assert caught.value is error
    assert error.hint
    assert resume(journal, FakeChain()) is SendState.MINED


@pytest.mark.parametrize("method", ["chain_id", "receipt", "mined_nonce"])
def test_a_node_that_fails_leaves_the_bytes_where_they_are(method: str) -> None:
    journal = journal_at(SendState.BROADCAST)
    with pytest.raises(NodeError):
        resume(journal, FakeChain(mines=False, fails={method: UNREACHABLE}))
    assert journal.states() == [SendState.BROADCAST]


def test_a_node_that_names_another_hash_is_not_believed() -> None:
    class Liar(FakeChain):
        def broadcast(self, raw: bytes) -> str:
            return "0x" + "1" * 64

    journal = journal_at(SendState.SIGNED)
    with pytest.raises(IntegrityError):
        resume(journal, Liar())
    assert journal.states() == [SendState.SIGNED]


OTHER_KEY_RAW = type(SIGNER)(bytes(31) + b"\x05").sign(
    replace(MARKET, sender=Address.parse(str(type(SIGNER)(bytes(31) + b"\x05").address)))
)


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize(
    "damage",
    [
        {"raw": b""},
        {"raw": RAW_MARKET[:-1]},
        {"hash": "0x" + "0" * 64},
        {"request": replace(MARKET, value=1)},
        {"request": replace(MARKET, nonce=8)},
        {"raw": SIGNER.sign(replace(MARKET, value=1))},
        # Bytes that carry out the very same request, signed by another key.
        {"raw": OTHER_KEY_RAW, "hash": decode_signed(OTHER_KEY_RAW).hash},
    ],
)
def test_bytes_that_are_not_the_payment_that_was_scored_are_shown_to_no_node(
    state: SendState, damage: dict[str, Any]
) -> None:
    journal, chain = journal_at(state), FakeChain()
    journal.records["send-1"] = replace(journal.records["send-1"], **damage)
    with pytest.raises(JournalDamaged, match="the signed bytes of send-1 are not the payment"):
        resume(journal, chain)
    assert chain.sent == []


def test_the_reset_of_a_delegation_that_a_crash_left_is_sent_again_byte_for_byte() -> None:
    of, journal, chain = reset(), MemoryJournal(), FakeChain()
    raw = signed(of)
    journal.open_send(of, review(of, EVIDENCE, Policy(), 1), now=1)
    journal.record_signed("send-1", raw, now=2)
    assert resume(journal, chain) is SendState.MINED
    assert chain.sent == [raw.raw]
