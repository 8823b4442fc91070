"""The middleware under 32 threads at once, on anvil, with the journal that ships."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from requests import Session
from requests.adapters import HTTPAdapter
from web3 import HTTPProvider, Web3

from guard import TransactionBlocked, install_guard
from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.address import Address
from guard.core.journal import SendState
from guard.testing import FakeChain, FakeChainFacts, FakeSimulator, MemoryJournal
from tests.integration.node import Node, running_node
from tests.middleware.witness import FRIEND, THIEF, Witness, guarding
from tests.needs import anvil

THREADS, SENDS, ONE_IN = 32, 100, 10
CHAIN_ID = 31337
FEE = {"maxFeePerGas": 20 * 10**9, "maxPriorityFeePerGas": 10**9}


@dataclass
class CountingChain(FakeChain):
    """A chain in memory, but for the nonces, which the node counts."""

    node: Node | None = None

    def next_nonce(self, account: Address) -> int:
        assert self.node is not None
        told = self.node.call("eth_getTransactionCount", account, "pending")
        return int(str(told), 16)


@pytest.fixture
def crowd_node() -> Iterator[Node]:
    with running_node(anvil(), "--accounts", str(THREADS)) as node:
        yield node


def test_of_3200_payments_by_32_threads_exactly_the_frauds_are_stopped(crowd_node: Node, home: Path) -> None:
    """H7: 32 threads x 100 sends, one in ten a Fraud; reads in between are not touched."""
    node, witness = crowd_node, Witness()
    session = Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(pool_maxsize=THREADS))
    w3 = Web3(HTTPProvider(node.url, request_kwargs={"timeout": 60}, session=session))
    # The evidence is cheap: what is tried here is the door, and the node behind it is real.
    chain = CountingChain(id=CHAIN_ID, node=node)
    parts = {"chain_facts": FakeChainFacts(), "simulator": FakeSimulator(), "ledger": MemoryJournal()}
    install_guard(w3, guarding(chain, witness, **parts))
    accounts = node.web3.eth.accounts
    reads = node.web3.eth.call({"to": FRIEND, "data": "0x"})

    def pay(number: int) -> tuple[list[str], int]:
        account, hashes, blocked = accounts[number], [], 0
        for turn in range(SENDS):
            to = THIEF if turn % ONE_IN == number % ONE_IN else FRIEND
            payment = {"from": account, "to": to, "value": 1 + turn, "gas": 21_000, **FEE}
            try:
                hashes.append(w3.eth.send_transaction(payment).to_0x_hex())
            except TransactionBlocked:
                blocked += 1
            if turn % ONE_IN == 0:
                assert w3.eth.call({"to": FRIEND, "data": "0x"}) == reads
        return hashes, blocked

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(pay, range(THREADS)))
    good = THREADS * SENDS * (ONE_IN - 1) // ONE_IN
    assert [blocked for _, blocked in outcomes] == [SENDS // ONE_IN] * THREADS
    assert len({one for hashes, _ in outcomes for one in hashes}) == good
    paid = sum(
        1 + turn for number in range(THREADS) for turn in range(SENDS) if turn % ONE_IN != number % ONE_IN
    )
    assert (node.balance(FRIEND), node.balance(THIEF)) == (paid, 0)
    journal = SqliteJournal(home / "journal.sqlite3", read_only=True)
    try:
        states = [one.state for one in journal.sends(2 * THREADS * SENDS)]
        assert states.count(SendState.BROADCAST) == good
        assert states.count(SendState.BLOCKED) == THREADS * SENDS - good
        assert len(states) == THREADS * SENDS
    finally:
        journal.close()
