"""The HTTP session under web3.py: no proxy, no redirect, and no more or deeper an answer than a limit.

What belongs here: what `requests` does not do by itself. What must not: the total deadline; `Web3Chain` keeps
it, for no setting of `requests` ends a server that sends a byte now and then.
"""

from __future__ import annotations

import re
from typing import Any

import requests
from requests.adapters import HTTPAdapter

MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""Bytes of one answer of a node: a full block with its transactions is a few million."""

MAX_DEPTH = 64
"""Brackets within brackets; a block with access lists has seven."""

_POOL = 64
"""Connections kept for the next question: evidence is gathered by dozens of threads at once."""
_CHUNK_BYTES = 64 * 1024
_STRUCTURE = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{\]}]', re.DOTALL)
"""Strings, to be passed over, and the brackets outside them."""


def bounded_session() -> requests.Session:
    """Return a session for one node."""
    session = requests.Session()
    # Neither a proxy nor a .netrc of the environment may come between the wallet and its node.
    session.trust_env = False
    # What is not encoded cannot be inflated.
    session.headers["Accept-Encoding"] = "identity"
    for scheme in ("http://", "https://"):
        session.mount(scheme, _BoundedAdapter(pool_maxsize=_POOL))
    return session


class _BoundedAdapter(HTTPAdapter):
    """Reads an answer up to the limits; raises ContentDecodingError, a RequestException, beyond them."""

    def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> requests.Response:
        """Send one request and return its answer, read."""
        response = super().send(request, *given, **{**named, "stream": True})
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            response.close()
            raise requests.exceptions.ContentDecodingError("the answer is encoded")
        body = bytearray()
        # Not `response.raw`, whose errors are urllib3's and would pass every handler of requests' own.
        for piece in response.iter_content(_CHUNK_BYTES):
            body += piece
            if len(body) > MAX_ANSWER_BYTES:
                response.close()
                raise requests.exceptions.ContentDecodingError("the answer is too large")
        if _is_too_deep(body):
            raise requests.exceptions.ContentDecodingError("the answer is nested too deeply")
        # There is no public way to hand requests a body that was read.
        response._content = bytes(body)
        return response


def _is_too_deep(body: bytes | bytearray) -> bool:
    """Say whether the parser must not see this: it recurses in C, and py_ecc lifts Python's limit on that."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    for match in _STRUCTURE.finditer(body):
        if match[0] in (b"[", b"{"):
            depth += 1
        elif match[0] in (b"]", b"}"):
            depth -= 1
        if depth > MAX_DEPTH:
            return True
    return False
