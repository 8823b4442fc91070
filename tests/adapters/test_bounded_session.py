"""The session under the node's client, against raw sockets: how much is read, and what passes through."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
import requests

from guard.adapters import bounded_session
from guard.adapters.bounded_session import MAX_ANSWER_BYTES
from tests.hostile_service import HostileService, answering, cut_off, flood_chunks, reset_after_request
from tests.loopback import http_answer

LIMIT = 1_000
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(autouse=True)
def _small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_session, "MAX_ANSWER_BYTES", LIMIT)


def ask(service: HostileService) -> requests.Response:
    return bounded_session.bounded_session().post(service.url, data=b"{}", timeout=5)


@pytest.mark.parametrize("size", [0, 1, LIMIT])
def test_an_answer_up_to_the_limit_is_read_whole(size: int) -> None:
    with HostileService(answering(b"x" * size)) as service:
        answer = ask(service)
    # The service is gone: everything was read before.
    assert (answer.status_code, answer.content, answer.text) == (200, b"x" * size, "x" * size)


@pytest.mark.parametrize("size", [LIMIT + 1, 10 * LIMIT, 1_000_000])
def test_one_byte_above_the_limit_is_refused(size: int) -> None:
    with (
        HostileService(answering(b"x" * size)) as service,
        pytest.raises(requests.exceptions.ContentDecodingError, match="the answer is too large"),
    ):
        ask(service)


def test_a_chunked_answer_without_an_end_is_refused_at_the_limit() -> None:
    with (
        HostileService(flood_chunks) as service,
        pytest.raises(requests.exceptions.ContentDecodingError, match="the answer is too large"),
    ):
        ask(service)


def test_a_chunked_answer_is_put_together() -> None:
    raw = CHUNKED + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    with HostileService(lambda _, client: client.sendall(raw)) as service:
        assert ask(service).content == b"abcde"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 65,
        b'{"a":' * 65,
        b'[{"a":' * 33,
        b"[]" * 100 + b"[" * 65,
        b'"\\"[" ' + b"[" * 65,
        b'"' * 2 + b"[" * 65,
    ],
)
def test_an_answer_that_would_overrun_the_parsers_stack_is_refused(body: bytes) -> None:
    with (
        HostileService(answering(body)) as service,
        pytest.raises(requests.exceptions.ContentDecodingError, match="nested too deeply"),
    ):
        ask(service)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 64 + b"]" * 64,
        b"[{}" + b",{}" * 200 + b"]",
        b'["' + b"[{" * 100 + b'"]',
        b'["\\"' + b"[{" * 100 + b'"]',
        b'"' + b"[" * 100,
    ],
)
def test_brackets_side_by_side_or_inside_a_text_are_not_deep(body: bytes) -> None:
    with HostileService(answering(body)) as service:
        assert ask(service).content == body


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " deflate", "br", "x-gzip", "identity, gzip"])
def test_an_encoded_answer_is_refused_though_it_was_not_asked_for(encoding: str) -> None:
    body = zlib.compress(b"{}", wbits=31)
    with HostileService(answering(body, headers=(f"Content-Encoding: {encoding}",))) as service:
        with pytest.raises(requests.exceptions.ContentDecodingError, match="the answer is encoded"):
            ask(service)
        assert b"accept-encoding: identity" in service.requests[0].lower()


@pytest.mark.parametrize("encoding", ["identity", "Identity", ""])
def test_an_answer_that_says_that_it_is_not_encoded_is_read(encoding: str) -> None:
    with HostileService(answering(b"{}", headers=(f"Content-Encoding: {encoding}",))) as service:
        assert ask(service).content == b"{}"


@pytest.mark.parametrize(
    "raw",
    [
        http_answer(b"{}").replace(b"Content-Length: 2", b"Content-Length: 3"),
        CHUNKED + b"5\r\nab",
        CHUNKED + b"not a size\r\n",
        b"",
    ],
)
def test_an_answer_that_ends_early_is_an_error_of_requests_own(raw: bytes) -> None:
    with (
        HostileService(lambda _, client: client.sendall(raw)) as service,
        pytest.raises(requests.RequestException),
    ):
        ask(service)


def test_a_connection_that_is_cut_or_reset_is_an_error_of_requests_own() -> None:
    for fault in (cut_off, reset_after_request):
        with HostileService(fault) as service, pytest.raises(requests.RequestException):
            ask(service)


def test_a_body_that_stalls_is_an_error_of_requests_own() -> None:
    def stall(service: HostileService, client: object) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")  # type: ignore[attr-defined]
        service.over.wait()

    with HostileService(stall) as service, pytest.raises(requests.RequestException):
        bounded_session.bounded_session().post(service.url, data=b"{}", timeout=0.1)


def test_neither_a_proxy_nor_a_password_file_of_the_environment_comes_between(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password s3cr3t\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with HostileService(answering(b"{}")) as service, HostileService(answering(b"proxy")) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert ask(service).content == b"{}"
        assert proxy.connections == 0
        assert b"authorization" not in service.requests[0].lower()


def test_the_limit_lets_a_full_block_pass() -> None:
    assert MAX_ANSWER_BYTES == 32 * 1024 * 1024
