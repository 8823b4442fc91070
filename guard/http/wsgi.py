"""What a WSGI server of production serves: `gunicorn -c python:guard.http.gunicorn_settings guard.http.wsgi:app`.

What belongs here: the application, made from the environment, with its log and its metrics. What must not: any
setting of the server (`gunicorn_settings.py`).
"""

from __future__ import annotations

import os

from guard.http.app import create_app
from guard.http.logs import LogObserver, configure_logs
from guard.http.observation import Observer

configure_logs()

observers: list[Observer] = [LogObserver()]
app = create_app(observers=observers)

if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    from guard.http.metrics import MetricsObserver

    metrics = MetricsObserver()
    observers.append(metrics)
    app.wsgi_app = metrics.counting(app.wsgi_app)  # type: ignore[method-assign]
