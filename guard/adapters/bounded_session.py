"""The HTTP session under web3.py: no proxy, no redirect, and never more of an answer than a limit.

What belongs here: what `requests` does not do by itself. What must not: the total deadline; `Web3Chain` keeps
it, for no setting of `requests` ends a server that sends a byte now and then.
"""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter

MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""Bytes of one answer of a node: a full block with its transactions is a few million."""

_CHUNK_BYTES = 64 * 1024


def bounded_session() -> requests.Session:
    """Return a session for one node."""
    session = requests.Session()
    # Neither a proxy nor a .netrc of the environment may come between the wallet and its node.
    session.trust_env = False
    # What is not encoded cannot be inflated.
    session.headers["Accept-Encoding"] = "identity"
    for scheme in ("http://", "https://"):
        session.mount(scheme, _BoundedAdapter())
    return session


class _BoundedAdapter(HTTPAdapter):
    """Reads an answer up to the limit; raises ContentDecodingError, a RequestException, for more of it."""

    def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> requests.Response:
        """Send one request and return its answer, read."""
        response = super().send(request, *given, **{**named, "stream": True})
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            response.close()
            raise requests.exceptions.ContentDecodingError("the answer is encoded")
        body = bytearray()
        while piece := response.raw.read(_CHUNK_BYTES, decode_content=False):
            body += piece
            if len(body) > MAX_ANSWER_BYTES:
                response.close()
                raise requests.exceptions.ContentDecodingError("the answer is too large")
        # There is no public way to hand requests a body that was read.
        response._content = bytes(body)
        response._content_consumed = True  # type: ignore[attr-defined]
        return response
