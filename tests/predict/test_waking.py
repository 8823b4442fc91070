"""What is known of a service that sleeps, against real loopback sockets."""

from __future__ import annotations

import socket
import threading

import pytest

from guard.deadline import Deadline
from guard.errors import DeadlineExceeded, ServiceInvalid, ServiceUnavailable
from guard.predict import exchange as exchange_module
from guard.predict.waking import Known, Waking
from tests import hostile_service as hostile
from tests.clock import Clock
from tests.documented_service import DocumentedService
from tests.hostile_service import HostileService
from tests.loopback import LoopbackServer, http_answer


def wake(waking: Waking) -> None:
    waking.wake(Deadline.after(10))


def test_a_service_of_which_nothing_is_known_is_pinged_once_and_then_left_alone_for_14_minutes() -> None:
    clock = Clock()
    with DocumentedService() as service:
        waking = Waking(service.url, clock=clock)
        wake(waking)
        assert service.requests[0].startswith(b"GET /ping HTTP/1.1\r\n")
        clock.now += 14 * 60 - 0.1
        wake(waking)
        assert service.pings == 1
        clock.now += 0.1
        wake(waking)
        assert (service.pings, service.raw_bodies) == (2, [])


def test_an_exchange_of_any_kind_counts_as_a_sign_of_life_and_a_failed_one_ends_it() -> None:
    with DocumentedService() as service:
        waking = Waking(service.url)
        waking.answered(0.25)
        wake(waking)
        assert (service.pings, waking.known()) == (0, Known(reachable=True, last_ms=250))
        waking.failed()
        assert waking.known() == Known(reachable=False, last_ms=250)
        wake(waking)
        assert service.pings == 1


def test_a_service_that_does_not_answer_in_its_time_is_asleep_and_was_still_pinged() -> None:
    with HostileService(hostile.silent) as service:
        waking = Waking(service.url, ping_limit_s=0.2)
        with pytest.raises(ServiceUnavailable) as caught:
            wake(waking)
        assert caught.value.retry_after_s == 30.0
        assert [request[:10] for request in service.requests] == [b"GET /ping "]
        assert waking.known() == Known(reachable=False)


def test_a_caller_that_joins_the_ping_of_a_look_hears_that_the_service_sleeps() -> None:
    """The look's time is not the caller's: no deadline of the caller's passed."""
    with HostileService(hostile.silent) as service:
        waking = Waking(service.url, ping_limit_s=1)
        looking = threading.Thread(target=waking.look)
        looking.start()
        assert service.asked.wait(10)
        with pytest.raises(ServiceUnavailable) as caught:
            wake(waking)
        looking.join(10)
        assert not looking.is_alive()
    assert caught.value.retry_after_s == 30.0


def test_a_service_that_is_down_is_unavailable_for_30_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_module, "RETRY_PAUSES_S", ())
    with DocumentedService() as service:
        service.close()
        with pytest.raises(ServiceUnavailable) as caught:
            wake(Waking(service.url))
    assert caught.value.retry_after_s == 30.0


def test_a_deadline_before_the_limit_of_a_ping_is_the_deadlines() -> None:
    with HostileService(hostile.silent) as service, pytest.raises(DeadlineExceeded):
        Waking(service.url, ping_limit_s=5).wake(Deadline.after(0.2))


@pytest.mark.parametrize("status", ["429 Too Many Requests", "502 Bad Gateway", "503 Service Unavailable"])
def test_a_host_that_says_the_service_is_not_ready_is_believed_and_its_time_told(status: str) -> None:
    answer = hostile.answering(b"", status=status, headers=("Retry-After: 12",))
    with HostileService(answer) as service, pytest.raises(ServiceUnavailable) as caught:
        wake(Waking(service.url))
    assert caught.value.retry_after_s == 12.0


@pytest.mark.parametrize(
    "status", ["200 OK", "404 Not Found", "500 Internal Server Error", "501 Not Implemented"]
)
def test_any_other_answer_shows_that_somebody_is_awake(status: str) -> None:
    with HostileService(hostile.answering(b"<html>", status=status)) as service:
        waking = Waking(service.url)
        wake(waking)
        assert waking.known().reachable is True


@pytest.mark.parametrize("fault", [hostile.not_http, hostile.gzip_bomb, hostile.reset_after_request])
def test_what_is_no_answer_at_all_shows_nothing(fault: hostile.Fault) -> None:
    with HostileService(fault) as service:
        waking = Waking(service.url)
        with pytest.raises(ServiceInvalid):
            wake(waking)
        assert waking.known() == Known(reachable=False)


class _Late(LoopbackServer):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def handle(self, client: socket.socket, request: bytes) -> None:
        self.go_on.wait(10)
        client.sendall(http_answer(b"pong"))


def test_a_hundred_callers_at_once_send_one_ping() -> None:
    with _Late() as service:
        waking = Waking(service.url, ping_limit_s=10)
        ready = threading.Barrier(101)

        def call() -> None:
            ready.wait(10)
            wake(waking)

        callers = [threading.Thread(target=call) for _ in range(100)]
        for caller in callers:
            caller.start()
        ready.wait(10)
        assert service.asked.wait(10)
        service.go_on.set()
        for caller in callers:
            caller.join(10)
            assert not caller.is_alive()
        assert len(service.requests) == 1


def test_a_look_pings_when_nothing_was_heard_for_a_minute_and_never_raises() -> None:
    clock = Clock()
    with DocumentedService() as service:
        waking = Waking(service.url, clock=clock)
        assert waking.look().reachable is True
        clock.now += 60
        waking.look()
        assert service.pings == 1
        clock.now += 0.1
        waking.look()
        assert service.pings == 2
        service.close()
        clock.now += 60.1
        assert waking.look().reachable is False


@pytest.mark.parametrize(
    ("url", "ping"),
    [
        ("http://127.0.0.1:%d/predict", b"GET /ping HTTP"),
        ("http://127.0.0.1:%d/api/v2/predict?x=1", b"GET /ping HTTP"),
        ("http://127.0.0.1:%d", b"GET /ping HTTP"),
    ],
)
def test_the_ping_goes_to_the_same_host_whatever_the_path(url: str, ping: bytes) -> None:
    with DocumentedService() as service:
        wake(Waking(url % service.port))
        assert service.requests[0].startswith(ping)
