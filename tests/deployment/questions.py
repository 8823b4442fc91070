"""The questions that a deployed route is asked, and what must come back.

What belongs here: requests over a socket. What must not: where the route runs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

BODY = (
    b'{"from_address": "0x52908400098527886E0F7030069857D2E4169EE7", '
    b'"to_address": "0xde709f2102306220921060314715629080e2fb77", '
    b'"transaction_value": 1.5, "gas_price": 20.0}'
)
SENDER = "0x52908400098527886E0F7030069857D2E4169EE7"

# Never through a proxy of the environment.
_opener = build_opener(ProxyHandler({}))


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    """The HTTP status."""
    kind: str
    """The media type."""
    body: bytes
    """The body."""

    def json(self) -> dict[str, Any]:
        """Return the body as one JSON object."""
        told: dict[str, Any] = json.loads(self.body)
        return told


def ask(origin: str, path: str, body: bytes | None = None, *, seconds: float = 20.0) -> Reply:
    """GET a path, or POST a body as JSON."""
    headers = {} if body is None else {"Content-Type": "application/json"}
    request = Request(origin + path, data=body, headers=headers)
    try:
        with _opener.open(request, timeout=seconds) as answer:
            return Reply(status=answer.status, kind=answer.headers.get_content_type(), body=answer.read())
    except HTTPError as error:
        with error:
            return Reply(status=error.code, kind=error.headers.get_content_type(), body=error.read())


def ask_predict(origin: str) -> None:
    """Ask for a score twice and once in broken words; raises AssertionError for any other answer."""
    for source in ("external", "cache"):
        reply = ask(origin, "/api/predict", BODY)
        told = reply.json()
        assert (reply.status, reply.kind) == (200, "application/json"), reply
        assert len(told.pop("request_id")) == 32
        assert told == {
            "prediction": "Safe",
            "Type": "Safe transaction",
            "probability": 0.069,
            "source": source,
            "model": None,
            "features": "contract",
        }
    broken = ask(origin, "/api/predict", b'{"from_address": ')
    assert (broken.status, broken.kind) == (400, "application/problem+json"), broken
    assert broken.json()["code"] == "malformed"


def ask_pages(origin: str) -> None:
    """Ask for the health, the document and its page; raises AssertionError for any other answer."""
    health = ask(origin, "/api/health")
    assert (health.status, health.kind) == (200, "application/json"), health
    assert health.json()["status"] == "ok"
    assert health.json()["upstream"]["reachable"] is True
    document = ask(origin, "/api/openapi.json")
    assert (document.status, document.kind) == (200, "application/json"), document
    assert "/api/predict" in document.json()["paths"]
    page = ask(origin, "/docs")
    assert (page.status, page.kind) == (200, "text/html"), page
    assert b"/api/predict" in page.body
