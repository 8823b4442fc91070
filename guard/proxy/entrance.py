"""Who may speak to the proxy at all, before a byte of the body is read.

What belongs here: Host, Origin, token, method, types. What must not: what is asked for.

A page of the web reaches this port through the browser of whoever runs it. Two things keep it out: its
Origin, which browsers do not let it forge, and the Host, which is not a name of ours when a name server has
been made to point at this machine (DNS rebinding).
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

from guard.core.text import escape_untrusted
from guard.errors import ConfigurationError
from guard.predict.destination import is_loopback

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_HOST = re.compile(r"(?P<name>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_JSON = re.compile(r'application/json *(?:; *charset="?utf-8"?)?', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """Why somebody is turned away."""

    status: int
    """The HTTP status."""
    problem: str
    """The reason, in one line that repeats nothing of what was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Who is let in."""

    host: str
    """The address that is listened on."""
    token: str | None = None
    """What every caller must show, where there is one."""
    origins: frozenset[str] = frozenset()
    """The origins of pages and extensions that may ask."""

    def __post_init__(self) -> None:
        """Raise ConfigurationError where this would let in whoever reaches the port, or for no origin."""
        if self.token is None and not is_loopback(self.host):
            raise ConfigurationError(
                f"to listen on {escape_untrusted(self.host, limit=80)} needs a token",
                hint="whoever reaches that address could ask for signatures: give --token-file FILE",
            )
        for origin in self.origins:
            if not _ORIGIN.fullmatch(origin):
                raise ConfigurationError(
                    f"--allow-origin: '{escape_untrusted(origin, limit=120)}' is no origin",
                    hint="give scheme and host as a browser sends them, such as https://app.example",
                )

    def turned(self, headers: Mapping[str, str], *, is_preflight: bool = False) -> Turned | None:
        """Say why whoever sends these headers is turned away, or None.

        A browser's preflight asks whether a page may ask, and never carries the page's token.
        """
        if not self._knows_host(headers.get("Host", "")):
            return Turned(status=403, problem="this Host is not one of the guard's names")
        origin = headers.get("Origin")
        if origin is not None and origin not in self.origins:
            return Turned(
                status=403, problem="this Origin is not allowed: --allow-origin names those that are"
            )
        needs_token = self.token is not None and not is_preflight
        if needs_token and not self._knows_token(headers.get("Authorization", "")):
            return Turned(status=401, problem="a token is asked for here: Authorization: Bearer TOKEN")
        return None

    def turned_type(self, headers: Mapping[str, str]) -> Turned | None:
        """Say why a body with these headers is not read, or None."""
        if headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
            return Turned(status=415, problem="a body is not to be encoded")
        if not _JSON.fullmatch(headers.get("Content-Type", "")):
            return Turned(status=415, problem="a body is of type application/json")
        return None

    def _knows_host(self, given: str) -> bool:
        match = _HOST.fullmatch(given)
        if match is None:
            return False
        name = match["name"].lower()
        if is_loopback(name) or name == self.host.lower():
            return True
        # Where every address of the machine is listened on, any address may be a right one; no name is.
        return _is_unspecified(self.host) and _is_address(name)

    def _knows_token(self, given: str) -> bool:
        assert self.token is not None
        kind, _, shown = given.partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(
            shown.encode("utf-8", "surrogateescape"), self.token.encode()
        )


def _is_unspecified(host: str) -> bool:
    return _is_address(host) and ipaddress.ip_address(host.strip("[]")).is_unspecified


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
