"""Where a published list comes from: a file of the user's, or an address that the user gave.

What belongs here: getting its bytes, bounded. What must not: what is in them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from guard.adapters.list_formats import MAX_SOURCE_BYTES
from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.errors import CallerError, ConfigurationError, ServiceInvalid

DOWNLOAD_SECONDS = 120.0
"""Seconds that one download may take as a whole."""

_MAX_SHOWN = 200
_MAX_URL = 2048
_URL = re.compile(r"https?://", re.IGNORECASE)


def is_url(origin: str) -> bool:
    """Tell whether an origin is a URL; otherwise it is a path."""
    return _URL.match(origin) is not None


def shown_source(origin: str) -> str:
    """Return what is said of an origin: a file's name, or a URL without the query, which may hold a key."""
    shown = origin.partition("?")[0] if is_url(origin) else Path(origin).name
    return escape_untrusted(shown, limit=_MAX_SHOWN)


def checked_url(url: str) -> str:
    """Return a URL that may be asked: https, or http on loopback, of 2,048 characters at most.

    Raises ConfigurationError for another.
    """
    from guard.predict.destination import check_destination

    if len(url) > _MAX_URL:
        raise ConfigurationError(f"--url has more than {_MAX_URL:,} characters", hint="give a shorter one")
    return check_destination(url, setting="--url")


def checked_path(path: Path) -> str:
    """Return the absolute form of a path that can be kept; raises CallerError for one that is not UTF-8."""
    text = os.path.abspath(path)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise CallerError(
            "the name of the list's file, or of a folder above it, is not UTF-8", hint="rename it"
        ) from error
    return text


def read_source(origin: str) -> bytes:
    """Return the bytes at an origin.

    Raises CallerError for a file that cannot be read or is too large; DeadlineExceeded, ServiceUnavailable
    or ServiceInvalid for a URL that does not answer with the list itself.
    """
    return _download(origin) if is_url(origin) else _read_file(Path(origin))


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SOURCE_BYTES + 1)
    except (OSError, ValueError) as error:
        # Its name is not told: a secret is typed in the place of a file's name now and then.
        problem = getattr(error, "strerror", None) or "it has no name that a file can have"
        raise CallerError(
            f"the file of the list cannot be read: {problem}",
            hint="name a file that is there; a URL is given with --url",
        ) from error
    if len(content) > MAX_SOURCE_BYTES:
        raise CallerError(
            f"the file of the list has more than {MAX_SOURCE_BYTES:,} bytes",
            hint="split it into several lists",
        )
    return content


def _download(url: str) -> bytes:
    # Not at the top: a review looks addresses up and downloads nothing.
    from guard.predict.exchange import exchange

    answer = exchange(
        "GET",
        checked_url(url),
        deadline=Deadline.after(DOWNLOAD_SECONDS),
        headers={"Accept": "*/*"},
        max_bytes=MAX_SOURCE_BYTES,
    )
    if answer.status != 200:
        raise ServiceInvalid(f"{shown_source(url)} answered {answer.status}", hint="look at the URL")
    return answer.body
