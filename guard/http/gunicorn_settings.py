"""Settings of gunicorn for this route: `gunicorn -c python:guard.http.gunicorn_settings guard.http.wsgi:app`.

What belongs here: gunicorn's own names and hooks. What must not: importing gunicorn or waitress.
Flags on the command line win. Source of the names: https://docs.gunicorn.org/en/stable/settings.html
"""

from __future__ import annotations

import os
from typing import Any

from guard.http.capacity import THREADS
from guard.predict.settings import read_settings

_SPARE_S = 10

bind = "127.0.0.1:8000"
worker_class = "gthread"
threads = THREADS
# Each worker has a cache, a rate limit and a width of its own: two, so that one can be replaced.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))

# A stopping worker lets its requests come to their end, and the service's total deadline bounds each.
graceful_timeout = int(read_settings(os.environ).upstream_timeout_s) + _SPARE_S
# A worker that is silent for so long is killed; longer than anything that it may be doing in good health.
timeout = graceful_timeout + _SPARE_S
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000

limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
# Headers of a proxy say nothing here; TXGUARD_CLIENT_ADDRESS_HEADER names the one that the route reads.
forwarded_allow_ips = ""
# A socket by which a running server is commanded is one more thing to guard.
control_socket_disable = True
preload_app = False

# The application writes one line for each request, without addresses; gunicorn's own would have them.
accesslog = None
logconfig_dict: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "guard.http.logs.JsonLines"}},
    "handlers": {"json": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "WARNING", "handlers": ["json"]},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["json"], "propagate": False}},
}


def child_exit(server: object, worker: Any) -> None:
    """Take a worker that has ended out of the gauges; gunicorn calls it in the first process."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
