"""Wallets that nobody here wrote, through `guard rpc` to a real node: cast, web3.py and viem."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from web3 import AsyncWeb3, HTTPProvider, Web3, WebSocketProvider
from web3.exceptions import Web3RPCError
from web3.types import TxParams

from guard.core.address import Address
from tests.documented_service import FRAUD, GARBAGE, SAFE, DocumentedService
from tests.integration.node import Node
from tests.integration.proxy import RunningProxy, running_proxy
from tests.integration.wallet import guard, guard_at_a_terminal
from tests.needs import cast, viem

SCRIPT = Path(__file__).parent / "wallet_of_viem.mjs"
VALUE = 10**16
LARGE = 3 * 10**18
"""More than a first payment may be without a question."""


@pytest.fixture(scope="module")
def service_of_the_module() -> Iterator[DocumentedService]:
    with DocumentedService() as running:
        yield running


@pytest.fixture(scope="module")
def proxy_of_the_module(
    node: Node, service_of_the_module: DocumentedService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningProxy, Path]]:
    node.call("anvil_setNextBlockBaseFeePerGas", hex(2 * 10**9))
    node.call("anvil_mine", "0x1")
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TXGUARD_HOME", str(folder))
        with running_proxy(node.url, service_of_the_module) as running:
            yield running, folder


@pytest.fixture
def service(service_of_the_module: DocumentedService) -> DocumentedService:
    service_of_the_module.answer = SAFE
    service_of_the_module.requests.clear()
    return service_of_the_module


@pytest.fixture
def proxy(
    proxy_of_the_module: tuple[RunningProxy, Path],
    service: DocumentedService,
    monkeypatch: pytest.MonkeyPatch,
) -> RunningProxy:
    """One proxy for all, in a home of its own that this test's commands share."""
    running, folder = proxy_of_the_module
    monkeypatch.setenv("TXGUARD_HOME", str(folder))
    return running


@dataclass(frozen=True)
class Said:
    """What a client made of it."""

    is_done: bool
    text: str


class Client:
    """A wallet with a key of its own, or with an account of the node."""

    def __init__(self, proxy: RunningProxy, node: Node) -> None:
        self.proxy = proxy
        self.key = "0x" + secrets.token_hex(32)
        self.address = Address.parse(Account.from_key(self.key).address)
        node.fund(self.address)

    def pay(self, to: Address, value: int) -> Said:
        raise NotImplementedError


class Cast(Client):
    """`cast send`, which signs by itself."""

    def run(self, *arguments: str) -> Said:
        done = subprocess.run(
            [cast(), *arguments, "--rpc-url", self.proxy.url], capture_output=True, text=True, timeout=60
        )
        return Said(done.returncode == 0, done.stdout + done.stderr)

    def pay(self, to: Address, value: int) -> Said:
        return self.run("send", to, "--value", f"{value}wei", "--private-key", self.key)


class CastMade(Cast):
    """`cast mktx`, which only signs, and `cast publish`."""

    def pay(self, to: Address, value: int) -> Said:
        made = self.run("mktx", to, "--value", f"{value}wei", "--private-key", self.key)
        assert made.is_done, made.text
        return self.run("publish", made.text.strip())


class CastUnlocked(Cast):
    """`cast send --unlocked`, which leaves the signature to the node."""

    def __init__(self, proxy: RunningProxy, node: Node) -> None:
        super().__init__(proxy, node)
        self.address = of_the_node(node)

    def pay(self, to: Address, value: int) -> Said:
        return self.run("send", to, "--value", f"{value}wei", "--unlocked", "--from", self.address)


class Web3Raw(Client):
    """web3.py, with an account of its own."""

    def __init__(self, proxy: RunningProxy, node: Node) -> None:
        super().__init__(proxy, node)
        self.web3 = Web3(HTTPProvider(proxy.url, request_kwargs={"timeout": 30}))

    def send(self, fields: TxParams) -> bytes:
        eth = self.web3.eth
        whole: Any = {
            **fields,
            "chainId": eth.chain_id,
            "nonce": eth.get_transaction_count(fields["from"]),  # type: ignore[arg-type]
            "gas": 21_000,
            "maxFeePerGas": 10 * 10**9,
            "maxPriorityFeePerGas": 10**9,
        }
        del whole["from"]
        return eth.send_raw_transaction(Account.sign_transaction(whole, self.key).raw_transaction)

    def pay(self, to: Address, value: int) -> Said:
        payer, payee = (Web3.to_checksum_address(one) for one in (self.address, to))
        try:
            made = self.send({"from": payer, "to": payee, "value": Web3.to_wei(value, "wei")})
            receipt = self.web3.eth.wait_for_transaction_receipt(made)  # type: ignore[arg-type]
        except Web3RPCError as error:
            return Said(False, str(error))
        return Said(receipt["status"] == 1, made.hex())


class Web3Unlocked(Web3Raw):
    """web3.py, with an account of the node and every other field open."""

    def __init__(self, proxy: RunningProxy, node: Node) -> None:
        super().__init__(proxy, node)
        self.address = of_the_node(node)

    def send(self, fields: TxParams) -> bytes:
        return self.web3.eth.send_transaction(fields)


class Viem(Client):
    """viem's wallet client, with an account of its own."""

    how = "key"

    def account(self) -> str:
        return self.key

    def pay(self, to: Address, value: int) -> Said:
        script = viem()
        done = subprocess.run(
            [
                script.node,
                str(SCRIPT),
                str(script.folder),
                self.proxy.url,
                self.how,
                self.account(),
                to,
                str(value),
            ],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        return Said(told.get("status") == "success", done.stdout)


class ViemUnlocked(Viem):
    """viem's wallet client, with an account of the node."""

    how = "node"

    def __init__(self, proxy: RunningProxy, node: Node) -> None:
        super().__init__(proxy, node)
        self.address = of_the_node(node)

    def account(self) -> str:
        return self.address


def of_the_node(node: Node) -> Address:
    return Address.parse(node.web3.eth.accounts[3])


CLIENTS = [Cast, CastMade, CastUnlocked, Web3Raw, Web3Unlocked, Viem, ViemUnlocked]
each_client = pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.__name__)


@each_client
def test_an_ordinary_payment_works_unchanged(
    kind: type[Client], proxy: RunningProxy, node: Node, recipient: Address, service: DocumentedService
) -> None:
    client = kind(proxy, node)
    before = node.nonce(client.address)
    said = client.pay(recipient, VALUE)
    assert said.is_done, said.text
    assert (node.balance(recipient), node.nonce(client.address)) == (VALUE, before + 1)
    assert len(service.bodies) == 1


@each_client
def test_g1_a_fraud_is_refused_with_its_reason_and_the_node_saw_nothing(
    kind: type[Client], proxy: RunningProxy, node: Node, recipient: Address, service: DocumentedService
) -> None:
    """G1: and every client shows the reason to its user."""
    service.answer = FRAUD
    client = kind(proxy, node)
    before = node.pending_nonce(client.address)
    said = client.pay(recipient, VALUE)
    assert not said.is_done
    assert "BLOCK: " in said.text
    assert "Fraud" in said.text
    assert (node.balance(recipient), node.pending_nonce(client.address)) == (0, before)


@each_client
def test_g8_a_service_that_answers_nonsense_is_a_refusal(
    kind: type[Client], proxy: RunningProxy, node: Node, recipient: Address, service: DocumentedService
) -> None:
    """G8: no client gets past a scorer that has no answer."""
    service.answer = GARBAGE
    client = kind(proxy, node)
    said = client.pay(recipient, VALUE)
    assert (said.is_done, "NO VERDICT: " in said.text, node.balance(recipient)) == (False, True, 0)


@each_client
def test_what_is_asked_about_passes_once_after_guard_approve(
    kind: type[Client], proxy: RunningProxy, node: Node, recipient: Address
) -> None:
    client = kind(proxy, node)
    refused = client.pay(recipient, LARGE)
    found = re.search(r"guard approve (0x[0-9a-f]{8})", refused.text)
    assert found is not None, refused.text
    assert (refused.is_done, node.balance(recipient)) == (False, 0)
    approved = guard_at_a_terminal("approve", found[1], answer="y", prompt="Accept")
    assert approved.code == 0, approved.err
    passed = client.pay(recipient, LARGE)
    assert passed.is_done, passed.text
    assert node.balance(recipient) == LARGE
    assert found[1] not in guard("approve").out
    # A yes to this payment is none to another stranger's.
    other = Address.from_bytes(secrets.token_bytes(20))
    assert not client.pay(other, LARGE).is_done
    assert node.balance(other) == 0


def test_viem_is_told_code_and_verdict(
    proxy: RunningProxy, node: Node, recipient: Address, service: DocumentedService
) -> None:
    service.answer = FRAUD
    told = json.loads(Viem(proxy, node).pay(recipient, VALUE).text)
    assert (told["code"], told["decision"]) == (-32003, "BLOCK")


def test_guards_screen_says_what_was_decided_and_names_nobody(
    node: Node, recipient: Address, service: DocumentedService
) -> None:
    with running_proxy(node.url, service, "-v") as proxy:
        client = Cast(proxy, node)
        client.pay(recipient, VALUE)
        assert proxy.end() == 0
    text = "".join(proxy.lines)
    assert "eth_sendRawTransaction: let through\n" in text
    assert text.endswith("stopped\n")
    assert not any(name.lower()[2:] in text.lower() for name in (client.address, recipient))


def test_web3_by_websocket_subscribes_and_pays(proxy: RunningProxy, node: Node, recipient: Address) -> None:
    client = Web3Raw(proxy, node)

    async def pay() -> tuple[int, int]:
        async with AsyncWeb3(WebSocketProvider(proxy.url.replace("http", "ws"))) as web3:
            subscription = await web3.eth.subscribe("newHeads")
            made = Account.sign_transaction(
                {
                    "to": recipient,
                    "value": VALUE,
                    "chainId": await web3.eth.chain_id,
                    "nonce": 0,
                    "gas": 21_000,
                    "maxFeePerGas": 10 * 10**9,
                    "maxPriorityFeePerGas": 10**9,
                },
                client.key,
            )
            sent = await web3.eth.send_raw_transaction(made.raw_transaction)
            receipt = await web3.eth.wait_for_transaction_receipt(sent)
            async for message in web3.socket.process_subscriptions():
                assert message["subscription"] == subscription
                return receipt["blockNumber"], message["result"]["number"]
        raise AssertionError("the line ended")

    mined, told = asyncio.run(asyncio.wait_for(pay(), 30))
    assert (mined, node.balance(recipient)) == (told, VALUE)


def test_g1_a_fraud_by_websocket_is_refused(
    proxy: RunningProxy, node: Node, recipient: Address, service: DocumentedService
) -> None:
    """G1: the other way in has the same guard."""
    service.answer = FRAUD

    async def pay() -> None:
        async with AsyncWeb3(WebSocketProvider(proxy.url.replace("http", "ws"))) as web3:
            payer, payee = (Web3.to_checksum_address(one) for one in (of_the_node(node), recipient))
            await web3.eth.send_transaction({"from": payer, "to": payee, "value": Web3.to_wei(VALUE, "wei")})

    with pytest.raises(Web3RPCError, match="BLOCK: "):
        asyncio.run(asyncio.wait_for(pay(), 30))
    assert node.balance(recipient) == 0
