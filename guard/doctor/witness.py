"""The witness that the settings choose: a route, the service behind the route's own code, or the model.

What belongs here: looks at each, without ever asking for a prediction, and what their answers mean. What must
not: scenarios (`scenarios.py`), which do ask.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from guard.core.strict_json import parse_object
from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.doctor.check import Check, Result
from guard.errors import DeadlineExceeded, InvalidJson
from guard.predict.destination import check_destination, is_loopback
from guard.predict.exchange import Answer, exchange

HEALTH_PATH = "/api/health"
PING_PATH = "/ping"

_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,40}")
_WAKING = "it may be asleep: a cold start takes 30 to 60 s"


def host_of(url: str) -> str:
    """Return the host and port of a checked address, for a sentence."""
    return escape_untrusted(urlsplit(url).netloc, limit=120)


def beside(url: str, path: str) -> str:
    """Return the address of `path` on the host of `url`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{path}"


def look_at_route(url: str, deadline: Deadline) -> Sequence[Check]:
    """Ask a route how it is, by `GET /api/health`, which asks nobody for a prediction.

    Raises ConfigurationError for an address that may not be asked, OutsideError for one that does not answer.
    """
    checked = check_destination(url, setting="the address of the predict route")
    answer = exchange("GET", beside(checked, HEALTH_PATH), deadline=deadline)
    return (judge_health(host_of(checked), answer),)


def judge_health(host: str, answer: Answer) -> Check:
    """Read what a route says of itself."""
    if answer.status in (401, 403):
        return _route(Result.WARN, f"{host} asks for a key before it says how it is", "give the route's key")
    if answer.status == 429:
        return _route(Result.WARN, f"{host} has been asked too often", "ask again in a minute")
    if answer.status >= 500:
        return _route(
            Result.FAIL, f"{host} answered {answer.status} to {HEALTH_PATH}", "see the route's own log"
        )
    health = _health(answer)
    if health is None:
        return _route(
            Result.WARN,
            f"{host} answers, and has no {HEALTH_PATH} (status {answer.status})",
            "see that --predict-url is the address of a txguard route; --scenarios asks it",
        )
    told = f"{host} answers; version {health['version']}"
    reachable = health["upstream"]["reachable"]
    if health["status"] == "ok" and reachable is not False:
        asked = "it asks no service" if reachable is None else "its service answers"
        return _route(Result.OK, f"{told}; {asked}", "")
    return _route(Result.WARN, f"{told}; its service does not answer", _WAKING)


def _route(result: Result, said: str, advice: str) -> Check:
    return Check(part="route", result=result, said=said, advice=advice)


def _health(answer: Answer) -> Mapping[str, Any] | None:
    """Return the health in an answer, or None for anything that is not one."""
    try:
        health = parse_object(answer.body)
    except InvalidJson:
        return None
    upstream, version = health.get("upstream"), health.get("version")
    is_one = (
        answer.status == 200
        and health.get("status") in ("ok", "degraded")
        and isinstance(upstream, dict)
        and _is_yes_no_or_null(upstream.get("reachable", ""))
        and isinstance(version, str)
        and _VERSION.fullmatch(version)
    )
    return health if is_one else None


def _is_yes_no_or_null(value: object) -> bool:
    # Not `in`: 0 equals False, and is neither.
    return value is None or isinstance(value, bool)


def look_at_service(url: str, deadline: Deadline) -> Sequence[Check]:
    """Ask the service for a sign of life, by `GET /ping` and nothing else.

    Raises OutsideError where it does not answer; silence is a warning, for its host sleeps.
    """
    try:
        answer = exchange("GET", beside(url, PING_PATH), deadline=deadline)
    except DeadlineExceeded as error:
        return (_service(Result.WARN, error.message, f"{_WAKING}; this question wakes it"),)
    return (judge_ping(host_of(url), answer.status),)


def judge_ping(host: str, status: int) -> Check:
    """Read the status of an answer to /ping."""
    if status == 200:
        return _service(Result.OK, f"{host} is awake (asked {PING_PATH} only)", "")
    if status in (429, 502, 503, 504):
        return _service(Result.WARN, f"{host} says that it is not ready ({status})", _WAKING)
    if status < 500:
        return _service(
            Result.WARN, f"{host} is awake, and answers {status} to {PING_PATH}", "see TXGUARD_UPSTREAM_URL"
        )
    return _service(Result.FAIL, f"{host} answered {status} to {PING_PATH}", "wait until it is mended")


def _service(result: Result, said: str, advice: str) -> Check:
    return Check(part="service", result=result, said=said, advice=advice)


def look_at_model(has_history: bool) -> Sequence[Check]:
    """Read the shipped model; raises ConfigurationError for a file whose checksum is wrong."""
    from guard.predict.embedded.predictor import MODEL_NAME, shipped_model

    shipped_model()
    said = f"{MODEL_NAME}, and its checksum holds"
    if has_history:
        return (Check(part="model", result=Result.OK, said=said),)
    return (
        Check(
            part="model",
            result=Result.WARN,
            said=f"{said}; without a node or an explorer it knows no past, and abstains",
            advice="give --rpc-url URL, or name an explorer under [history]",
        ),
    )


def is_on_this_machine(url: str) -> bool:
    """Tell whether a checked address is a loopback one."""
    return is_loopback(urlsplit(url).hostname or "")
