"""Which addresses may be asked at all.

What belongs here: the check of an address that a user or a deployment set. What must not: connecting.
"""

from __future__ import annotations

import ipaddress
import re

from guard.core.text import escape_untrusted
from guard.errors import ConfigurationError

# One form only, so that this check, requests and urllib3 cannot read the same text as different hosts: no
# userinfo, no backslash, no fragment, no white space, ASCII alone.
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?][!-~]*)?"
)


def check_destination(url: str, *, setting: str) -> str:
    """Return `url` if it may be asked: https anywhere, plain http on loopback addresses alone.

    Raises ConfigurationError, naming `setting`, for anything else: userinfo, a fragment, other schemes, a
    port outside 1 to 65535, and every spelling of a host that is not its plain one.
    """
    match = _ADDRESS.fullmatch(url)
    if match is None or "\\" in url or "#" in url:
        raise _refused(url, setting, "is not an address of the form https://host/path")
    if match["port"] is not None and not 1 <= int(match["port"]) <= 65535:
        raise _refused(url, setting, "has a port outside 1 to 65535")
    if match["scheme"] == "http" and not is_loopback(match["host"]):
        raise _refused(url, setting, "is plain http, which anyone on the way can read and change")
    return url


def is_loopback(host: str) -> bool:
    """Tell whether `host` is `localhost`, in 127.0.0.0/8, or ::1 (with or without brackets)."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    # Not `is_loopback` for both: some versions of Python count ::ffff:127.0.0.1, some do not.
    return address.is_loopback if address.version == 4 else address == ipaddress.IPv6Address("::1")


def _refused(url: str, setting: str, problem: str) -> ConfigurationError:
    # What stands before an @ is a password more often than not.
    shown = (
        "an address with a user name or password" if "@" in url else repr(escape_untrusted(url, limit=120))
    )
    return ConfigurationError(
        f"{setting}: {shown} {problem}",
        hint="give https://host/path; plain http is accepted for localhost, 127.0.0.1 and [::1]",
    )
