"""A proxy in this process, between a node that counts and fakes behind the guard.

What belongs here: the node, the proxy, and how both are asked. What must not: expectations.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from guard.adapters.approvals import ApprovalFolder
from guard.adapters.keystore import MemorySigner
from guard.adapters.recover import attributed, recover, recover_content
from guard.adapters.sqlite_journal import SqliteJournal
from guard.adapters.turns import TurnFiles
from guard.core.evidence import Acquaintance, Counterparty
from guard.core.journal import SendRecord
from guard.core.request import MarketFee, TransactionRequest
from guard.core.rules.examples import FRIEND, STRANGER
from guard.engine import Guard
from guard.proxy.entrance import Entrance
from guard.proxy.guarded import GuardedCalls, Parts
from guard.proxy.serving import Serving
from guard.proxy.telling import Telling
from guard.proxy.upstream import Upstream
from guard.testing import (
    FakeAddressBook,
    FakeChain,
    FakeChainFacts,
    FakePredictor,
    FakeSimulator,
    FixedClock,
)
from guard.unmanned import UnmannedDoor
from tests.loopback import LoopbackServer, body_of, http_answer

PAYER = MemorySigner(bytes(31) + b"\x03")
PAYMENT = TransactionRequest(
    sender=PAYER.address,
    to=FRIEND,
    value=10**15,
    chain_id=1,
    nonce=7,
    gas_limit=21_000,
    fee=MarketFee(max_fee_per_gas=20 * 10**9, max_priority_fee_per_gas=10**9),
)
RAW = "0x" + PAYER.sign(PAYMENT).hex()
TO_A_STRANGER = {"from": PAYER.address, "to": STRANGER, "value": hex(3 * 10**18)}
"""What a person is asked about: a first payment of a large amount."""
TO_A_FRIEND = {"from": PAYER.address, "to": FRIEND, "value": hex(10**15)}
_FRIENDS = FakeAddressBook((Counterparty(address=FRIEND, acquaintance=Acquaintance.CONTACT, name="friend"),))


class CountingNode(LoopbackServer):
    """Answers every call with its own method and parameters, batches too, and keeps what it was sent."""

    path = "/v3/secret-key-4711"

    def __init__(self) -> None:
        super().__init__()
        self.answers: Callable[[socket.socket, bytes], None] = self.reply

    def reply(self, client: socket.socket, body: bytes) -> None:
        asked = json.loads(body)
        told = [_echo(one) for one in asked] if isinstance(asked, list) else _echo(asked)
        client.sendall(http_answer(json.dumps(told).encode()))

    def handle(self, client: socket.socket, request: bytes) -> None:
        self.answers(client, body_of(request))

    @property
    def bodies(self) -> list[bytes]:
        return [body_of(request) for request in self.requests]


def _echo(call: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call.get("id"), "result": [call["method"], call.get("params")]}


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def object(self) -> Any:
        return json.loads(self.body)


@dataclass
class Proxy:
    """Use as `with Proxy(node.url, home) as proxy:`."""

    upstream: str
    home: Path
    token: str | None = None
    origins: frozenset[str] = frozenset()
    host: str = "127.0.0.1"
    timeout_s: float = 5.0
    predictor: FakePredictor = field(default_factory=FakePredictor)
    chain: FakeChain = field(default_factory=FakeChain)
    keys: Any = PAYER
    clock: FixedClock = field(default_factory=FixedClock)
    lines: list[str] = field(default_factory=list)
    address: str = ""

    def __post_init__(self) -> None:
        self.approvals = ApprovalFolder(self.home / "approvals", self.clock)
        guard = Guard(
            predictor=self.predictor,
            chain=self.chain,
            chain_facts=FakeChainFacts(),
            simulator=FakeSimulator(),
            address_book=_FRIENDS,
            clock=self.clock,
        )
        parts = Parts(
            guard=guard,
            chain=self.chain,
            broadcaster=self.chain,
            keys=self.keys,
            attributed=attributed,
            recover=recover,
            recover_content=recover_content,
            confirmer=UnmannedDoor(self.approvals, self.clock),
            clock=self.clock,
            turns=TurnFiles(self.home / "turns", lambda line: None),
            open_journal=self.journal,
        )
        entrance = Entrance(host=self.host, token=self.token, origins=self.origins)
        telling = Telling(self.lines.append, verbose=True)
        self.serving = Serving(
            entrance, Upstream(self.upstream, timeout_s=self.timeout_s), GuardedCalls(parts), telling
        )
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        def listening(url: str) -> None:
            self.address = url
            self._listening.set()

        asyncio.run(self.serving.run(0, listening=listening, longest_stop_s=10))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listening.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.serving.stop()
        self._thread.join(20)
        assert not self._thread.is_alive()

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def journal(self) -> closing[SqliteJournal]:
        return closing(SqliteJournal(self.home / "journal.sqlite3"))

    def sends(self) -> list[SendRecord]:
        with self.journal() as journal:
            return journal.sends(100)

    def http(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Reply:
        """Send one HTTP request, with exactly these headers beside Host and length."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            line.request(method, path, body, headers or {})
            answer = line.getresponse()
            return Reply(status=answer.status, headers=dict(answer.getheaders()), body=answer.read())

    def post(self, body: bytes | str, **headers: str) -> Reply:
        """Send a body as clients do."""
        sent = body.encode() if isinstance(body, str) else body
        return self.http("POST", "/", sent, {"Content-Type": "application/json", **headers})

    def call(self, method: str, *parameters: Any, identity: Any = 1) -> Any:
        """Make one call and return the answer as an object."""
        call = {"jsonrpc": "2.0", "id": identity, "method": method, "params": list(parameters)}
        reply = self.post(json.dumps(call))
        assert reply.status == 200, reply
        return reply.object
