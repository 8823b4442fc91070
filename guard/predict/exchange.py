"""One HTTP exchange with a total deadline, a size limit and a fixed destination.

What belongs here: getting one whole answer, or the reason why not. What must not: any knowledge of what the
answer means.
"""

from __future__ import annotations

import concurrent.futures
import logging
import re
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import TypeAlias

import requests
import urllib3.exceptions

from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.errors import DeadlineExceeded, ServiceInvalid, ServiceUnavailable
from guard.predict.line import Line, LineAdapter

MAX_ANSWER_BYTES = 64 * 1024
"""Bytes of one answer, where the caller names no other limit."""
TOO_LARGE = "answer_too_large"
"""The code of the ServiceInvalid that a body above the limit ends in."""
RETRY_PAUSES_S = (0.1, 0.3, 1.0)
"""Pauses before a failed connection is tried again; a service that refuses four times is down."""
PATIENCE_S = 5.0
"""How often a caller hears that an answer is still being waited for, in seconds."""

_CHUNK_BYTES = 8 * 1024
_THREAD = "exchange"
_SECONDS = re.compile(r"[0-9]{1,5}")

Waiting: TypeAlias = Callable[[float], None]
"""Told now and then, while an answer is awaited, how many seconds are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One complete answer."""

    status: int
    """The HTTP status, 200 to 599 without 3xx."""
    headers: Mapping[str, str]
    """Header fields; names in lower case."""
    body: bytes
    """The body as it came, at most as long as was allowed, never decoded."""

    def retry_after_s(self) -> float | None:
        """Return the whole seconds that `Retry-After` asks for; None for its absence and its date form."""
        asked = self.headers.get("retry-after", "").strip()
        return float(asked) if _SECONDS.fullmatch(asked) else None


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    url: str
    body: bytes | None
    headers: Mapping[str, str]
    deadline: Deadline
    total_s: float
    max_bytes: int

    def late(self) -> DeadlineExceeded:
        return DeadlineExceeded(f"the service did not answer within {self.total_s:.3g} s")


def exchange(
    method: str,
    url: str,
    *,
    deadline: Deadline,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    waiting: Waiting | None = None,
    max_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    """Send one request to `url`, already checked by `check_destination`, and return the whole answer.

    `headers` are sent beside those that every request has.

    A connection that fails is tried again a few times within the deadline; once a byte of the request may
    have left, never. The work is done in a thread of its own, so that neither a dripping server nor a
    hanging name lookup can hold the caller: at the deadline, or when the caller is interrupted, the
    connection is shut down. An answer of more than `max_bytes` is refused.

    Raises DeadlineExceeded; ServiceUnavailable when no connection could be made; ServiceInvalid for a
    redirect, an encoded, cut-off or oversized body, a certificate that cannot be verified, and whatever is
    not HTTP.
    """
    line = Line()
    outcome: concurrent.futures.Future[Answer] = concurrent.futures.Future()
    question = _Question(
        method=method,
        url=url,
        body=body,
        headers=headers or {},
        deadline=deadline,
        total_s=deadline.remaining(),
        max_bytes=max_bytes,
    )
    threading.Thread(target=_work, args=(question, line, outcome), name=_THREAD, daemon=True).start()
    try:
        _await(outcome, question, waiting)
    finally:
        line.cut()
    return outcome.result()


def _await(outcome: concurrent.futures.Future[Answer], question: _Question, waiting: Waiting | None) -> None:
    while not outcome.done():
        remaining = question.deadline.remaining()
        if remaining == 0:
            raise question.late()
        concurrent.futures.wait([outcome], timeout=min(remaining, PATIENCE_S))
        if waiting is not None and not outcome.done() and question.deadline.remaining() > 0:
            waiting(question.deadline.remaining())


def _work(question: _Question, line: Line, outcome: concurrent.futures.Future[Answer]) -> None:
    try:
        try:
            answer = _ask_with_retries(question, line)
        finally:
            line.release()
    except BaseException as error:  # noqa: BLE001  it is raised again in the caller's thread
        outcome.set_exception(error)
    else:
        outcome.set_result(answer)


def _ask_with_retries(question: _Question, line: Line) -> Answer:
    for pause in RETRY_PAUSES_S:
        try:
            return _ask_once(question, line)
        except ServiceUnavailable:
            too_late = line.bytes_may_have_left or question.deadline.remaining() <= pause
            if too_late or line.pause(pause):
                raise
    return _ask_once(question, line)


def _ask_once(question: _Question, line: Line) -> Answer:
    if question.deadline.remaining() == 0:
        raise question.late()
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "txguard",
        **question.headers,
    }
    if question.body is not None:
        headers["Content-Type"] = "application/json"
    # Prepared without a session, which would bring cookies, .netrc and proxies, and which reads and inflates
    # the whole body of a redirect even when it is told not to follow it.
    prepared = requests.Request(question.method, question.url, headers=headers, data=question.body).prepare()
    adapter = LineAdapter(line)
    try:
        remaining = question.deadline.remaining()
        response = adapter.send(prepared, stream=True, timeout=remaining, proxies={})
        try:
            return _read(response, question.max_bytes)
        finally:
            response.close()
    except (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError) as error:
        raise _told(error, question, line) from error
    finally:
        adapter.close()


def _read(response: requests.Response, max_bytes: int) -> Answer:
    status = response.status_code
    headers = {name.lower(): value for name, value in response.headers.items()}
    if 300 <= status < 400:
        raise ServiceInvalid(f"the service answered {status}: a redirect, and none is followed")
    if not 200 <= status < 600:
        raise ServiceInvalid(f"the service answered {status}, which is not a final status")
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        raise ServiceInvalid(f"the service sent a body encoded as '{escape_untrusted(encoding, limit=40)}'")
    body = bytearray()
    while piece := response.raw.read(_CHUNK_BYTES, decode_content=False):
        body += piece
        if len(body) > max_bytes:
            raise ServiceInvalid(f"the service sent more than {max_bytes} bytes", code=TOO_LARGE)
    return Answer(status=status, headers=headers, body=bytes(body))


def _told(
    error: Exception, question: _Question, line: Line
) -> DeadlineExceeded | ServiceUnavailable | ServiceInvalid:
    """Turn what the libraries raised into what it means; their texts name hosts and objects, and stay out."""
    if question.deadline.remaining() == 0:
        return question.late()
    if isinstance(error, requests.exceptions.SSLError):
        return ServiceInvalid(
            f"no secure connection to the service: {_system_reason(error)}",
            hint="an expired, self-signed or foreign certificate is never accepted",
        )
    if line.bytes_may_have_left:
        return ServiceInvalid("the service closed the connection before its answer was complete")
    if isinstance(error, requests.exceptions.ConnectionError | OSError):
        return ServiceUnavailable(f"the service could not be reached: {_system_reason(error)}")
    return ServiceInvalid("the service could not be asked: its address or its answer is not HTTP")


def _system_reason(error: BaseException) -> str:
    """Return the system's words for a failed connection or certificate, found at the end of the chain."""
    reason = "no connection"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = f"its certificate could not be verified ({cause.verify_message})"
        elif isinstance(cause, OSError) and cause.strerror:
            reason = cause.strerror
        cause = cause.__cause__ or cause.__context__
    return escape_untrusted(reason, limit=120)


class _WithoutAddresses(logging.Filter):
    """urllib3 logs the path of every request, and the query in it may hold a key."""

    def filter(self, record: logging.LogRecord) -> bool:
        return threading.current_thread().name != _THREAD


logging.getLogger("urllib3.connectionpool").addFilter(_WithoutAddresses())
