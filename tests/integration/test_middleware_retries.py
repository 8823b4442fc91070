"""web3's own retries, below the guard: one score, one hash, whatever the node answers to the repetition."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from web3 import HTTPProvider, Web3

from guard import install_guard
from guard.core.journal import SendState
from tests.integration.node import Node
from tests.integration.test_middleware import Program
from tests.middleware.witness import FRIEND, Witness, watching


@contextmanager
def losing_replies(node: Node, losses: int) -> Iterator[tuple[str, list[str]]]:
    """Run a gateway before the node that answers 503 to the first payments, after it passed them on."""
    asked: list[str] = []

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            method = json.loads(body)["method"]
            asked.append(method)
            request = urllib.request.Request(node.url, body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=10) as answer:
                told = answer.read()
            is_lost = method == "eth_sendRawTransaction" and asked.count(method) <= losses
            self.send_response(503 if is_lost else 200)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("losses", [1, 2])
def test_a_payment_that_web3_repeats_is_scored_once(node: Node, home: Path, losses: int) -> None:
    """H5: of the tries that web3 makes, the first that is answered tells the hash."""
    node.call("anvil_setNextBlockBaseFeePerGas", hex(10**9))
    node.call("anvil_mine", "0x1")
    program, witness = Program(node, home), Witness()
    with losing_replies(node, losses) as (url, asked):
        w3 = Web3(HTTPProvider(url))
        install_guard(w3, watching(node.url, witness))
        sent = w3.eth.send_raw_transaction(program.raw(FRIEND)).to_0x_hex()
        w3.provider._request_session_manager.session_cache.clear()  # type: ignore[attr-defined]
    assert asked.count("eth_sendRawTransaction") == losses + 1
    assert [(one.state, one.hash) for one in program.sends()] == [(SendState.BROADCAST, sent)]
    assert len(witness.queries) == 1
