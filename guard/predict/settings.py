"""What the environment may set about the witness behind the route.

What belongs here: reading and checking those settings. What must not: using them, and the settings of HTTP
itself (`guard.http.settings`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from guard.core.text import escape_untrusted
from guard.errors import ConfigurationError
from guard.predict.upstream import DEFAULT_UPSTREAM_URL

EMBEDDED = "embedded"
"""The word that stands for the shipped model where an address is expected."""
DEFAULT_UPSTREAM_TIMEOUT_S = 25.0
MAX_UPSTREAM_TIMEOUT_S = 300.0
DEFAULT_CACHE_TTL_S = 300.0
MAX_CACHE_TTL_S = 86_400.0

URL_SETTING = "TXGUARD_UPSTREAM_URL"
_TIMEOUT_SETTING = "TXGUARD_UPSTREAM_TIMEOUT_S"
_CACHE_SETTING = "TXGUARD_CACHE_TTL_S"
_SECONDS = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """What the environment may set."""

    upstream_url: str = DEFAULT_UPSTREAM_URL
    """The service's address, or `embedded`."""
    upstream_timeout_s: float = DEFAULT_UPSTREAM_TIMEOUT_S
    """Total time for one exchange with the service, seconds."""
    cache_ttl_s: float = DEFAULT_CACHE_TTL_S
    """How long an answer that is no Fraud is kept, seconds; 0 keeps none of them."""


def read_settings(environ: Mapping[str, str]) -> ServiceSettings:
    """Read `TXGUARD_UPSTREAM_URL`, `TXGUARD_UPSTREAM_TIMEOUT_S` and `TXGUARD_CACHE_TTL_S`.

    Raises ConfigurationError for a value that is set and cannot be used, an empty one included.
    """
    timeout = _seconds(environ, _TIMEOUT_SETTING, DEFAULT_UPSTREAM_TIMEOUT_S, MAX_UPSTREAM_TIMEOUT_S)
    if timeout == 0:
        raise _unusable(_TIMEOUT_SETTING, environ[_TIMEOUT_SETTING], "a number of seconds above 0")
    return ServiceSettings(
        upstream_url=environ.get(URL_SETTING, DEFAULT_UPSTREAM_URL),
        upstream_timeout_s=timeout,
        cache_ttl_s=_seconds(environ, _CACHE_SETTING, DEFAULT_CACHE_TTL_S, MAX_CACHE_TTL_S),
    )


def _seconds(environ: Mapping[str, str], name: str, default: float, most: float) -> float:
    text = environ.get(name)
    if text is None:
        return default
    if not _SECONDS.fullmatch(text) or float(text) > most:
        raise _unusable(name, text, f"a plain number of seconds, up to {most:g}")
    return float(text)


def _unusable(name: str, text: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        f"{name}: '{escape_untrusted(text, limit=40)}' is not {expected}",
        hint=f"give {expected}, or leave {name} out",
    )
