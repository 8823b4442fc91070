"""The chain in this process: its past has its own times, and its refusals are answers."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from guard.adapters.embedded_chain import EmbeddedChain, PastPayment
from guard.adapters.keystore import MemorySigner
from guard.core.receipt import Receipt
from guard.core.request import MarketFee, TransactionRequest
from guard.errors import NodeError
from tests.adapters.values import address

GENESIS = 1_600_000_000
ETHER = 10**18
PAYER = MemorySigner(b"\x0c" * 32)


@pytest.fixture(scope="module")
def chain() -> EmbeddedChain:
    chain = EmbeddedChain(genesis_at=GENESIS)
    chain.live_through(
        [
            PastPayment(at=GENESIS + 500, payer=PAYER, to=address(9), value_wei=ETHER),
            PastPayment(at=GENESIS + 100, payer=None, to=PAYER.address, value_wei=5 * ETHER),
        ]
    )
    return chain


def payment(chain: EmbeddedChain, **changes: object) -> TransactionRequest:
    ordinary = TransactionRequest(
        sender=PAYER.address,
        to=address(10),
        value=ETHER // 10,
        chain_id=chain.chain_id(),
        nonce=chain.next_nonce(PAYER.address),
        gas_limit=21_000,
        fee=MarketFee(max_fee_per_gas=4 * 10**9, max_priority_fee_per_gas=10**9),
    )
    return replace(ordinary, **changes)  # type: ignore[arg-type]


def test_past_payments_are_mined_in_the_order_and_at_the_time_they_name(chain: EmbeddedChain) -> None:
    blocks = [chain.web3.eth.get_block(number) for number in (0, 1, 2)]
    assert [block["timestamp"] for block in blocks] == [GENESIS, GENESIS + 100, GENESIS + 500]
    assert [len(block["transactions"]) for block in blocks] == [0, 1, 1]
    assert chain.balance(address(9)) == ETHER
    assert chain.mined_nonce(PAYER.address) == 1


def test_a_payment_after_the_past_is_mined_at_once(chain: EmbeddedChain) -> None:
    raw = PAYER.sign(payment(chain, to=address(10)))
    named = chain.broadcast(raw)
    receipt = chain.receipt(named)
    assert isinstance(receipt, Receipt)
    assert (receipt.hash, receipt.status, receipt.gas_used) == (named, 1, 21_000)
    assert chain.balance(address(10)) == ETHER // 10


@pytest.mark.parametrize(
    "changes",
    [{"nonce": 0}, {"value": 10**30}, {"gas_limit": 20_999}],
    ids=["a used nonce", "more than there is", "too little gas"],
)
def test_what_the_chain_refuses_is_a_refusal_and_mines_nothing(
    chain: EmbeddedChain, changes: dict[str, object]
) -> None:
    before = chain.web3.eth.block_number
    with pytest.raises(NodeError) as caught:
        chain.broadcast(PAYER.sign(payment(chain, **changes)))
    assert caught.value.code == "node_refused"
    assert chain.web3.eth.block_number == before


def test_several_threads_may_ask_at_once(chain: EmbeddedChain) -> None:
    answers: list[int] = []

    def ask() -> None:
        for _ in range(10):
            answers.append(chain.balance(address(9)))

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [ETHER] * 50


def test_what_is_not_there_is_nothing(chain: EmbeddedChain) -> None:
    assert chain.receipt("0x" + "ab" * 32) is None
    assert chain.code(address(9)) == b""
    assert chain.balance(address(404)) == 0
