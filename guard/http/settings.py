"""What the environment may set about the route itself: who may ask, and how often.

What belongs here: reading and checking those settings. What must not: enforcing them (`access.py`,
`rate_limit.py`), and the settings of the witness (`guard.predict.settings`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from guard.core.text import escape_untrusted
from guard.errors import ConfigurationError

DEFAULT_RATE = "120/min"
ANY_ORIGIN = "*"
SAFE_KEY_LENGTH = 16
"""Characters from which on a random key cannot be guessed; a shorter one is taken, and warned about."""

_KEYS_SETTING = "TXGUARD_API_KEYS"
_ORIGINS_SETTING = "TXGUARD_ALLOWED_ORIGINS"
_RATE_SETTING = "TXGUARD_RATE_LIMIT"
_HEADER_SETTING = "TXGUARD_CLIENT_ADDRESS_HEADER"

# https://vercel.com/docs/headers/request-headers : set by the platform, whatever the caller sends.
_VERCEL_HEADER = "X-Vercel-Forwarded-For"

_KEY = re.compile(r"[!-+\--~]{1,200}")  # printable ASCII without the comma
_ORIGIN = re.compile(r"https?://(?:[a-z0-9][a-z0-9.-]*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_RATE = re.compile(r"(?P<count>[0-9]{1,7})(?:/(?P<unit>s|second|m|min|minute|h|hour))?")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_UNIT_S = {"s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many requests within so many seconds."""

    count: int
    """Requests."""
    seconds: float
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSettings:
    """What the environment may set."""

    api_keys: tuple[str, ...] = ()
    """Keys, one of which a caller must show; none: everyone may ask."""
    allowed_origins: frozenset[str] = frozenset()
    """Origins of pages that may ask, beside the route's own; `*` allows every page."""
    rate: Rate | None = Rate(count=120, seconds=60.0)
    """How much one caller may ask; None: without limit."""
    client_address_header: str | None = None
    """The header in which the proxy in front tells the caller's address; None: the connection tells it."""


def read_route_settings(environ: Mapping[str, str]) -> RouteSettings:
    """Read `TXGUARD_API_KEYS`, `TXGUARD_ALLOWED_ORIGINS`, `TXGUARD_RATE_LIMIT` and the header's name.

    Raises ConfigurationError for a value that is set and cannot be used; no key is ever part of its text.
    """
    return RouteSettings(
        api_keys=_keys(environ.get(_KEYS_SETTING)),
        allowed_origins=_origins(environ.get(_ORIGINS_SETTING)),
        rate=_rate(environ.get(_RATE_SETTING, DEFAULT_RATE)),
        client_address_header=_header(environ),
    )


def _keys(text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    keys = tuple(key.strip(" ") for key in text.split(","))
    for place, key in enumerate(keys, start=1):
        if not _KEY.fullmatch(key):
            raise ConfigurationError(
                f"{_KEYS_SETTING}: key {place} is empty, too long, or other than printable ASCII",
                hint="give keys of up to 200 printable characters, with commas between them; "
                "leave the setting out to let everyone ask",
            )
    return keys


def _origins(text: str | None) -> frozenset[str]:
    if text is None:
        return frozenset()
    origins = [origin.strip(" ").lower() for origin in text.split(",")]
    for origin in origins:
        if origin != ANY_ORIGIN and not _ORIGIN.fullmatch(origin):
            raise ConfigurationError(
                f"{_ORIGINS_SETTING}: '{escape_untrusted(origin, limit=80)}' is not an origin",
                hint="give origins such as https://wallet.example, with commas between them; * is every page",
            )
    return frozenset(origins)


def _rate(text: str) -> Rate | None:
    match = _RATE.fullmatch(text)
    if match is None:
        raise ConfigurationError(
            f"{_RATE_SETTING}: '{escape_untrusted(text, limit=40)}' is not a rate",
            hint="give requests a minute for one caller, such as 120, or 10/s or 1000/h; 0 is no limit",
        )
    count = int(match["count"])
    return None if count == 0 else Rate(count=count, seconds=_UNIT_S[(match["unit"] or "m")[0]])


def _header(environ: Mapping[str, str]) -> str | None:
    text = environ.get(_HEADER_SETTING)
    if text is None:
        return _VERCEL_HEADER if environ.get("VERCEL") == "1" else None
    if not _HEADER.fullmatch(text):
        raise ConfigurationError(
            f"{_HEADER_SETTING}: '{escape_untrusted(text, limit=40)}' is not the name of a header",
            hint="give the one that your proxy sets on every request, such as X-Real-IP",
        )
    return text
