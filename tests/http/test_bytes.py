"""Group A of the threats where a line is about bytes: raw requests to a served route, over a real socket."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guard.http import create_app
from guard.http.serving import Serving
from guard.http.settings import RouteSettings
from guard.predict.service import PredictService
from guard.predict.settings import ServiceSettings
from tests import hostile_service as hostile
from tests.documented_service import SAFE, DocumentedService
from tests.hostile_service import Fault, HostileService, answering

SENDER = "0x52908400098527886E0F7030069857D2E4169EE7"
RECIPIENT = "0xde709f2102306220921060314715629080e2fb77"
VECTOR = [0.0] * 13 + [1.5, 20.0] + [0.0] * 3
MINIMAL = {"from_address": SENDER, "to_address": RECIPIENT, "transaction_value": 1.5, "gas_price": 20}
GOOD = json.dumps(MINIMAL).encode()
MIB = 1024 * 1024


@contextlib.contextmanager
def served(upstream_url: str, *, timeout_s: float = 25.0, **settings: Any) -> Iterator[int]:
    service = PredictService(
        ServiceSettings(upstream_url=upstream_url, upstream_timeout_s=timeout_s, cache_ttl_s=0)
    )
    app = create_app(service, settings=RouteSettings(rate=None, **settings), observers=())
    server = Serving(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield int(server.urls[0].rpartition(":")[2])
    finally:
        server.stop()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture
def service() -> Iterator[DocumentedService]:
    with DocumentedService() as running:
        yield running


@pytest.fixture
def port(service: DocumentedService) -> Iterator[int]:
    with served(service.url) as number:
        yield number


def converse(port: int, request: bytes, *, seconds: float = 20.0) -> tuple[int, bytes, bytes]:
    """Send raw bytes; return status, head and body of the answer, all three empty where there is none."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        answer = b""
        with contextlib.suppress(ConnectionError):
            connection.sendall(request)
            while piece := connection.recv(65536):
                answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head[9:12] or 0), head, body


def request(body: bytes = b"", *headers: str, line: str = "POST /api/predict HTTP/1.1") -> bytes:
    fields = (line, "Host: 127.0.0.1", "Connection: close", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join((*fields, "", "")).encode() + body


def post(port: int, body: bytes, *headers: str, **options: Any) -> tuple[int, bytes, bytes]:
    return converse(port, request(body, "Content-Type: application/json", *headers, **options))


def test_a_good_question_is_a_200_of_exactly_these_keys_and_headers(
    port: int, service: DocumentedService
) -> None:
    """A1 A17: exact schema and headers; the service is asked once, with the documented keys only."""
    status, head, body = post(port, GOOD)
    assert status == 200
    assert list(json.loads(body)) == [
        "prediction",
        "Type",
        "probability",
        "source",
        "model",
        "features",
        "request_id",
    ]
    assert list(service.bodies[0]) == [*MINIMAL, "is_contract_interaction", "acc_holder", "features"]
    assert len(service.requests) == 1
    check_headers(head, b"application/json")


def check_headers(head: bytes, content_type: bytes) -> None:
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    assert fields[b"content-type"] == content_type
    assert fields[b"x-content-type-options"] == b"nosniff"
    assert fields[b"cache-control"] == b"no-store"
    assert b"access-control-allow-origin" not in fields
    assert b"server" not in fields


def check_malformed(answer: tuple[int, bytes, bytes], service: DocumentedService, status: int = 400) -> None:
    got, head, body = answer
    problem = json.loads(body)
    assert (got, problem["status"]) == (status, status)
    assert list(problem) == ["type", "title", "status", "detail", "code", "request_id"]
    check_headers(head, b"application/problem+json")
    assert service.requests == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"", b"1", b"null"])
def test_what_is_no_object_is_400_in_fixed_words(port: int, service: DocumentedService, body: bytes) -> None:
    """A2 A17: a fixed code, no parser's text, the service is not asked."""
    answer = post(port, body)
    check_malformed(answer, service)
    assert json.loads(answer[2])["detail"] == "The body is not one strict JSON object."


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":' + b"[" * 32_000 + b"]" * 32_000 + b"}",
        b"[" * 65_000,
        GOOD.replace(b"1.5", b"1" * 5000),
        b'{"from_address": "\\ud800"}',
        GOOD.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + GOOD,
        GOOD.replace(b"1.5", b"NaN"),
        GOOD.replace(b"1.5", b"-Infinity"),
        GOOD.replace(b"1.5", b"1e400"),
        GOOD[:-1] + b', "gas_price": 20}',
        GOOD + b"\x00",
    ],
    ids=range(11),
)
def test_what_could_break_a_parser_is_400_and_the_next_question_is_answered(
    port: int, service: DocumentedService, body: bytes
) -> None:
    """A15 A6: depth, long numbers, lone surrogates, other encodings, numbers that are none."""
    check_malformed(post(port, body), service)
    assert post(port, GOOD)[0] == 200


def test_two_hundred_thousand_brackets_are_too_large_a_body(port: int, service: DocumentedService) -> None:
    """A15 A4: 413 by the announced length; the process lives."""
    check_malformed(post(port, b"[" * 200_000), service, 413)
    assert post(port, GOOD)[0] == 200


@pytest.mark.parametrize("count", [0, 17, 19])
def test_another_number_of_features_is_422(port: int, service: DocumentedService, count: int) -> None:
    """A5: never filled up, never cut."""
    body = json.dumps(MINIMAL | {"features": [*VECTOR, 0.0][:count]}).encode()
    answer = post(port, body)
    check_malformed(answer, service, 422)
    assert json.loads(answer[2])["detail"].startswith(f"features: {count} features were given")


@pytest.mark.parametrize("feature", [True, None, "1", [0.0], {}])
def test_a_feature_that_is_no_number_is_422(port: int, service: DocumentedService, feature: object) -> None:
    """A6: nothing is converted."""
    body = json.dumps(MINIMAL | {"features": [feature, *VECTOR[1:]]}).encode()
    check_malformed(post(port, body), service, 422)


@pytest.mark.parametrize("key", ["url", "host", "callback", "__proto__", "constructor", "upstream_url"])
def test_a_key_of_the_callers_own_is_422_and_goes_nowhere(
    port: int, service: DocumentedService, key: str
) -> None:
    """A7: not forwarded; the place that it names gets no byte."""
    with DocumentedService() as elsewhere:
        body = json.dumps(MINIMAL | {key: elsewhere.url}).encode()
        check_malformed(post(port, body), service, 422)
        assert elsewhere.received == b""


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "Forwarded", "X-Forwarded-Server"]
)
@pytest.mark.parametrize("absolute", [False, True])
def test_no_header_and_no_target_moves_the_question(
    port: int, service: DocumentedService, header: str, absolute: bool
) -> None:
    """A8: the service stays the one that the settings name."""
    with DocumentedService() as elsewhere:
        place = f"127.0.0.1:{elsewhere.port}"
        line = f"POST {f'http://{place}' if absolute else ''}/api/predict HTTP/1.1"
        value = f"host={place}" if header == "Forwarded" else place
        assert post(port, GOOD, f"{header}: {value}", line=line)[0] == 200
        assert (elsewhere.received, len(service.requests)) == (b"", 1)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE"])
def test_another_method_is_405_and_the_right_ones_are_told(
    port: int, service: DocumentedService, method: str
) -> None:
    """A9: 405 with Allow."""
    answer = converse(port, request(line=f"{method} /api/predict HTTP/1.1"))
    check_malformed(answer, service, 405)
    assert b"\r\nAllow: OPTIONS, POST" in answer[1]


def test_connect_opens_no_tunnel(port: int, service: DocumentedService) -> None:
    """A9 A8: CONNECT is refused, and its target gets no byte."""
    with DocumentedService() as elsewhere:
        target = f"127.0.0.1:{elsewhere.port}"
        status, _, _ = converse(port, request(line=f"CONNECT {target} HTTP/1.1"))
        assert 400 <= status < 500
        assert (elsewhere.received, service.requests) == (b"", [])


def test_options_tells_a_strange_page_nothing(port: int) -> None:
    """A9: no origin is allowed unless the settings name it, and never `*` by itself."""
    line = "OPTIONS /api/predict HTTP/1.1"
    status, head, _ = converse(port, request(b"", "Origin: https://evil.example", line=line))
    assert (status, b"access-control-allow" in head.lower()) == (204, False)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirecting_service_is_502_and_the_second_host_gets_no_byte(status: str) -> None:
    """A10: no redirect is followed."""
    with (
        DocumentedService() as second,
        HostileService(hostile.redirecting(second.url, status=status)) as first,
        served(first.url) as port,
    ):
        assert post(port, GOOD)[0] == 502
        assert (second.received, second.connections) == (b"", 0)


def drip_slowly(service: HostileService, client: socket.socket) -> None:
    """Send a byte each quarter of a second, so that no pause between two bytes is long."""
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n")
    while not service.over.wait(0.25):
        client.sendall(b" ")


def test_a_dripping_service_is_504_soon_after_the_deadline() -> None:
    """A11: a byte each 0.25 s against a deadline of 2 s."""
    with HostileService(drip_slowly) as service, served(service.url, timeout_s=2.0) as port:
        began = time.monotonic()
        assert post(port, GOOD)[0] == 504
        # 2.5 s on an idle machine; what is added is for one whose cores are all busy.
        assert 1.9 < time.monotonic() - began < 5


def peak_memory() -> int:
    """Return the most memory that this process has held since the last reset, bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("Linux tells no peak of memory")


@pytest.mark.parametrize(
    "fault",
    [
        hostile.gzip_bomb,
        answering(b"\x00" * 60_000, headers=("Content-Encoding: br",)),
        answering(b"\x00" * 60_000, headers=("Content-Encoding: deflate",)),
        answering(b"\x00" * 60_000, headers=("Content-Encoding: gzip, br",)),
        answering(b"\x00" * 60_000, headers=("Content-Encoding: zstd",)),
        hostile.flood_body,
        hostile.flood_chunks,
        hostile.TEN_MEGABYTES,
    ],
    ids=range(8),
)
def test_a_bomb_of_the_service_is_502_and_costs_no_memory(fault: Fault) -> None:
    """A12 B10: nothing is inflated or kept, whatever is sent and however it is said to be encoded."""
    with HostileService(fault) as service, served(service.url) as port:
        Path("/proc/self/clear_refs").write_text("5")
        before = peak_memory()
        assert post(port, GOOD)[0] == 502
        assert peak_memory() - before <= 32 * MIB
        assert b"accept-encoding: identity" in service.requests[0].lower()


@pytest.mark.parametrize(
    "fault",
    [
        hostile.HTML,
        hostile.EMPTY,
        hostile.ARRAY,
        hostile.NAN,
        hostile.no_content,
        hostile.TRACEBACK,
        hostile.not_http,
        hostile.interim_only,
        answering(json.dumps(SAFE).encode(), status="201 Created"),
        answering(json.dumps(SAFE).encode(), status="206 Partial Content"),
    ],
    ids=range(10),
)
def test_nonsense_of_the_service_is_502_and_none_of_it_is_passed_on(fault: Fault) -> None:
    """A13: one problem in our own words."""
    with HostileService(fault) as service, served(service.url) as port:
        status, head, body = post(port, GOOD)
    assert (status, json.loads(body)["code"]) == (502, "upstream_invalid")
    assert json.loads(body)["detail"] == "The service answered, but not in the words of its contract."
    assert not [word for word in (b"secret", b"deploying", b"SSH") if word in head + body]


def test_a_forged_holder_reaches_neither_the_service_nor_the_answer_raw(
    port: int, service: DocumentedService
) -> None:
    """A16: the answer names the field in one escaped line."""
    body = json.dumps(MINIMAL | {"acc_holder": "0x1\r\nlevel=INFO verdict=Safe\x1b[31m"}).encode()
    answer = post(port, body)
    check_malformed(answer, service, 422)
    detail = json.loads(answer[2])["detail"]
    assert detail.startswith("acc_holder: ")
    assert detail.isprintable()
