"""One exchange against real loopback sockets that misbehave, one fault a case."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses

from guard.deadline import Deadline
from guard.errors import DeadlineExceeded, ServiceInvalid, ServiceUnavailable
from guard.predict import exchange as exchange_module
from guard.predict import line as line_module
from guard.predict.exchange import MAX_ANSWER_BYTES, Answer, exchange
from guard.predict.line import Line, tls_context
from tests import hostile_service as hostile
from tests.documented_service import SAFE, DocumentedService
from tests.hostile_service import Fault, HostileService
from tests.loopback import LoopbackServer

CERTIFICATES = Path(__file__).parent / "certificates"
BODY = b'{"a": 1}'


def ask(url: str, *, seconds: float = 5.0) -> Answer:
    return exchange("POST", url, body=BODY, deadline=Deadline.after(seconds))


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    for thread in threading.enumerate():
        if thread.name == "exchange":
            thread.join(2)
            assert not thread.is_alive()


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Trust the tests' own authority in place of the world's."""
    monkeypatch.setattr(line_module, "DEFAULT_CA_BUNDLE_PATH", str(CERTIFICATES / "authority.pem"))
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


def test_a_whole_answer_comes_back_with_its_status_headers_and_bytes() -> None:
    with DocumentedService(b"{}", headers=("X-One: two",)) as service:
        answer = ask(service.url)
    assert (answer.status, answer.headers["x-one"], answer.body) == (200, "two", b"{}")


def test_the_request_carries_these_headers_and_no_others() -> None:
    """A12 B12: identity encoding, no Authorization."""
    with DocumentedService() as service:
        ask(service.url)
        port = service.port
    head = service.requests[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert head[0] == "POST /predict HTTP/1.1"
    assert sorted(head[1:]) == [
        "Accept-Encoding: identity",
        "Accept: application/json",
        "Content-Length: 8",
        "Content-Type: application/json",
        f"Host: 127.0.0.1:{port}",
        "User-Agent: txguard",
    ]


@pytest.mark.parametrize(
    "fault",
    [
        hostile.silent,
        hostile.drip_body,
        hostile.drip_headers,
        hostile.drip_status,
        hostile.drip_continue,
        hostile.flood_continue,
    ],
)
def test_whatever_never_ends_ends_at_the_deadline(fault: Fault) -> None:
    """A11 B10: drips and floods end by the total deadline."""
    with HostileService(fault) as service:
        began = time.monotonic()
        with pytest.raises(DeadlineExceeded, match=r"did not answer within 0\.5 s"):
            ask(service.url, seconds=0.5)
        assert time.monotonic() - began < 1.5
        assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (hostile.flood_headers, "closed the connection before its answer was complete"),
        (hostile.flood_chunks, f"sent more than {MAX_ANSWER_BYTES} bytes"),
        (hostile.flood_body, f"sent more than {MAX_ANSWER_BYTES} bytes"),
        (hostile.TEN_MEGABYTES, f"sent more than {MAX_ANSWER_BYTES} bytes"),
        (hostile.gzip_bomb, "sent a body encoded as 'gzip'"),
        (hostile.interim_only, "answered 103, which is not a final status"),
        (hostile.cut_off, "closed the connection before its answer was complete"),
        (hostile.close_after_request, "closed the connection before its answer was complete"),
        (hostile.reset_after_request, "closed the connection before its answer was complete"),
        (hostile.not_http, "closed the connection before its answer was complete"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused_and_never_asked_for_again(
    fault: Fault, problem: str
) -> None:
    """A12 B9 B10: a reset after a byte of the body left is no reason to ask again."""
    with HostileService(fault) as service:
        with pytest.raises(ServiceInvalid, match=problem):
            ask(service.url)
        assert (service.connections, len(service.requests)) == (1, 1)


@pytest.mark.parametrize("fault", [hostile.flood_body, hostile.flood_chunks, hostile.gzip_bomb])
def test_a_flood_costs_little_memory(fault: Fault) -> None:
    """A12 B10: what is not kept costs nothing."""
    with HostileService(fault) as service:
        tracemalloc.start()
        try:
            with pytest.raises(ServiceInvalid):
                ask(service.url)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_a_redirect_is_refused_and_its_target_gets_no_byte(status: str) -> None:
    """A10: whatever the status."""
    with (
        DocumentedService() as target,
        HostileService(hostile.redirecting(target.url, status=status)) as service,
    ):
        with pytest.raises(ServiceInvalid, match=f"answered {status[:3]}: a redirect"):
            ask(service.url)
        assert (target.connections, target.received) == (0, b"")


def test_a_redirect_with_a_flooding_body_is_refused_without_reading_it() -> None:
    def fault(service: HostileService, client: socket.socket) -> None:
        client.sendall(
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 99999\r\n\r\n"
        )
        service.over.wait()

    with HostileService(fault) as service, pytest.raises(ServiceInvalid, match="a redirect"):
        ask(service.url)


class _LateService(DocumentedService):
    """Refuses until it is opened: the port is bound, and nobody listens."""

    def __init__(self) -> None:
        super().__init__()
        self._listener.close()
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def open(self) -> None:
        self._listener.listen()
        self._threads[0].start()

    def __enter__(self) -> _LateService:
        return self


def test_a_connection_refused_twice_is_made_the_third_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """B9: nothing had left yet."""
    with _LateService() as service:
        pauses: list[float] = []

        def pause(line: Line, seconds: float) -> bool:
            pauses.append(seconds)
            if len(pauses) == 2:
                service.open()
            return False

        monkeypatch.setattr(Line, "pause", pause)
        assert ask(service.url).status == 200
        assert (pauses, service.connections, service.raw_bodies) == ([0.1, 0.3], 1, [BODY])


def test_a_connection_that_is_always_refused_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_module, "RETRY_PAUSES_S", (0.01, 0.01))
    with DocumentedService() as service:
        service.close()
        with pytest.raises(ServiceUnavailable) as caught:
            ask(service.url)
    assert caught.value.message == "the service could not be reached: Connection refused"
    assert caught.value.retry_after_s is None


def test_a_retry_that_would_end_after_the_deadline_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_module, "RETRY_PAUSES_S", (60.0,))
    with DocumentedService() as service:
        service.close()
        with pytest.raises(ServiceUnavailable, match="Connection refused"):
            ask(service.url, seconds=5)


def test_a_name_lookup_that_hangs_does_not_hold_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        release.wait(5)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        with pytest.raises(DeadlineExceeded):
            ask("https://service.example/predict", seconds=0.2)
    finally:
        release.set()


def test_a_connection_made_after_the_deadline_carries_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    lookup = socket.getaddrinfo

    def slow(*arguments: object, **options: object) -> object:
        release.wait(5)
        return lookup(*arguments, **options)  # type: ignore[arg-type]

    with DocumentedService() as service:
        monkeypatch.setattr(socket, "getaddrinfo", slow)
        with pytest.raises(DeadlineExceeded):
            ask(service.url, seconds=0.2)
        release.set()
        for thread in threading.enumerate():
            if thread.name == "exchange":
                thread.join(2)
        assert service.received == b""


def test_an_interrupted_caller_cuts_the_connection() -> None:
    """B8: Ctrl-C ends the wait."""
    interrupted = threading.Event()

    def interrupt(_: float) -> None:
        interrupted.set()
        raise KeyboardInterrupt

    ended = threading.Event()

    def fault(service: HostileService, client: socket.socket) -> None:
        client.settimeout(5)
        assert client.recv(1) == b""
        ended.set()

    with pytest.MonkeyPatch.context() as patch, HostileService(fault) as service:
        patch.setattr(exchange_module, "PATIENCE_S", 0.05)
        with pytest.raises(KeyboardInterrupt):
            exchange("POST", service.url, body=BODY, deadline=Deadline.after(30), waiting=interrupt)
        assert ended.wait(2)


def test_a_waiting_caller_hears_how_much_time_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_module, "PATIENCE_S", 0.05)
    heard: list[float] = []
    with HostileService(hostile.silent) as service, pytest.raises(DeadlineExceeded):
        exchange("POST", service.url, body=BODY, deadline=Deadline.after(0.3), waiting=heard.append)
    assert heard == sorted(heard, reverse=True)
    assert len(heard) >= 3
    assert all(0 < left < 0.3 for left in heard)


def test_proxies_netrc_and_key_logs_of_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authority: None
) -> None:
    """B12: the environment brings no proxy, no password and no key log."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    netrc.chmod(0o600)
    keys = tmp_path / "keys"
    with (
        LoopbackServer() as proxy,
        DocumentedService(certificate=str(CERTIFICATES / "valid.pem")) as service,
    ):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert ask(service.url).status == 200
        assert proxy.connections == 0
    assert not keys.exists()
    assert b"authorization" not in service.requests[0].lower()


@pytest.mark.parametrize(
    ("certificate", "problem"),
    [
        ("expired", "certificate has expired"),
        ("other-host", "is not valid for '127.0.0.1'"),
        ("self-signed", "self-signed certificate"),
    ],
)
def test_a_certificate_that_does_not_hold_is_refused_before_a_byte_of_the_question_leaves(
    certificate: str, problem: str, authority: None
) -> None:
    """B11: expired, another host's, self-signed."""
    with DocumentedService(certificate=str(CERTIFICATES / f"{certificate}.pem")) as service:
        with pytest.raises(ServiceInvalid, match=problem):
            ask(service.url)
        assert (service.connections, service.requests) == (1, [])


def test_an_authority_that_the_world_does_not_know_is_refused() -> None:
    """B11: an unknown authority."""
    with DocumentedService(certificate=str(CERTIFICATES / "valid.pem")) as service:
        with pytest.raises(ServiceInvalid, match="no secure connection"):
            ask(service.url)
        assert service.requests == []


def test_a_tls_answer_that_drips_ends_at_the_deadline(authority: None) -> None:
    certificate = str(CERTIFICATES / "valid.pem")
    with HostileService(hostile.drip_body, certificate=certificate) as service:
        began = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            ask(service.url, seconds=0.5)
        assert time.monotonic() - began < 1.5


def test_a_tls_handshake_that_never_ends_ends_at_the_deadline() -> None:
    class _Mute(LoopbackServer):
        def _serve(self, client: socket.socket) -> None:
            self.over.wait()
            client.close()

    with _Mute() as service:
        began = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            ask(f"https://127.0.0.1:{service.port}/predict", seconds=0.5)
        assert time.monotonic() - began < 1.5


@responses.activate
def test_the_mock_library_of_requests_works_on_it() -> None:
    responses.post("https://service.example/predict", json=SAFE, headers={"Retry-After": "7"})
    answer = ask("https://service.example/predict")
    assert (answer.status, answer.body, answer.retry_after_s()) == (
        200,
        b'{"prediction": "Safe", "Type": "Safe Transaction"}',
        7.0,
    )


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("30", 30.0),
        ("0", 0.0),
        (" 5 ", 5.0),
        ("-1", None),
        ("1e3", None),
        ("999999", None),
        ("", None),
        ("Fri, 20 Nov 2026 10:00:00 GMT", None),
        ("٣", None),
    ],
)
def test_only_whole_seconds_are_a_time_to_wait(given: str, seconds: float | None) -> None:
    answer = Answer(status=503, headers={"retry-after": given}, body=b"")
    assert answer.retry_after_s() == seconds


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_no_variable_of_the_environment_makes_an_authority_trusted(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B11: verification is what it is; nothing turns it off or widens it."""
    authority_file = CERTIFICATES / "authority.pem"
    monkeypatch.setenv(name, str(CERTIFICATES if name == "SSL_CERT_DIR" else authority_file))
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    tls_context.cache_clear()
    with DocumentedService(certificate=str(CERTIFICATES / "valid.pem")) as service:
        with pytest.raises(ServiceInvalid, match="no secure connection"):
            ask(service.url)
        assert service.requests == []
