"""A program that uses web3.py in every way, behind the guard; says as JSON what became of each call.

What belongs here: calls. What must not: pytest and assertions, because every version of web3 runs this.

    python -m tests.middleware.web3_cases URL IPC_PATH
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from eth_account import Account
from web3 import (
    AsyncHTTPProvider,
    AsyncIPCProvider,
    AsyncWeb3,
    HTTPProvider,
    IPCProvider,
    Web3,
    WebSocketProvider,
)
from web3.middleware import SignAndSendRawMiddlewareBuilder
from web3.types import RPCEndpoint

from guard import GuardError, guard_provider, install_guard
from guard.core.address import Address
from guard.engine import Guard
from guard.errors import HumanError
from tests.middleware.witness import FRIEND, THIEF, guarding, watching

KEY = b"\x11" * 32
_LOCAL = Account.from_key(KEY)
_TOKEN_ABI = [
    {
        "type": "function",
        "name": "transfer",
        "inputs": [{"name": "to", "type": "address"}, {"name": "value", "type": "uint256"}],
        "outputs": [{"name": "", "type": "bool"}],
        "stateMutability": "nonpayable",
    },
    {"type": "constructor", "inputs": [], "stateMutability": "payable"},
]
_VALUES = itertools.count(1)
"""Wei; each payment has another amount, for many alike in a short time are asked about."""
_STOP = "0x00"
"""Code that does nothing and takes ether."""

Call = Callable[[Any], Any]


def node_calls(account: str) -> dict[str, Call]:
    """Return calls whose signer is the node."""

    def pay(to: Address) -> dict[str, Any]:
        return {"from": account, "to": to, "value": next(_VALUES)}

    def contract(w3: Any) -> Any:
        return w3.eth.contract(address=Web3.to_checksum_address(FRIEND), abi=_TOKEN_ABI, bytecode=_STOP)

    raw_payment = {"from": account, "to": THIEF, "value": "0x1"}
    return {
        "send to a friend": lambda w3: w3.eth.send_transaction(pay(FRIEND)),
        "send to a thief": lambda w3: w3.eth.send_transaction(pay(THIEF)),
        "transact for a thief": lambda w3: (
            contract(w3).functions.transfer(THIEF, 5).transact({"from": account, "gas": 90_000})
        ),
        "create with ether": lambda w3: contract(w3).constructor().transact({"from": account, "value": 1}),
        "sign a payment to a thief": lambda w3: w3.eth.sign_transaction({**pay(THIEF), "gas": 21_000}),
        "make_request": lambda w3: w3.provider.make_request(
            RPCEndpoint("eth_sendTransaction"), [raw_payment]
        ),
        "manager": lambda w3: _asked(w3, "eth_sendTransaction", [raw_payment]),
        "sign a greeting": lambda w3: _asked(w3, "personal_sign", [Web3.to_hex(text="hello"), account]),
        "sign a hash": lambda w3: _asked(w3, "eth_sign", [account, "0x" + "ab" * 32]),
        "a bundle of a miner": lambda w3: _asked(w3, "eth_sendBundle", [{}]),
        "another case": lambda w3: _asked(w3, "ETH_SENDTRANSACTION", [raw_payment]),
        "read": lambda w3: w3.eth.call({"to": FRIEND, "data": "0x"}),
    }


def raw_call(to: Address) -> Call:
    """Return a call that sends bytes which were signed before."""

    async def later(w3: Any) -> Any:
        nonce = await w3.eth.get_transaction_count(_LOCAL.address, "pending")
        block = await w3.eth.get_block("latest")
        return await w3.eth.send_raw_transaction(_signed(to, nonce, block["baseFeePerGas"]))

    def send(w3: Any) -> Any:
        if isinstance(w3, AsyncWeb3):
            return later(w3)
        nonce = w3.eth.get_transaction_count(_LOCAL.address, "pending")
        return w3.eth.send_raw_transaction(_signed(to, nonce, w3.eth.get_block("latest")["baseFeePerGas"]))

    return send


def _signed(to: Address, nonce: int, base_fee: int) -> bytes:
    transaction = {
        "to": to,
        "value": next(_VALUES),
        "nonce": nonce,
        "gas": 21_000,
        "maxFeePerGas": 2 * base_fee + 10**9,
        "maxPriorityFeePerGas": 10**9,
        "chainId": 31337,
    }
    return bytes(Account.sign_transaction(transaction, KEY).raw_transaction)


def _asked(w3: Any, method: str, parameters: list[Any]) -> Any:
    manager = w3.manager
    if isinstance(w3, AsyncWeb3):
        provider: Any = w3.provider
        ask = manager.socket_request if provider.has_persistent_connection else manager.coro_request
        return ask(RPCEndpoint(method), parameters)
    return manager.request_blocking(RPCEndpoint(method), parameters)


def arrangements(guard: Guard) -> dict[str, Callable[[Any], None]]:
    """Return every order of guard and signing middleware."""
    signing = SignAndSendRawMiddlewareBuilder.build(_LOCAL)

    def order(*steps: Callable[[Any], Any]) -> Callable[[Any], None]:
        def arrange(w3: Any) -> None:
            for step in steps:
                step(w3)

        return arrange

    def install(w3: Any) -> None:
        install_guard(w3, guard)

    def inside(w3: Any) -> None:
        w3.middleware_onion.inject(signing, layer=0)

    def outside(w3: Any) -> None:
        w3.middleware_onion.add(signing)

    return {
        "signer inside, then guard": order(inside, install),
        "signer outside, then guard": order(outside, install),
        "guard, then signer inside": order(install, inside),
        "guard, then signer outside": order(install, outside),
        "guard, signer, guard again": order(install, inside, install),
        "provider alone, signer": order(lambda w3: guard_provider(w3.provider, guard), inside),
    }


async def outcome(call: Call, w3: Any) -> str:
    """Return what became of a call, in a word or two."""
    try:
        result = call(w3)
        if inspect.isawaitable(result):
            result = await result
    except HumanError as error:
        rule = None if error.verdict is None else error.verdict.findings[0].rule
        return f"{type(error).__name__} {rule}"
    except GuardError as error:
        return type(error).__name__
    if isinstance(result, dict):
        result = result.get("result", result)
    if isinstance(result, str):
        return f"{(len(result) - 2) // 2} bytes"
    return f"{len(result)} bytes"


def _with_a_node_of_its_own(account: str) -> Call:
    def install_and_send(w3: Any) -> Any:
        install_guard(w3, guarding(None))
        return w3.eth.send_transaction({"from": account, "to": FRIEND, "value": next(_VALUES)})

    return install_and_send


async def told(w3: Any, guard: Guard, account: str, open_one: Callable[[], Any]) -> dict[str, str]:
    """Return every outcome over one kind of provider; each arrangement has a connection of its own."""
    install_guard(w3, guard)
    outcomes = {name: await outcome(call, w3) for name, call in node_calls(account).items()}
    outcomes["raw to a friend"] = await outcome(raw_call(FRIEND), w3)
    outcomes["raw to a thief"] = await outcome(raw_call(THIEF), w3)
    async with open_one() as other:
        outcomes["a guard without a node"] = await outcome(_with_a_node_of_its_own(account), other)
    for name, arrange in arrangements(guard).items():
        async with open_one() as other:
            arrange(other)
            for to, whom in ((FRIEND, "friend"), (THIEF, "thief")):
                payment = {"from": _LOCAL.address, "to": to, "value": next(_VALUES)}
                outcomes[f"{name}: {whom}"] = await outcome(lambda w: w.eth.send_transaction(payment), other)  # noqa: B023  called at once
    return outcomes


class Opened:
    """A w3 that is connected while it is used."""

    def __init__(self, w3: Any) -> None:
        self.w3 = w3

    async def __aenter__(self) -> Any:
        if getattr(self.w3.provider, "has_persistent_connection", False):
            await self.w3.provider.connect()
        return self.w3

    async def __aexit__(self, *_: object) -> None:
        if isinstance(self.w3, AsyncWeb3):
            await self.w3.provider.disconnect()


async def run(url: str, ipc_path: str) -> dict[str, Any]:
    """Return the outcomes over every kind of provider."""
    kinds: dict[str, Callable[[], Any]] = {
        "HTTP": lambda: Web3(HTTPProvider(url)),
        "IPC": lambda: Web3(IPCProvider(ipc_path)),
        "async HTTP": lambda: AsyncWeb3(AsyncHTTPProvider(url)),
        "WebSocket": lambda: AsyncWeb3(WebSocketProvider(url.replace("http", "ws"))),
        "async IPC": lambda: AsyncWeb3(AsyncIPCProvider(ipc_path)),
    }
    account = Web3(HTTPProvider(url)).eth.accounts[0]
    guard = watching(url)
    outcomes = {}
    for kind, make in kinds.items():

        def open_one(make: Callable[[], Any] = make) -> Opened:
            return Opened(make())

        async with open_one() as w3:
            outcomes[kind] = await told(w3, guard, account, open_one)
    return outcomes


if __name__ == "__main__":
    results = asyncio.run(run(*sys.argv[1:3]))
    json.dump({"web3": version("web3"), "outcomes": results}, sys.stdout)
