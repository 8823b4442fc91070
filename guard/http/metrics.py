"""Numbers of the served route for Prometheus, and the listener that gives them away.

What belongs here: which numbers there are. What must not: labels with anything but words from closed sets: no
path as it was sent, no address, no request id. Needs the extra `serve`.

Source: https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from wsgiref.simple_server import WSGIServer
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    make_wsgi_app,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector

from guard.errors import ConfigurationError
from guard.http.observation import Observation

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0)
"""From an answer of the cache to one of a service that has just been woken, seconds."""
LISTENS_ON = "127.0.0.1"
"""The metrics are for this machine alone."""

_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


class MetricsObserver:
    """Counts every answered request in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "txguard_requests",
            "Answered requests.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "txguard_request_seconds",
            "Time from the first look at a request to its answer, seconds.",
            ("route",),
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self._answers = Counter(
            "txguard_answers",
            "Scores given, by their word and by who gave them; `cache` is a hit of the cache.",
            ("prediction", "source"),
            registry=self.registry,
        )
        self._problems = Counter(
            "txguard_problems",
            "Requests answered with a problem, by its code; `upstream_*` and `busy` are the service's.",
            ("code",),
            registry=self.registry,
        )
        self._in_flight = Gauge(
            "txguard_requests_in_flight",
            "Requests that are being answered.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def observe(self, seen: Observation) -> None:
        """Count one request."""
        self._requests.labels(seen.method, seen.route, str(seen.status)).inc()
        self._seconds.labels(seen.route).observe(seen.duration_s)
        if seen.prediction is not None and seen.source is not None:
            self._answers.labels(seen.prediction, seen.source).inc()
        if seen.code is not None:
            self._problems.labels(seen.code).inc()

    def watch_in_flight(self, app: Flask) -> None:
        """Count the requests that `app` is answering, from now on."""
        answer = app.wsgi_app

        def counted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            with self._in_flight.track_inprogress():
                return answer(environ, start_response)

        app.wsgi_app = counted  # type: ignore[method-assign]


class MetricsListener:
    """Gives the numbers of one process to whoever asks on this machine's loopback address."""

    def __init__(self, observer: MetricsObserver, *, port: int) -> None:
        """Bind, and answer in a thread; OSError when the port cannot be had. Port 0 takes a free one."""
        self._server: WSGIServer
        self._thread: threading.Thread
        self._server, self._thread = start_http_server(port, LISTENS_ON, observer.registry)

    @property
    def url(self) -> str:
        """Where the numbers are, such as `http://127.0.0.1:9464/metrics`."""
        return f"http://{LISTENS_ON}:{self._server.server_port}/metrics"

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def gathered_app() -> WSGIApplication:
    """Return an application that adds up the numbers of all of gunicorn's workers.

    It is served by a process of its own: `gunicorn -b 127.0.0.1:9464 'guard.http.metrics:gathered_app()'`.
    Raises ConfigurationError without a folder in PROMETHEUS_MULTIPROC_DIR, where the workers leave them.
    """
    if not os.path.isdir(os.environ.get(_DIRECTORY, "")):
        raise ConfigurationError(
            f"{_DIRECTORY} does not name a folder",
            hint="make a folder that is empty at each start, and name it for gunicorn and for this",
        )
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    application: WSGIApplication = make_wsgi_app(registry)
    return application
