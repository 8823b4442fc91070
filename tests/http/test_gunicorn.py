"""The route under gunicorn, as it is run in production: real workers, real sockets, a real stop."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

from guard.http import gunicorn_settings
from guard.http.metrics import gathered_app
from tests import documented_service as documented
from tests import hostile_service as hostile
from tests.deployment.questions import BODY, SENDER, Reply, ask, ask_predict
from tests.documented_service import NEWER_SAFE, DocumentedService
from tests.hostile_service import HostileService

GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "python:guard.http.gunicorn_settings")


@dataclass
class Gunicorn:
    """A running gunicorn and what it has said."""

    process: subprocess.Popen[str]
    port: int
    lines: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self, event: str) -> int:
        """Return how many lines of its log begin so."""
        return sum(json.loads(line)["event"].startswith(event) for line in self.lines)


@contextlib.contextmanager
def gunicorn(numbers: Path, *, workers: int, **settings: str) -> Iterator[Gunicorn]:
    """Run gunicorn with the shipped settings on a free port."""
    process = subprocess.Popen(
        [*GUNICORN, "-b", "127.0.0.1:0", "-w", str(workers), "guard.http.wsgi:app"],
        env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(numbers)} | settings,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr is not None
        listening = None
        for line in process.stderr:
            event = json.loads(line)["event"]
            if event.startswith("Listening at: "):
                listening = Gunicorn(process, int(event.split(" ")[2].rpartition(":")[2]))
                break
        assert listening is not None
        reader = threading.Thread(target=lambda: listening.lines.extend(process.stderr or ()))
        reader.start()
        try:
            yield listening
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            reader.join(10)


def counted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Return the numbers of all workers, added up, as the listener of the metrics does."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(folder))
    text = Client(gathered_app()).get("/metrics").text
    assert SENDER.lower() not in text.lower()
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.endswith(("_total", "_in_flight"))
    }


def test_one_worker_answers_every_question_as_it_must_and_counts_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        DocumentedService(NEWER_SAFE) as service,
        gunicorn(tmp_path, workers=1, TXGUARD_UPSTREAM_URL=service.url) as server,
    ):
        ask_predict(server.origin)
        assert ask(server.origin, "/api/health").json()["status"] == "ok"
        assert ask(server.origin, "/api/predict", b" " * 65_537).json()["code"] == "too_large"
    assert server.process.returncode == 0
    assert counted(tmp_path, monkeypatch) == {
        "txguard_requests_total['/api/predict', '200', 'POST']": 2,
        "txguard_requests_total['/api/predict', '400', 'POST']": 1,
        "txguard_requests_total['/api/predict', '413', 'POST']": 1,
        "txguard_requests_total['/api/health', '200', 'GET']": 1,
        "txguard_answers_total['Safe', 'external']": 1,
        "txguard_answers_total['Safe', 'cache']": 1,
        "txguard_problems_total['malformed']": 1,
        "txguard_problems_total['too_large']": 1,
    }
    said = [json.loads(line) for line in server.lines]
    assert [line["status"] for line in said if line["event"] == "request"] == [200, 200, 400, 200, 413]
    assert SENDER.lower() not in "".join(server.lines).lower()


def test_a_request_in_flight_gets_its_answer_after_a_stop_and_the_exit_code_is_0(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def late(service: HostileService, client: socket.socket) -> None:
        if service.requests[-1].startswith(b"POST"):
            go_on.wait(20)
        hostile.answering(json.dumps(documented.SAFE).encode())(service, client)

    replies: list[Reply] = []
    with (
        HostileService(late) as service,
        gunicorn(tmp_path, workers=2, TXGUARD_UPSTREAM_URL=service.url) as server,
    ):
        asking = threading.Thread(target=lambda: replies.append(ask(server.origin, "/api/predict", BODY)))
        asking.start()
        wait_until(lambda: any(request.startswith(b"POST") for request in service.requests))
        server.process.send_signal(signal.SIGTERM)
        # The worker without a request ends; the other was told the same and goes on.
        wait_until(lambda: server.said("Worker exiting") == 1)
        assert (replies, server.process.poll()) == ([], None)
        go_on.set()
        asking.join(20)
        assert server.process.wait(30) == 0
    assert [reply.status for reply in replies] == [200]
    assert counted(tmp_path, monkeypatch) == {
        "txguard_requests_total['/api/predict', '200', 'POST']": 1,
        "txguard_answers_total['Safe', 'external']": 1,
    }


def wait_until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up, "it did not come to hold"
        time.sleep(0.01)


def test_a_setting_that_cannot_be_used_ends_gunicorn_at_once_and_says_which() -> None:
    done = subprocess.run(
        [*GUNICORN, "-b", "127.0.0.1:0", "guard.http.wsgi:app"],
        env=os.environ | {"TXGUARD_UPSTREAM_TIMEOUT_S": "soon"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "TXGUARD_UPSTREAM_TIMEOUT_S: 'soon' is not" in done.stdout + done.stderr


def test_no_worker_is_killed_before_the_service_had_its_time() -> None:
    assert 25 < gunicorn_settings.graceful_timeout < gunicorn_settings.timeout
    assert gunicorn_settings.worker_class == "gthread"
    assert (gunicorn_settings.accesslog, gunicorn_settings.control_socket_disable) == (None, True)
