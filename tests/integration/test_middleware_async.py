"""The middleware under AsyncWeb3 on anvil: the loop goes on, and what is called off is not sent."""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from web3 import AsyncHTTPProvider, AsyncWeb3, WebSocketProvider
from web3.exceptions import Web3RPCError
from web3.types import RPCEndpoint

from guard import ConfirmationRequired, Policy, Severity, TransactionBlocked, install_guard
from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.address import Address
from guard.core.journal import SendState
from guard.core.prediction import Prediction, PredictionQuery
from guard.core.subject import Request
from guard.core.verdict import Verdict
from guard.deadline import Deadline
from guard.errors import ConfigurationError, InvalidRequest
from tests.integration.node import Node
from tests.middleware.witness import FRIEND, THIEF, Witness, guarding, watching

ASKING = Policy(strangers=Severity.WARN)
STRANGER = Address.from_bytes(b"\xcc" * 20)
SECONDS = 20


class SlowWitness(Witness):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked, self.may_answer = threading.Event(), threading.Event()

    def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
        self.is_asked.set()
        assert self.may_answer.wait(SECONDS)
        return super().predict(query, deadline)


Work = Callable[[Any], Awaitable[Any]]


def over(kind: str, node: Node, work: Work) -> Any:
    """Return what `work` comes to on a connected AsyncWeb3 of this kind."""

    async def run() -> Any:
        if kind == "HTTP":
            w3: Any = AsyncWeb3(AsyncHTTPProvider(node.url))
            try:
                return await work(w3)
            finally:
                await w3.provider.disconnect()
        async with AsyncWeb3(WebSocketProvider(node.url.replace("http", "ws"))) as socket:
            return await work(socket)

    return asyncio.run(asyncio.wait_for(run(), SECONDS))


@pytest.fixture(params=["HTTP", "WebSocket"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def states(home: Path) -> list[SendState]:
    journal = SqliteJournal(home / "journal.sqlite3", read_only=True)
    try:
        return [record.state for record in reversed(journal.sends(100))]
    finally:
        journal.close()


@pytest.fixture
def account(node: Node) -> str:
    node.call("anvil_setNextBlockBaseFeePerGas", hex(10**9))
    node.call("anvil_mine", "0x1")
    return node.web3.eth.accounts[2]


def test_the_loop_reads_while_a_payment_is_reviewed(kind: str, node: Node, account: str) -> None:
    """H3: a review never holds the event loop up."""
    witness = SlowWitness()

    async def work(w3: Any) -> None:
        install_guard(w3, watching(node.url, witness))
        paying = asyncio.create_task(w3.eth.send_transaction({"from": account, "to": FRIEND, "value": 1}))
        while not witness.is_asked.is_set():
            await asyncio.sleep(0)
            assert not paying.done()
        for _ in range(20):
            assert await w3.eth.call({"to": FRIEND, "data": "0x"}) == b""
        assert not paying.done()
        witness.may_answer.set()
        assert len(await paying) == 32

    over(kind, node, work)


def test_a_payment_that_was_called_off_during_its_review_is_not_sent(
    kind: str, node: Node, account: str, home: Path
) -> None:
    witness = SlowWitness()

    async def work(w3: Any) -> None:
        install_guard(w3, watching(node.url, witness))
        before = node.pending_nonce(account)  # type: ignore[arg-type]
        paying = asyncio.create_task(w3.eth.send_transaction({"from": account, "to": FRIEND, "value": 1}))
        while not witness.is_asked.is_set():
            await asyncio.sleep(0)
        paying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await paying
        witness.may_answer.set()
        while states(home) != [SendState.ABANDONED]:
            await asyncio.sleep(0.01)
        assert node.pending_nonce(account) == before  # type: ignore[arg-type]

    over(kind, node, work)


def test_signed_bytes_that_were_called_off_are_not_left_for_resume_to_send(
    kind: str, node: Node, account: str, home: Path
) -> None:
    """What is on record as signed is sent by `wallet resume`: this was called off before."""
    witness = SlowWitness()
    local = Account.from_key(secrets.token_bytes(32))
    node.fund(Address.parse(local.address))
    payment = {"to": FRIEND, "value": 1, "nonce": 0, "gas": 21_000, "gasPrice": 3 * 10**9, "chainId": 31337}
    raw = local.sign_transaction(payment).raw_transaction

    async def work(w3: Any) -> None:
        install_guard(w3, watching(node.url, witness))
        paying = asyncio.create_task(w3.eth.send_raw_transaction(raw))
        while not witness.is_asked.is_set():
            await asyncio.sleep(0)
        paying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await paying
        witness.may_answer.set()
        while states(home) in ([], [SendState.REVIEWED]):
            await asyncio.sleep(0.01)
        assert states(home) == [SendState.ABANDONED]

    over(kind, node, work)


def test_a_forked_child_has_threads_of_its_own(node: Node, account: str, home: Path) -> None:
    async def pay(w3: Any) -> None:
        install_guard(w3, watching(node.url))
        await w3.eth.send_transaction({"from": account, "to": FRIEND, "value": 1})

    over("HTTP", node, pay)
    child = os.fork()
    if child == 0:
        # Nothing of pytest's may run here: whatever happens, this process ends.
        try:
            over("HTTP", node, pay)
        except BaseException:  # noqa: BLE001  the exit code tells it
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert states(home) == [SendState.BROADCAST, SendState.BROADCAST]


@pytest.mark.parametrize("answer", [True, False])
def test_a_coroutine_answers_on_the_loop(
    kind: str, node: Node, account: str, home: Path, answer: bool
) -> None:
    loops = []

    async def confirm(request: Request, verdict: Verdict) -> bool:
        await asyncio.sleep(0)
        loops.append(asyncio.get_running_loop())
        return answer

    async def work(w3: Any) -> None:
        install_guard(w3, watching(node.url, policy=ASKING), confirm=confirm)
        payment = {"from": account, "to": STRANGER, "value": 1}
        if answer:
            assert len(await w3.eth.send_transaction(payment)) == 32
        else:
            with pytest.raises(ConfirmationRequired, match="DECLINED: "):
                await w3.eth.send_transaction(payment)
        assert loops == [asyncio.get_running_loop()]

    over(kind, node, work)
    assert states(home) == [SendState.BROADCAST if answer else SendState.DECLINED]


def test_an_ordinary_callback_may_take_its_time(kind: str, node: Node, account: str) -> None:
    asked, may_answer = threading.Event(), threading.Event()

    def confirm(request: Request, verdict: Verdict) -> bool:
        asked.set()
        return may_answer.wait(SECONDS)

    async def work(w3: Any) -> None:
        install_guard(w3, watching(node.url, policy=ASKING), confirm=confirm)
        paying = asyncio.create_task(w3.eth.send_transaction({"from": account, "to": STRANGER, "value": 1}))
        while not asked.is_set():
            assert not paying.done()
            await asyncio.sleep(0)
        assert await w3.eth.block_number > 0
        may_answer.set()
        assert len(await paying) == 32

    over(kind, node, work)


def test_payments_of_one_account_at_once_get_nonces_of_their_own(
    kind: str, node: Node, account: str, home: Path
) -> None:
    """More at once than a loop has threads, each in the account's turn."""

    async def work(w3: Any) -> None:
        install_guard(w3, watching(node.url))
        payments = [{"from": account, "to": FRIEND, "value": 1 + number} for number in range(40)]
        hashes = await asyncio.gather(*map(w3.eth.send_transaction, payments))
        assert len(set(hashes)) == 40

    over(kind, node, work)
    assert states(home) == [SendState.BROADCAST] * 40


def test_a_payment_needs_none_of_the_loops_own_threads(kind: str, node: Node, account: str) -> None:
    """The loop looks names up in those, for the connection that the payment waits for."""

    async def work(w3: Any) -> None:
        free = threading.Event()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        busy = loop.run_in_executor(None, free.wait, SECONDS)
        install_guard(w3, watching(node.url))
        assert len(await w3.eth.send_transaction({"from": account, "to": FRIEND, "value": 1})) == 32
        free.set()
        assert await busy

    over(kind, node, work)


def test_what_the_node_refuses_leaves_the_connection_as_it_was(kind: str, node: Node, account: str) -> None:
    async def work(w3: Any) -> None:
        install_guard(w3, watching(node.url))
        nobody = {"from": "0x" + "12" * 20, "to": FRIEND, "value": 0, "gas": 21_000}
        node.fund(nobody["from"])  # type: ignore[arg-type]
        for _ in range(3):
            with pytest.raises(Web3RPCError, match="No Signer available"):
                await w3.eth.send_transaction(nobody)
        refused = await w3.provider.make_request(
            RPCEndpoint("eth_sendTransaction"), [{**nobody, "value": "0x0", "gas": "0x5208"}]
        )
        assert refused["error"]["message"] == "No Signer available"
        assert await w3.eth.block_number > 0

    over(kind, node, work)


def test_a_batch_carries_questions_alone(kind: str, node: Node, account: str) -> None:
    """H4: over a socket too."""

    async def work(w3: Any) -> None:
        install_guard(w3, watching(node.url))
        with pytest.raises(InvalidRequest, match="refuses a batch with eth_sendTransaction"):
            await w3.provider.make_batch_request(
                [("eth_blockNumber", []), ("eth_sendTransaction", [{"from": account, "to": FRIEND}])]
            )
        async with w3.batch_requests() as batch:
            batch.add(w3.eth.get_block("latest"))
            batch.add(w3.eth.get_balance(account))
            assert len(await batch.async_execute()) == 2

    over(kind, node, work)


def test_a_socket_needs_a_guard_with_a_node(node: Node, account: str) -> None:
    async def work(w3: Any) -> None:
        with pytest.raises(ConfigurationError, match="the guard has no node to ask, and a WebSocketProvider"):
            install_guard(w3, guarding(None))

    over("WebSocket", node, work)


def test_a_socket_is_asked_by_hand_behind_the_guard_too(node: Node, account: str) -> None:
    """`w3.socket.send` and `recv` are a way of their own through the same provider."""

    async def work(w3: Any) -> None:
        install_guard(w3, watching(node.url))
        payment = {"from": account, "to": FRIEND, "value": "0x1"}
        await w3.socket.send(RPCEndpoint("eth_sendTransaction"), [payment])
        assert len((await w3.socket.recv())["result"]) == 66
        with pytest.raises(TransactionBlocked):
            await w3.socket.send(RPCEndpoint("eth_sendTransaction"), [{**payment, "to": THIEF}])

    over("WebSocket", node, work)
