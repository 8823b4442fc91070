"""What a WSGI server of production serves; for gunicorn, with the settings beside this module:

    gunicorn -c python:guard.http.gunicorn_settings guard.http.wsgi:app

What belongs here: the application, made from the environment, with its log and its metrics. What must not:
any setting of the server.
"""

from __future__ import annotations

import os

from flask import Flask

from guard.http.app import create_app
from guard.http.logs import LogObserver, configure_logs


def _made() -> Flask:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return create_app()
    from guard.http.metrics import MetricsObserver

    metrics = MetricsObserver()
    made = create_app(observers=(LogObserver(), metrics))
    metrics.watch_in_flight(made)
    return made


configure_logs()
app = _made()
