"""Who is asking, and whether they may.

What belongs here: keys, origins and the caller's address. What must not: what they ask.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
from collections.abc import Mapping

from flask import Request

from guard.http.problems import Problem, ProblemRaised
from guard.http.rate_limit import RateLimit
from guard.http.settings import ANY_ORIGIN, RouteSettings

_ASKED_HEADERS = "Content-Type, Authorization, X-API-Key"
_PREFLIGHT_S = "600"
# One household or server has a whole /64 of these.
_VERSION_6_PREFIX = 64


class Access:
    """The route's door."""

    def __init__(self, settings: RouteSettings) -> None:
        self._settings = settings
        self._digests = [_digest(key) for key in settings.api_keys]
        self._limit = RateLimit(settings.rate)

    def enter(self, incoming: Request) -> None:
        """Let a question in; raises ProblemRaised with 403, 401 or 429 for one that may not be put."""
        if not self._may_ask(incoming):
            raise _problem(403, "origin_not_allowed", "Pages of this origin may not ask here.")
        key = _shown_key(incoming)
        known = self._known(key)
        wait_s = self._limit.take(f"key {known}" if known else f"address {self._address(incoming)}")
        if wait_s > 0:
            seconds = str(math.ceil(wait_s))
            detail = f"Too many requests; ask again in {seconds} s."
            raise _problem(429, "rate_limited", detail, {"Retry-After": seconds})
        if self._digests and not known:
            detail = "A key is needed: send it as X-API-Key, or as Authorization: Bearer."
            raise _problem(401, "unauthorized", detail, {"WWW-Authenticate": "Bearer"})

    def headers(self, incoming: Request, methods: str) -> Mapping[str, str]:
        """Return what tells a browser whether the page that asked may read the answer.

        Source: https://fetch.spec.whatwg.org/#http-cors-protocol
        """
        origin = incoming.headers.get("Origin")
        told = {"Vary": "Origin"}
        if origin is None or not self._is_listed(origin):
            return told
        told["Access-Control-Allow-Origin"] = ANY_ORIGIN if self._all_pages else origin
        told["Access-Control-Expose-Headers"] = "Retry-After, X-Request-Id"
        if incoming.method == "OPTIONS":
            told["Access-Control-Allow-Methods"] = methods
            told["Access-Control-Allow-Headers"] = _ASKED_HEADERS
            told["Access-Control-Max-Age"] = _PREFLIGHT_S
        return told

    @property
    def _all_pages(self) -> bool:
        return ANY_ORIGIN in self._settings.allowed_origins

    def _is_listed(self, origin: str) -> bool:
        return self._all_pages or origin.lower() in self._settings.allowed_origins

    def _may_ask(self, incoming: Request) -> bool:
        origin = incoming.headers.get("Origin")
        if origin is None or self._is_listed(origin):
            return True
        # The scheme is not compared: behind a proxy that ends TLS it is not known here.
        host = incoming.headers.get("Host", "")
        return bool(host) and origin.lower().partition("://")[2] == host.lower()

    def _known(self, key: str | None) -> str | None:
        """Return a name for a key that is right; all keys are compared, so that time tells nothing."""
        if key is None:
            return None
        given = _digest(key)
        matches = [hmac.compare_digest(given, digest) for digest in self._digests]
        return given.hex()[:16] if any(matches) else None

    def _address(self, incoming: Request) -> str:
        header = self._settings.client_address_header
        told = incoming.headers.get(header, "") if header else ""
        # The last one is what the nearest proxy saw; those before it are what it was told.
        for text in (told.rpartition(",")[2].strip(), incoming.remote_addr or ""):
            try:
                address = ipaddress.ip_address(text)
            except ValueError:
                continue
            if isinstance(address, ipaddress.IPv6Address):
                # A socket for both versions shows version 4 so; one network would hold all of its callers.
                address = address.ipv4_mapped or address
            if address.version == 4:
                return str(address)
            return str(ipaddress.ip_network((address, _VERSION_6_PREFIX), strict=False))
        return "unknown"


def _shown_key(incoming: Request) -> str | None:
    key = incoming.headers.get("X-API-Key")
    if key is not None:
        return key
    scheme, _, token = incoming.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> ProblemRaised:
    return ProblemRaised(Problem(status=status, code=code, detail=detail, headers=headers or {}))
