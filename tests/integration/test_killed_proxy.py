"""A proxy that dies between the signature and the broadcast, and what is found afterwards."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest
from eth_account import Account

from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.address import Address
from guard.core.journal import SendRecord, SendState
from tests.documented_service import DocumentedService
from tests.integration.node import Node
from tests.integration.proxy import post, running_proxy
from tests.integration.wallet import guard, wallet
from tests.loopback import LoopbackServer, body_of, http_answer

VALUE = 10**16


class HoldingNode(LoopbackServer):
    """A node that passes everything on to another one but broadcasts, which it holds until it is closed."""

    path = "/"

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.held = threading.Event()

    def handle(self, client: socket.socket, request: bytes) -> None:
        body = body_of(request)
        if b"eth_sendRawTransaction" in body:
            self.held.set()
            self.over.wait(60)
            return
        client.sendall(http_answer(post(self._url, body)))


@pytest.fixture
def service() -> Iterator[DocumentedService]:
    with DocumentedService() as running:
        yield running


def sends(home: Path) -> list[SendRecord]:
    with closing(SqliteJournal(home / "journal.sqlite3")) as journal:
        return journal.sends(100)


def signed(node: Node, recipient: Address) -> tuple[Address, str]:
    """Return the signed bytes of an ordinary payment, and who pays."""
    account = Account.create()
    payer = Address.parse(account.address)
    node.fund(payer)
    fields = {
        "to": recipient,
        "value": VALUE,
        "nonce": 0,
        "gas": 21_000,
        "maxFeePerGas": 2 * node.web3.eth.get_block("latest")["baseFeePerGas"] + 10**9,
        "maxPriorityFeePerGas": 10**9,
        "chainId": node.web3.eth.chain_id,
    }
    return payer, "0x" + bytes(account.sign_transaction(fields).raw_transaction).hex()


@pytest.mark.parametrize("way", ["wallet resume", "the same bytes again"])
def test_what_a_killed_proxy_had_signed_is_sent_once_afterwards(
    way: str, node: Node, recipient: Address, home: Path, service: DocumentedService
) -> None:
    payer, raw = signed(node, recipient)
    with HoldingNode(node.url) as holding, ThreadPoolExecutor(1) as pool:
        with running_proxy(holding.url, service) as proxy:
            lost = pool.submit(_ignoring_the_end, proxy.call, "eth_sendRawTransaction", raw)
            assert holding.held.wait(30)
            assert proxy.end(signal.SIGKILL) == -signal.SIGKILL
        lost.result()
    (record,) = sends(home)
    assert (record.state, node.pending_nonce(payer)) == (SendState.SIGNED, 0)
    if way == "wallet resume":
        run = wallet("resume", "--rpc-url", node.url, "--confirmations", "1")
        assert run.code == 0, run.err
    with running_proxy(node.url, service) as again:
        for _ in range(2):
            assert again.call("eth_sendRawTransaction", raw)["result"] == record.hash
    assert (node.balance(recipient), node.nonce(payer)) == (VALUE, 1)
    assert (len(sends(home)), len(service.bodies)) == (1, 1)
    assert guard("audit", "verify").code == 0


def _ignoring_the_end(call: object, *arguments: object) -> None:
    with suppress(OSError, ValueError):
        call(*arguments)  # type: ignore[operator]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_a_payment_that_is_on_its_way_end_and_exits_0(
    number: int, node: Node, recipient: Address, home: Path, service: DocumentedService
) -> None:
    payer, raw = signed(node, recipient)
    asked, go = threading.Event(), threading.Event()
    handle = service.handle

    def hold(client: socket.socket, request: bytes) -> None:
        if request.startswith(b"POST"):
            asked.set()
            go.wait(30)
        handle(client, request)

    service.handle = hold  # type: ignore[method-assign]
    with running_proxy(node.url, service) as proxy, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(proxy.call, "eth_sendRawTransaction", raw)
        assert asked.wait(30)
        proxy.process.send_signal(number)
        go.set()
        assert "result" in waiting.result()
        assert proxy.process.wait(30) == 0
    assert (node.balance(recipient), node.nonce(payer)) == (VALUE, 1)
