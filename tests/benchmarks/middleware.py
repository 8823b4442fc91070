"""What the middleware adds to a read and to a payment, against the same web3 without it, on anvil."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable
from typing import Any

from eth_account import Account
from web3 import HTTPProvider, Web3
from web3.middleware import SignAndSendRawMiddlewareBuilder

from guard import install_guard
from guard.core.address import Address
from guard.testing import FakeChain, FakeChainFacts, FakeSimulator
from tests.benchmarks.table import median_s, print_table
from tests.integration.node import Node, running_node
from tests.middleware.witness import FRIEND, guarding, watching
from tests.needs import anvil

_LOCAL = Account.from_key(b"\x22" * 32)
_VALUES = itertools.count(1)


class _CountingChain(FakeChain):
    """Evidence from memory, nonces from the node: what is left is the door itself."""

    def __init__(self, node: Node) -> None:
        super().__init__(id=31337)
        self._node = node

    def next_nonce(self, account: Address) -> int:
        return self._node.pending_nonce(account)


def _plain(node: Node) -> Web3:
    return Web3(HTTPProvider(node.url))


def _guarded(node: Node) -> Web3:
    w3 = _plain(node)
    install_guard(w3, watching(node.url))
    return w3


def _by_memory(node: Node) -> Web3:
    w3 = _plain(node)
    parts = {"chain_facts": FakeChainFacts(), "simulator": FakeSimulator()}
    install_guard(w3, guarding(_CountingChain(node), **parts))
    return w3


def _with_key(w3: Web3) -> Web3:
    w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(_LOCAL), layer=0)
    return w3


def _read(w3: Web3) -> Callable[[], object]:
    return lambda: w3.eth.call({"to": FRIEND, "data": "0x"})


def _pay(w3: Web3, sender: str) -> Callable[[], object]:
    def pay() -> Any:
        return w3.eth.send_transaction({"from": sender, "to": FRIEND, "value": next(_VALUES)})

    return pay


def main() -> None:
    with tempfile.TemporaryDirectory() as home, running_node(anvil()) as node:
        os.environ["TXGUARD_HOME"] = home
        node.fund(Address.parse(_LOCAL.address))
        account = node.web3.eth.accounts[0]
        print_table(
            "one eth_call, wall clock, anvil on loopback",
            [
                ("baseline: web3 without the guard", median_s(_read(_plain(node)), repeats=500)),
                ("behind the guard", median_s(_read(_guarded(node)), repeats=500)),
            ],
        )
        print()
        print_table(
            "one payment, wall clock",
            [
                ("baseline: the node signs, no guard", median_s(_pay(_plain(node), account), repeats=60)),
                ("the same, evidence from memory", median_s(_pay(_by_memory(node), account), repeats=60)),
                ("the same, evidence from the node", median_s(_pay(_guarded(node), account), repeats=60)),
                (
                    "a local key, no guard",
                    median_s(_pay(_with_key(_plain(node)), _LOCAL.address), repeats=60),
                ),
                (
                    "a local key, evidence from the node, two reviews",
                    median_s(_pay(_with_key(_guarded(node)), _LOCAL.address), repeats=60),
                ),
            ],
        )


if __name__ == "__main__":
    main()
