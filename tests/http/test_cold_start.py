"""A14: a hundred callers at once while the service sleeps or crawls, over real sockets."""

from __future__ import annotations

import contextlib
import gc
import http.client
import json
import socket
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from guard.http import create_app
from guard.http.serving import Serving
from guard.http.settings import RouteSettings
from guard.predict.gate import WIDTH
from guard.predict.service import PredictService
from guard.predict.settings import ServiceSettings
from tests.loopback import LoopbackServer, http_answer

CALLERS = 100
DEADLINE_S = 5.0
"""The route's time for one question in these tests; what is added to it is the machine's."""


class ColdService(LoopbackServer):
    """Holds every question, and every ping too while it sleeps, until it is let go on."""

    def __init__(self, *, asleep: bool) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self._asleep = asleep
        self._lock = threading.Lock()
        self._questions = 0
        self.most_at_once = 0

    def handle(self, client: socket.socket, request: bytes) -> None:
        ping = request.startswith(b"GET /ping ")
        with self._lock:
            self._questions += not ping
            self.most_at_once = max(self.most_at_once, self._questions)
        if self._asleep or not ping:
            self._hold(client)
        with contextlib.suppress(OSError):
            client.sendall(http_answer(b'{"prediction": "Safe", "Type": "Safe Transaction"}'))
        with self._lock:
            self._questions -= not ping

    def _hold(self, client: socket.socket) -> None:
        """Wait for the word, or for the other side to go away."""
        client.settimeout(0.02)
        while not self.go_on.is_set() and not self.over.is_set():
            try:
                if client.recv(1) == b"":
                    return
            except TimeoutError:
                continue


@dataclass(frozen=True)
class Ending:
    status: int
    code: str | None
    retry_after: str | None
    seconds: float


@contextlib.contextmanager
def served(service: ColdService) -> Iterator[int]:
    settings = ServiceSettings(upstream_url=service.url, upstream_timeout_s=DEADLINE_S)
    app = create_app(
        PredictService(settings, ping_first=True), settings=RouteSettings(rate=None), observers=()
    )
    server = Serving(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield int(server.urls[0].rpartition(":")[2])
    finally:
        server.stop()
        thread.join(30)
        assert not thread.is_alive()


def call(port: int, value: int) -> Ending:
    question = {
        "from_address": "0x52908400098527886E0F7030069857D2E4169EE7",
        "to_address": "0xde709f2102306220921060314715629080e2fb77",
        "transaction_value": value,
        "gas_price": 20,
    }
    started = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection):
        connection.request("POST", "/api/predict", json.dumps(question), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told = json.loads(answer.read())
    return Ending(answer.status, told.get("code"), answer.headers["Retry-After"], time.monotonic() - started)


def call_all(port: int) -> list[Ending]:
    endings: list[Ending] = []
    callers = [
        threading.Thread(target=lambda value=value: endings.append(call(port, value)))
        for value in range(CALLERS)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert len(endings) == CALLERS
    return endings


def test_a_sleeping_service_gets_pings_and_no_question_and_every_caller_is_told_when_to_come_back() -> None:
    with ColdService(asleep=True) as service, served(service) as port:
        endings = call_all(port)
        assert {(end.status, end.code, end.retry_after) for end in endings} == {
            (503, "upstream_unavailable", "30")
        }
        assert {request.partition(b" HTTP")[0] for request in service.requests} == {b"GET /ping"}
        # One at a time; a second one only for those who came after the first had failed.
        assert service.connections < CALLERS / 10
        assert max(end.seconds for end in endings) < 20


def test_a_crawling_service_has_few_connections_and_the_other_callers_are_told_that_it_is_busy() -> None:
    with ColdService(asleep=False) as service, served(service) as port:
        endings = call_all(port)
        told = Counter((end.status, end.code) for end in endings)
        assert set(told) == {(504, "upstream_timeout"), (503, "busy")}
        assert service.most_at_once <= WIDTH
        assert {end.retry_after for end in endings if end.status == 503} == {"5"}
        assert max(end.seconds for end in endings) < 4 * DEADLINE_S


def test_those_who_were_let_through_are_answered_when_the_service_is_awake() -> None:
    with ColdService(asleep=False) as service, served(service) as port:
        waiting = threading.Thread(target=lambda: (service.asked.wait(10), service.go_on.set()))
        waiting.start()
        endings = call_all(port)
        waiting.join(10)
        assert {end.status for end in endings} <= {200, 503}
        assert Counter(end.status for end in endings)[200] >= WIDTH


def test_memory_does_not_grow_from_one_rush_to_the_next() -> None:
    with ColdService(asleep=True) as service, served(service) as port:
        call_all(port)
        gc.collect()
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            call_all(port)
            service.requests.clear()
            gc.collect()
            grown = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
    assert grown < 1_000_000
