"""`guard serve` over real sockets: the wallet's client, the served route and the service as one chain."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from waitress.task import ThreadedTaskDispatcher

from guard.commands.serve import command
from guard.core.address import Address
from guard.core.features import FeatureKind
from guard.core.prediction import Prediction, PredictionClass, PredictionQuery, PredictionSource
from guard.deadline import Deadline
from guard.errors import ConfigurationError, MissingExtra
from guard.http import create_app
from guard.http.serving import READ_LIMIT_S, Serving
from guard.predict import exchange as exchange_module
from guard.predict.client import RoutePredictor
from guard.predict.service import PredictService
from guard.predict.settings import ServiceSettings
from tests import documented_service as documented
from tests import hostile_service as hostile
from tests.documented_service import DocumentedService
from tests.hostile_service import Fault, HostileService

SENDER = "0x52908400098527886E0F7030069857D2E4169EE7"
RECIPIENT = "0xde709f2102306220921060314715629080e2fb77"
QUERY = PredictionQuery(
    sender=Address.parse(SENDER),
    recipient=Address.parse(RECIPIENT),
    beneficiary=None,
    value_wei=1_500_000_000_000_000_000,
    gas_price_wei=20_000_000_000,
    is_contract_interaction=False,
)
VECTOR = (0.0,) * 13 + (1.5, 20.0) + (0.0,) * 3
DOCUMENTED_BODY = (
    b'{"from_address": "0x52908400098527886E0F7030069857D2E4169EE7", '
    b'"to_address": "0xde709f2102306220921060314715629080e2fb77", '
    b'"transaction_value": 1.5, "gas_price": 20.0, "is_contract_interaction": false, '
    b'"acc_holder": "0x52908400098527886E0F7030069857D2E4169EE7", '
    b'"features": [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, '
    b"1.5, 20.0, 0.0, 0.0, 0.0]}"
)


@contextlib.contextmanager
def serving(
    upstream_url: str, *, timeout_s: float = 25.0, read_limit_s: float = READ_LIMIT_S
) -> Iterator[str]:
    """Serve the route in a thread and give its origin."""
    service = PredictService(ServiceSettings(upstream_url=upstream_url, upstream_timeout_s=timeout_s))
    server = Serving(create_app(service), host="127.0.0.1", port=0, read_limit_s=read_limit_s)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.urls[0]
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


def ask(origin: str, *, seconds: float = 20.0) -> Prediction:
    return RoutePredictor(f"{origin}/api/predict").predict(QUERY, Deadline.after(seconds))


def converse(origin: str, request: bytes, *, seconds: float = 3.0) -> bytes:
    """Send raw bytes and return everything until the server closes; fails if it does not within `seconds`."""
    host, port = origin.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(request)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(65536):
                answer += piece
    return answer


def raw(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join((*lines, "Host: x", "Connection: close", "", "")).encode() + body


def test_wallet_route_and_service_are_one_chain_and_the_service_is_asked_once() -> None:
    """A1: one exchange, with exactly the documented body."""
    with DocumentedService(documented.NEWER_SAFE) as service, serving(service.url) as origin:
        assert ask(origin) == Prediction(
            prediction_class=PredictionClass.SAFE,
            probability=0.069,
            source=PredictionSource.EXTERNAL,
            features_kind=FeatureKind.CONTRACT,
            features=VECTOR,
            text="Safe transaction",
        )
        assert service.raw_bodies == [DOCUMENTED_BODY]


@pytest.mark.parametrize(
    ("said", "kind", "probability"),
    [
        (documented.SAFE, PredictionClass.SAFE, None),
        (documented.FRAUD, PredictionClass.FRAUD, None),
        (documented.MILDLY_UNSAFE, PredictionClass.SUSPICIOUS, 0.8),
    ],
)
def test_each_answer_of_the_service_reaches_the_wallet_as_its_class(
    said: dict[str, Any], kind: PredictionClass, probability: float | None
) -> None:
    with DocumentedService(said) as service, serving(service.url) as origin:
        prediction = ask(origin)
    assert (prediction.prediction_class, prediction.probability) == (kind, probability)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (hostile.HTML, 502, "upstream_invalid"),
        (hostile.EMPTY, 502, "upstream_invalid"),
        (hostile.ARRAY, 502, "upstream_invalid"),
        (hostile.NAN, 502, "upstream_invalid"),
        (hostile.no_content, 502, "upstream_invalid"),
        (hostile.TRACEBACK, 502, "upstream_invalid"),
        (hostile.DUPLICATE_SAFE_LAST, 502, "upstream_invalid"),
        (hostile.TEN_MEGABYTES, 502, "upstream_invalid"),
        (hostile.gzip_bomb, 502, "upstream_invalid"),
        (hostile.reset_after_request, 502, "upstream_invalid"),
        (hostile.drip_body, 504, "upstream_timeout"),
        (hostile.flood_continue, 504, "upstream_timeout"),
        (hostile.silent, 504, "upstream_timeout"),
    ],
)
def test_each_fault_of_the_service_is_a_problem_at_the_route_and_unknown_at_the_wallet(
    fault: Fault, status: int, code: str
) -> None:
    """A11 A12 A13 B7 B10: no fault becomes an answer."""
    with HostileService(fault) as service, serving(service.url, timeout_s=0.5) as origin:
        prediction = ask(origin)
        assert prediction.prediction_class is PredictionClass.UNKNOWN
        assert (prediction.reason or "").startswith(f"the service answered {status} ({code}): ")
        assert "secret-of-the-service" not in (prediction.reason or "")
        assert len(service.requests) == 1


def test_a_redirecting_service_sends_the_route_nowhere() -> None:
    """A10: the second host gets no byte."""
    with (
        DocumentedService() as target,
        HostileService(hostile.redirecting(target.url)) as service,
        serving(service.url) as origin,
    ):
        assert "(upstream_invalid)" in (ask(origin).reason or "")
        assert target.received == b""


def test_a_service_that_is_down_is_503_and_the_wallet_does_not_wait_beyond_its_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exchange_module, "RETRY_PAUSES_S", (0.01,))
    with DocumentedService() as service, serving(service.url) as origin:
        service.close()
        reason = ask(origin).reason or ""
    assert reason.startswith(
        "the service answered 503 (upstream_unavailable): The service is down or asleep.; it asks to wait "
    )


@pytest.mark.parametrize(
    ("lines", "body", "status"),
    [
        (("POST /api/predict HTTP/1.1", "Content-Type: application/json"), b"", 411),
        (("POST /api/predict HTTP/1.1", "Content-Type: application/json", "Content-Length: -1"), b"", 400),
        (("POST /api/predict HTTP/1.1", "Content-Type: application/json", "Content-Length: abc"), b"", 400),
        (
            ("POST /api/predict HTTP/1.1", "Content-Type: application/json", "Content-Length: 65537"),
            b" " * 65537,
            413,
        ),
        (("POST /api/predict HTTP/1.1", "Content-Length: 10000000000"), b"", 413),
        (
            (
                "POST /api/predict HTTP/1.1",
                "Content-Type: application/json",
                "Transfer-Encoding: chunked",
            ),
            b"10001\r\n" + b" " * 0x10001 + b"\r\n0\r\n\r\n",
            413,
        ),
        (("POST /api/predict HTTP/1.1", "Transfer-Encoding: gzip"), b"", 501),
        (("GET /api/predict HTTP/1.1",), b"", 405),
        (("TRACE /api/predict HTTP/1.1",), b"", 405),
        (("GET http://169.254.169.254/latest/meta-data HTTP/1.1",), b"", 404),
        (("GET /" + "x" * 300_000 + " HTTP/1.1",), b"", 431),
    ],
    ids=range(11),
)
def test_what_the_server_refuses_is_a_problem_too_and_the_next_request_is_served(
    lines: tuple[str, ...], body: bytes, status: int
) -> None:
    """A3 A4 A8 A9: refused by the server itself."""
    with DocumentedService() as service, serving(service.url) as origin:
        head, _, told = converse(origin, raw(*lines, body=body)).partition(b"\r\n\r\n")
        assert head[:13] in (f"HTTP/1.1 {status} ".encode(), f"HTTP/1.0 {status} ".encode())
        assert b"application/problem+json" in head
        assert b"nosniff" in head
        assert b"no-store" in head
        assert json.loads(told)["status"] == status
        assert service.requests == []
        assert ask(origin).prediction_class is PredictionClass.SAFE


def test_a_chunked_flood_is_refused_without_being_read_to_its_end() -> None:
    """A4: a chunked body has the same limit."""
    head = raw("POST /api/predict HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked")
    with DocumentedService() as service, serving(service.url) as origin:
        converse(origin, head + (b"10000\r\n" + b" " * 0x10000 + b"\r\n") * 500)
        assert service.requests == []
        assert ask(origin).prediction_class is PredictionClass.SAFE


def test_a_request_that_stops_half_way_is_closed_and_the_next_is_served() -> None:
    """A3: closed within 2 s of silence."""
    lines = ("POST /api/predict HTTP/1.1", "Content-Type: application/json", "Content-Length: 100")
    with DocumentedService() as service, serving(service.url) as origin:
        assert converse(origin, raw(*lines, body=b"{"), seconds=5) == b""
        assert ask(origin).prediction_class is PredictionClass.SAFE


def drip(origin: str, head: bytes, piece: bytes, *, seconds: float = 8.0) -> bool:
    """Send `head`, then a piece whenever 0.1 s pass in silence; tell whether the server closed in time."""
    host, port = origin.removeprefix("http://").split(":")
    give_up_at = time.monotonic() + seconds
    with socket.create_connection((host, int(port)), timeout=0.1) as connection:
        try:
            connection.sendall(head)
            while time.monotonic() < give_up_at:
                try:
                    if not connection.recv(65536):
                        return True
                except TimeoutError:
                    connection.sendall(piece)
        except ConnectionError:
            return True
    return False


def test_connections_that_drip_are_closed_though_they_are_never_silent() -> None:
    """A3: however the bytes of a request are spread, it has one limit."""
    chunked = raw("POST /api/predict HTTP/1.1", "Transfer-Encoding: chunked")
    drops = [
        (b"GET /api/health HTTP/1.1\r\nX: ", b"x"),
        (b"", b"\r\n\r\n"),
        (raw("POST /api/predict HTTP/1.1", "Content-Length: 1000"), b" "),
        (chunked, b"1\r\n \r\n"),
        (b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\nGET /", b"x"),
    ]
    with DocumentedService() as service, serving(service.url, read_limit_s=0.5) as origin:
        with concurrent.futures.ThreadPoolExecutor(len(drops)) as pool:
            closed = list(pool.map(lambda drop: drip(origin, *drop), drops))
        assert closed == [True] * len(drops)
        assert ask(origin).prediction_class is PredictionClass.SAFE


def test_a_hundred_connections_that_ask_nothing_do_not_shut_the_door(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A3: those who ask are still let in."""
    with (
        DocumentedService() as service,
        serving(service.url) as origin,
        contextlib.ExitStack() as held,
    ):
        host, port = origin.removeprefix("http://").split(":")
        for _ in range(120):
            held.enter_context(socket.create_connection((host, int(port)), timeout=5))
        assert ask(origin).prediction_class is PredictionClass.SAFE
    assert [line for line in caplog.messages if "connection limit" in line] == []


def test_a_question_that_was_read_may_be_answered_later_than_the_limit_of_reading() -> None:
    with (
        HostileService(hostile.silent) as service,
        serving(service.url, timeout_s=1.5, read_limit_s=0.3) as origin,
    ):
        assert "(upstream_timeout)" in (ask(origin).reason or "")


def test_a_forwarded_host_changes_nothing_about_where_the_question_goes() -> None:
    """A8: an absolute target and forwarded hosts."""
    body = DOCUMENTED_BODY
    lines = (
        "POST http://169.254.169.254/api/predict HTTP/1.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "X-Forwarded-Host: 169.254.169.254",
        "Forwarded: host=169.254.169.254",
    )
    with DocumentedService() as service, serving(service.url) as origin:
        assert b"200 OK" in converse(origin, raw(*lines, body=body))
        assert len(service.requests) == 1


def test_a_request_in_flight_is_finished_after_a_stop_and_no_new_one_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on = threading.Event()
    answered_before_the_threads_ended: list[bool] = []
    shutdown = ThreadedTaskDispatcher.shutdown

    def watched(dispatcher: Any, *arguments: Any) -> Any:
        answered_before_the_threads_ended.append(go_on.is_set())
        return shutdown(dispatcher, *arguments)

    def late(service: HostileService, client: socket.socket) -> None:
        go_on.wait(5)
        hostile.answering(json.dumps(documented.SAFE).encode())(service, client)

    monkeypatch.setattr(ThreadedTaskDispatcher, "shutdown", watched)
    with HostileService(late) as upstream:
        answers: list[Prediction] = []
        with serving(upstream.url) as origin:
            asking = threading.Thread(target=lambda: answers.append(ask(origin)))
            asking.start()
            assert upstream.asked.wait(5)
            # Leaving the context stops the server; the service answers once the door is closed.
            closed = threading.Thread(target=lambda: (wait_until_refused(origin), go_on.set()))
            closed.start()
        closed.join(10)
        asking.join(10)
    assert [answer.prediction_class for answer in answers] == [PredictionClass.SAFE]
    assert answered_before_the_threads_ended == [True]


def test_a_stop_after_the_end_touches_nothing() -> None:
    server = Serving(create_app(PredictService()), host="127.0.0.1", port=0)
    server.stop()
    server.run()
    server.stop()


def wait_until_refused(origin: str) -> None:
    host, port = origin.removeprefix("http://").split(":")
    give_up = time.monotonic() + 5
    while time.monotonic() < give_up:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue  # it was in the queue when the door closed
    raise AssertionError("the door is still open")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_tells_its_port_serves_and_stops_on_a_signal(number: signal.Signals) -> None:
    with DocumentedService() as service:
        process = subprocess.Popen(
            [sys.executable, "-c", "from guard.commands.serve import command; command()", "--port", "0"],
            env=os.environ | {"TXGUARD_UPSTREAM_URL": service.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stderr is not None
            # `communicate` would pass over what a line's reading has taken in of the lines behind it.
            line, page, note = (process.stderr.readline().strip() for _ in range(3))
            assert line.startswith("listening on http://127.0.0.1:")
            prediction = ask(line.removeprefix("listening on ").removesuffix("/api/predict"))
            process.send_signal(number)
            # Not `communicate`, which would lose what came together with the first line.
            stderr = process.stderr.read()
            assert process.stdout is not None
            stdout = process.stdout.read()
        assert (service.pings, len(service.raw_bodies)) == (1, 1)
    assert prediction.prediction_class is PredictionClass.SAFE
    request, stopped, nothing = stderr.split("\n")
    assert (process.returncode, stdout, stopped, nothing) == (0, "", "stopped", "")
    assert re.fullmatch(r"the page: http://127\.0\.0\.1:[0-9]+/#token=[\w-]{43}", page)
    assert note == "note: the page makes the smaller check alone: no node is named, by rpc_url or ETH_RPC_URL"
    assert json.loads(request)["prediction"] == "Safe"


def test_a_port_that_is_taken_is_a_configuration_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = CliRunner().invoke(command, ["--port", str(taken.getsockname()[1])])
    assert isinstance(result.exception, ConfigurationError)


def test_without_the_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "guard.http.serving")
    monkeypatch.setitem(sys.modules, "waitress", None)
    result = CliRunner().invoke(command, ["--port", "0"])
    assert isinstance(result.exception, MissingExtra)
    assert result.exception.hint == 'pip install "txguard[serve]"'


def test_a_host_that_others_can_reach_is_said_to_be_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Serving, "run", Serving._finish)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    try:
        result = CliRunner().invoke(command, ["--host", "0.0.0.0", "--port", "0"])
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
    assert result.exit_code == 0
    assert "note: whoever reaches this address can use the route" in result.stderr
    assert result.stdout == ""


def test_a_stop_waits_as_long_as_the_service_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    waited_s: list[float] = []

    def run(serving: Serving) -> None:
        waited_s.append(serving._longest_stop_s)
        serving._finish()

    monkeypatch.setattr(Serving, "run", run)
    monkeypatch.setenv("TXGUARD_UPSTREAM_TIMEOUT_S", "200")
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    try:
        result = CliRunner().invoke(command, ["--port", "0"])
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
    assert (result.exit_code, waited_s) == (0, [205.0])
