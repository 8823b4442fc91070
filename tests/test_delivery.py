from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from guard.adapters.recover import recover
from guard.core.journal import SendState
from guard.core.policy import Policy
from guard.core.receipt import Receipt
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE
from guard.core.signed import decode_signed
from guard.delivery import DeliveryPorts, hand_over, settle
from guard.errors import IntegrityError, NodeError
from guard.testing import FakeChain, FixedClock, MemoryJournal
from tests.core.values import MARKET, RAW_MARKET

SIGNED = decode_signed(RAW_MARKET)
UNREACHABLE = NodeError("the node did not answer", code="node_unreachable")
REFUSED = NodeError("the node refused: nonce too low", code="node_refused")
INVALID = NodeError("the node answered what cannot be read", code="node_invalid")
UNTOLD = NodeError("the node has no word for it")


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


class Looked(FakeChain):
    """A chain that counts how often it is asked for a receipt, and may have one."""

    looks = 0

    def receipt(self, transaction_hash: str) -> Receipt | None:
        self.looks += 1
        return super().receipt(transaction_hash)


def deliver(*answers: str | BaseException, chain: FakeChain | None = None) -> Replies:
    replies = Replies(list(answers))
    hand_over(RAW_MARKET, SIGNED.hash, chain or FakeChain(), replies)
    assert replies.answers == []
    return replies


def mined() -> FakeChain:
    return FakeChain(sent=[RAW_MARKET])


@pytest.mark.parametrize("named", [SIGNED.hash, "0x" + SIGNED.hash[2:].upper()])
def test_bytes_that_are_taken_are_handed_over_once_and_no_block_is_looked_at(named: str) -> None:
    chain = Looked()
    assert (deliver(named, chain=chain).sent, chain.looks) == ([RAW_MARKET], 0)


def test_a_lost_reply_is_answered_by_the_same_bytes_once_more() -> None:
    assert deliver(UNREACHABLE, SIGNED.hash).sent == [RAW_MARKET, RAW_MARKET]


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([REFUSED], REFUSED),
        ([INVALID], INVALID),
        ([UNTOLD], UNTOLD),
        ([UNREACHABLE, UNREACHABLE], UNREACHABLE),
        ([UNREACHABLE, REFUSED], REFUSED),
        ([UNREACHABLE, INVALID], INVALID),
    ],
)
def test_only_a_receipt_turns_a_failure_into_a_success_and_only_an_unreachable_node_is_tried_again(
    answers: list[NodeError], told: NodeError
) -> None:
    replies = Replies([*answers, SIGNED.hash])
    with pytest.raises(NodeError) as caught:
        hand_over(RAW_MARKET, SIGNED.hash, FakeChain(), replies)
    assert caught.value is told
    assert replies.sent == [RAW_MARKET] * len(answers)
    assert deliver(*answers, chain=mined()).sent == [RAW_MARKET] * len(answers)


def test_the_receipt_of_another_payment_proves_nothing() -> None:
    class Other(FakeChain):
        asked: str

        def receipt(self, transaction_hash: str) -> Receipt | None:
            self.asked = transaction_hash
            return None

    chain = Other()
    with pytest.raises(NodeError):
        deliver(REFUSED, chain=chain)
    assert chain.asked == SIGNED.hash


def test_a_look_that_fails_leaves_the_refusal_as_the_last_word() -> None:
    chain = FakeChain(sent=[RAW_MARKET], fails={"receipt": UNREACHABLE})
    with pytest.raises(NodeError) as caught:
        deliver(REFUSED, chain=chain)
    assert caught.value is REFUSED


@pytest.mark.parametrize("answers", [["0x" + "1" * 64], [UNREACHABLE, ""]])
def test_a_node_that_names_another_hash_is_not_believed_whatever_a_block_has(
    answers: list[str | BaseException],
) -> None:
    with pytest.raises(IntegrityError) as caught:
        deliver(*answers, chain=mined())
    assert caught.value.message.endswith(f", and its bytes are {SIGNED.hash}")
    assert caught.value.hint == "do not trust this node: look the payment up on another one"


def test_what_a_node_calls_the_payment_is_escaped_and_cut() -> None:
    with pytest.raises(IntegrityError) as caught:
        deliver("\x1b[2J" + "x" * 500)
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 250


@pytest.mark.parametrize("before", [[], [UNREACHABLE]])
def test_an_interruption_passes_through(before: list[BaseException]) -> None:
    with pytest.raises(KeyboardInterrupt):
        deliver(*before, KeyboardInterrupt(), chain=mined())


@pytest.mark.parametrize(("status", "state"), [(1, SendState.MINED), (0, SendState.REVERTED)])
def test_a_receipt_is_written_down_as_what_it_means(status: int, state: SendState) -> None:
    journal = MemoryJournal()
    journal.open_send(MARKET, review(MARKET, EVIDENCE, Policy(), 1), now=1, idempotency_key=None)
    journal.record_signed("send-1", SIGNED, now=2)
    receipt = Receipt(
        hash=SIGNED.hash, status=status, block_number=100, gas_used=21_000, effective_gas_price=10**9
    )
    chain = FakeChain(sent=[RAW_MARKET], status=status)
    ports = DeliveryPorts(
        chain=chain, broadcaster=chain, recover=recover, journal=journal, clock=FixedClock(50)
    )
    (record,) = settle([journal.records["send-1"]], ports)
    assert record == journal.records["send-1"]
    assert (record.state, record.receipt, record.updated_at) == (state, receipt, 50)
