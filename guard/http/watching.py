"""Telling the observers of each answered request.

What belongs here: the hooks into Flask, and the words of an observation. What must not: what observers do.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from flask import Flask, Response, g, request

from guard.http.observation import Observation, Observer
from guard.http.problems import new_request_id
from guard.predict.contract import RouteAnswer

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST"})
_log = logging.getLogger("txguard.http")


def watch(app: Flask, observers: Sequence[Observer]) -> None:
    """Number and time each request of `app`, and tell `observers` of it when it is answered."""

    @app.before_request
    def started() -> None:
        g.started_at = time.monotonic()

    @app.after_request
    def answered(response: Response) -> Response:
        response.headers["X-Request-Id"] = request_id()
        seen = _observation(response)
        for observer in observers:
            try:
                observer.observe(seen)
            except Exception:  # noqa: BLE001  the answer is right whatever becomes of its traces
                _log.exception("an observer failed; the answer is not changed by it")
        return response


def request_id() -> str:
    """Return the number of the request that is being answered."""
    if "request_id" not in g:
        g.request_id = new_request_id()
    return str(g.request_id)


def note_answer(answer: RouteAnswer) -> None:
    """Remember what the request that is being answered was told."""
    g.route_answer = answer


def note_problem(code: str) -> None:
    """Remember which problem the request that is being answered ran into."""
    g.problem_code = code


def _observation(response: Response) -> Observation:
    answer: RouteAnswer | None = g.get("route_answer")
    return Observation(
        request_id=request_id(),
        method=request.method if request.method in _METHODS else "other",
        route="none" if request.url_rule is None else request.url_rule.rule,
        status=response.status_code,
        code=g.get("problem_code"),
        duration_s=time.monotonic() - g.started_at,
        prediction=None if answer is None else answer.prediction,
        source=None if answer is None else answer.source,
    )
