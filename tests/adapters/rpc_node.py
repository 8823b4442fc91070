"""A JSON-RPC node on loopback whose every answer a test chooses, raw bytes included.

What belongs here: the node, and what an honest one answers. What must not: expectations.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

from guard.adapters.web3_chain import Web3Chain, connect
from tests.loopback import LoopbackServer, body_of, http_answer

ABSENT = {"code": -32601, "message": "the method does not exist/is not available"}

HEAD = {
    "number": "0x64",
    "hash": "0x" + "1b" * 32,
    "timestamp": "0x6553f100",
    "gasLimit": "0x1c9c380",
    "baseFeePerGas": "0x3b9aca00",
    "miner": "0x" + "2c" * 20,
    "transactions": [],
}

Answer = Any
"""A result; an error as `Error`; raw bytes; or what makes one of these from the parameters."""


class Error(dict[str, Any]):
    """An error object."""


class Hang:
    """No answer until the server closes."""


class RpcNode(LoopbackServer):
    """Answers each method with what `answers` holds for it; every other method is absent."""

    path = "/"

    def __init__(self, answers: dict[str, Answer | Callable[[list[Any]], Answer]] | None = None) -> None:
        super().__init__()
        self.answers = answers or {}
        self.calls: list[tuple[str, list[Any]]] = []

    def handle(self, client: socket.socket, request: bytes) -> None:
        asked = json.loads(body_of(request))
        method, parameters = asked["method"], asked["params"]
        self.calls.append((method, parameters))
        answer = self.answers.get(method, Error(ABSENT))
        if callable(answer) and not isinstance(answer, type):
            answer = answer(parameters)
        if answer is Hang:
            self.over.wait(30)
        elif isinstance(answer, bytes):
            client.sendall(http_answer(answer))
        else:
            field = "error" if isinstance(answer, Error) else "result"
            told = json.dumps({"jsonrpc": "2.0", "id": asked["id"], field: answer})
            client.sendall(http_answer(told.encode()))

    @property
    def chain(self) -> Web3Chain:
        """A connection to it."""
        return Web3Chain(connect(self.url))

    def count(self, method: str) -> int:
        """Return how often a method was asked for."""
        return sum(name == method for name, _ in self.calls)
