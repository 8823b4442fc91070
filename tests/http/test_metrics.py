"""The numbers for Prometheus, after real requests over real sockets: exactly right, and of nobody."""

from __future__ import annotations

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
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from guard.commands.serve import command
from guard.errors import ConfigurationError
from guard.http import create_app
from guard.http.metrics import BUCKETS_S, MetricsListener, MetricsObserver, gathered_app
from guard.http.observation import Observation
from guard.http.serving import Serving
from guard.http.settings import RouteSettings
from guard.predict.service import PredictService
from guard.predict.settings import ServiceSettings
from tests import documented_service as documented
from tests import hostile_service as hostile
from tests.documented_service import DocumentedService
from tests.hostile_service import HostileService

KEY = "k3y-of-a-caller-0123456789"
SERVE = "from guard.commands.serve import command; command()"
SENDER = "0x52908400098527886E0F7030069857D2E4169EE7"
QUESTION = {
    "from_address": SENDER,
    "to_address": "0xde709f2102306220921060314715629080e2fb77",
    "transaction_value": 1.5,
    "gas_price": 20.0,
}


@contextlib.contextmanager
def watched(upstream_url: str) -> Iterator[tuple[str, MetricsListener]]:
    """Serve the route with its metrics, both on loopback."""
    metrics = MetricsObserver()
    service = PredictService(ServiceSettings(upstream_url=upstream_url, upstream_timeout_s=5.0))
    app = create_app(service, settings=RouteSettings(api_keys=(KEY,)), observers=(metrics,))
    metrics.watch_in_flight(app)
    server = Serving(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        with contextlib.closing(MetricsListener(metrics, port=0)) as listener:
            yield server.urls[0], listener
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


def send(origin: str, method: str, path: str, body: bytes | None = None) -> int:
    connection = HTTPConnection(origin.removeprefix("http://"), timeout=10)
    with contextlib.closing(connection):
        connection.request(method, path, body, {"Content-Type": "application/json", "X-API-Key": KEY})
        return connection.getresponse().status


def question(value: float) -> bytes:
    return json.dumps(QUESTION | {"transaction_value": value}).encode()


def page(url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        assert answer.headers.get_content_type() == "text/plain"
        return str(answer.read().decode())


def numbers(text: str) -> dict[str, float]:
    """Return every number but those of time, by its name and labels as they are written."""
    counted = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if not sample.name.endswith(("_bucket", "_sum", "_created")):
                labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
                counted[f"{sample.name.removeprefix('txguard_')}{{{labels}}}"] = sample.value
    return counted


def test_each_request_is_counted_once_under_what_became_of_it() -> None:
    with (
        DocumentedService(documented.SAFE) as service,
        watched(service.url) as (origin, listener),
    ):
        statuses = [send(origin, "POST", "/api/predict", question(1.0)) for _ in range(3)]
        service.answer = documented.FRAUD
        statuses.append(send(origin, "POST", "/api/predict", question(2.0)))
        service.answer = documented.GARBAGE
        statuses.append(send(origin, "POST", "/api/predict", question(3.0)))
        statuses.append(send(origin, "POST", "/api/predict", b"{"))
        statuses.append(send(origin, "GET", "/api/predict"))
        statuses.append(send(origin, "BREW", "/api/predict"))
        statuses.append(send(origin, "GET", f"/accounts/{SENDER}?key={KEY}"))
        statuses.append(send(origin, "GET", "/api/openapi.json"))
        text = page(listener.url)
    assert statuses == [200, 200, 200, 200, 502, 400, 405, 405, 404, 200]
    assert numbers(text) == {
        "requests_total{method=POST,route=/api/predict,status=200}": 4,
        "requests_total{method=POST,route=/api/predict,status=502}": 1,
        "requests_total{method=POST,route=/api/predict,status=400}": 1,
        "requests_total{method=GET,route=none,status=405}": 1,
        "requests_total{method=other,route=none,status=405}": 1,
        "requests_total{method=GET,route=none,status=404}": 1,
        "requests_total{method=GET,route=/api/openapi.json,status=200}": 1,
        "request_seconds_count{route=/api/predict}": 6,
        "request_seconds_count{route=none}": 3,
        "request_seconds_count{route=/api/openapi.json}": 1,
        "answers_total{prediction=Safe,source=external}": 1,
        "answers_total{prediction=Safe,source=cache}": 2,
        "answers_total{prediction=Fraud,source=external}": 1,
        "problems_total{code=upstream_invalid}": 1,
        "problems_total{code=malformed}": 1,
        "problems_total{code=method_not_allowed}": 2,
        "problems_total{code=not_found}": 1,
        "requests_in_flight{}": 0,
    }
    assert re.search(rf"0x[0-9a-f]{{6}}|{KEY}|accounts|BREW", text, re.IGNORECASE) is None


def test_a_request_is_in_flight_until_it_is_answered() -> None:
    go_on = threading.Event()

    def late(service: HostileService, client: socket.socket) -> None:
        go_on.wait(5)
        hostile.answering(json.dumps(documented.SAFE).encode())(service, client)

    with HostileService(late) as service, watched(service.url) as (origin, listener):
        asking = threading.Thread(target=send, args=(origin, "POST", "/api/predict", question(1.0)))
        asking.start()
        assert service.asked.wait(5)
        assert numbers(page(listener.url)) == {"requests_in_flight{}": 1}
        go_on.set()
        asking.join(10)
        assert numbers(page(listener.url))["requests_in_flight{}"] == 0


def test_the_times_reach_from_the_cache_to_a_service_that_was_woken() -> None:
    metrics = MetricsObserver()
    for duration_s in (0.001, 0.2, 26.0, 59.0, 100.0):
        metrics.observe(
            Observation(
                request_id="1",
                method="POST",
                route="/api/predict",
                status=200,
                code=None,
                duration_s=duration_s,
                prediction=None,
                source=None,
            )
        )
    told = {
        sample.labels["le"]: sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "txguard_request_seconds_bucket"
    }
    assert told == {
        "0.005": 1,
        "0.01": 1,
        "0.025": 1,
        "0.05": 1,
        "0.1": 1,
        "0.25": 2,
        "0.5": 2,
        "1.0": 2,
        "2.5": 2,
        "5.0": 2,
        "10.0": 2,
        "20.0": 2,
        "30.0": 3,
        "60.0": 4,
        "+Inf": 5,
    }
    assert len(told) == len(BUCKETS_S) + 1


def test_the_listener_is_on_loopback_alone_and_ends_when_it_is_closed() -> None:
    listener = MetricsListener(MetricsObserver(), port=0)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/metrics", listener.url)
    port = int(listener.url.split(":")[2].removesuffix("/metrics"))
    page(listener.url)
    listener.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_the_command_tells_of_a_request_in_flight_and_answers_it_after_a_stop() -> None:
    go_on = threading.Event()
    statuses: list[int] = []

    def late(service: HostileService, client: socket.socket) -> None:
        if service.requests[-1].startswith(b"POST"):
            go_on.wait(20)
        hostile.answering(json.dumps(documented.SAFE).encode())(service, client)

    with HostileService(late) as service, served(service.url) as (process, origin, metrics):
        assert send(origin, "GET", "/nothing") == 404
        asking = threading.Thread(
            target=lambda: statuses.append(send(origin, "POST", "/api/predict", question(1.0)))
        )
        asking.start()
        while not any(request.startswith(b"POST") for request in service.requests):
            assert process.poll() is None
        assert numbers(page(metrics)) == {
            "requests_total{method=GET,route=none,status=404}": 1,
            "request_seconds_count{route=none}": 1,
            "problems_total{code=not_found}": 1,
            "requests_in_flight{}": 1,
        }
        process.send_signal(signal.SIGTERM)
        wait_until_refused(origin)
        go_on.set()
        asking.join(20)
        _, stderr = process.communicate(timeout=10)
    assert statuses == [200]
    assert (process.returncode, stderr.splitlines()[-1]) == (0, "stopped")


@contextlib.contextmanager
def served(upstream_url: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Run `guard serve` and give its process, its origin, and the address of its metrics."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, "--port", "0", "--metrics-port", "0"],
        env=os.environ | {"TXGUARD_UPSTREAM_URL": upstream_url},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        metrics = process.stderr.readline().strip().removeprefix("metrics on ")
        origin = process.stderr.readline().strip().removeprefix("listening on ")
        yield process, origin.removesuffix("/api/predict"), metrics
    finally:
        process.kill()
        process.communicate()


def wait_until_refused(origin: str) -> None:
    host, port = origin.removeprefix("http://").split(":")
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue  # it was in the queue when the door closed
    raise AssertionError("the door is still open")


def test_a_port_that_is_taken_is_told_with_its_option() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(command, ["--port", "0", "--metrics-port", str(port)])
    assert isinstance(result.exception, ConfigurationError)
    assert result.exception.message == f"cannot listen on 127.0.0.1 port {port}"
    assert result.exception.hint == "choose another --metrics-port; the port may be taken"


@pytest.mark.parametrize("folder", [None, "", "/nowhere/at/all"])
def test_numbers_of_several_processes_need_the_folder_where_they_are(
    folder: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if folder is None:
        monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    else:
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", folder)
    with pytest.raises(ConfigurationError, match="PROMETHEUS_MULTIPROC_DIR does not name a folder"):
        gathered_app()
