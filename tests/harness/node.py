"""A loopback node in a process of its own that counts effects: who was paid how often, and by which nonce.

What belongs here: the smallest chain that can lose a payment or pay it twice, and the faults of a network.
What must not: anything that a wallet does.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from guard.adapters.recover import recover
from guard.core.signed import decode_signed

CHAIN_ID = 31337


@dataclass
class Ledger:
    """The chain's state: every transaction that ran, and those that wait for an earlier nonce."""

    faults: random.Random
    fault_rate: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    mined: dict[str, dict[str, str]] = field(default_factory=dict)
    """Hash to receipt."""
    counts: dict[str, int] = field(default_factory=dict)
    """Sender to its transaction count."""
    waiting: dict[tuple[str, int], tuple[str, str, str]] = field(default_factory=dict)
    """Sender and nonce to hash, recipient and hash again, for what came before its turn."""
    paid: dict[str, int] = field(default_factory=dict)
    """Recipient to how often it was paid."""

    def take(self, raw: bytes) -> str:
        """Run the transaction, or keep it until its nonce's turn, and return its hash; raises Refusal."""
        signed = decode_signed(raw)
        sender = str(recover(signed)).lower()
        request = signed.unattributed
        assert request.nonce is not None
        if signed.hash in self.mined or self.waiting.get((sender, request.nonce), ("",))[0] == signed.hash:
            raise Refusal("already known")
        if request.nonce < self.counts.get(sender, 0):
            raise Refusal("nonce too low")
        if (sender, request.nonce) in self.waiting:
            raise Refusal("replacement transaction underpriced")
        self.waiting[sender, request.nonce] = (signed.hash, str(request.to).lower(), "")
        self._run(sender)
        return signed.hash

    def _run(self, sender: str) -> None:
        while (place := (sender, self.counts.get(sender, 0))) in self.waiting:
            transaction_hash, to, _ = self.waiting.pop(place)
            self.counts[sender] = place[1] + 1
            self.paid[to] = self.paid.get(to, 0) + 1
            self.mined[transaction_hash] = {
                "transactionHash": transaction_hash,
                "blockNumber": hex(len(self.mined) + 1),
                "status": "0x1",
                "gasUsed": "0x5208",
                "effectiveGasPrice": "0x1",
            }


class Refusal(Exception):
    """What a node answers with an error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        ledger = self.server.ledger
        fault = ""
        if asked["method"] == "eth_sendRawTransaction":
            with ledger.lock:
                if ledger.faults.random() < ledger.fault_rate:
                    fault = ledger.faults.choice(["lost before", "lost after"])
        if fault == "lost before":
            self.close_connection = True
            return
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": asked["id"]}
        with ledger.lock:
            try:
                answer["result"] = self._result(ledger, asked["method"], asked["params"])
            except Refusal as refusal:
                answer["error"] = {"code": -32000, "message": str(refusal)}
        if fault == "lost after":
            self.close_connection = True
            return
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _result(self, ledger: Ledger, method: str, parameters: list[Any]) -> Any:
        if method == "eth_sendRawTransaction":
            return ledger.take(bytes.fromhex(parameters[0][2:]))
        if method == "eth_getTransactionReceipt":
            return ledger.mined.get(parameters[0])
        if method == "eth_getTransactionCount":
            return hex(ledger.counts.get(parameters[0].lower(), 0))
        if method == "harness_counts":
            return {"paid": ledger.paid, "counts": ledger.counts, "waiting": len(ledger.waiting)}
        fixed = {
            "eth_chainId": hex(CHAIN_ID),
            "eth_getBalance": hex(10**24),
            "eth_getCode": "0x",
            "eth_blockNumber": hex(len(ledger.mined) + 1),
        }
        if method not in fixed:
            raise Refusal(f"the method {method} does not exist")
        return fixed[method]

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, listener: socket.socket, ledger: Ledger) -> None:
        super().__init__(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.ledger = ledger

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients are killed in the middle of everything: that is what the harness does."""


def _serve(listener: socket.socket, seed: int, fault_rate: float) -> None:
    _Server(listener, Ledger(random.Random(seed), fault_rate)).serve_forever()


@contextmanager
def counting_node(seed: int, *, fault_rate: float = 0.05) -> Iterator[int]:
    """Run the node and yield its port; one reply to a broadcast in 1 / `fault_rate` is lost on the way."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    port: int = listener.getsockname()[1]
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_serve, args=(listener, seed, fault_rate), daemon=True)
    process.start()
    listener.close()
    try:
        yield port
    finally:
        process.kill()
        process.join()
