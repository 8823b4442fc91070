"""The key that a service asks for, from a file of its owner's alone.

What belongs here: reading one. What must not: where it is sent.
"""

from __future__ import annotations

import re
from pathlib import Path

from guard.adapters.files import modes_problem
from guard.core.text import escape_untrusted
from guard.errors import ConfigurationError

_KEY = re.compile(rb"[!-~]{1,512}")


def read_api_key(path: Path) -> str:
    """Return the key in the first and only line of `path`.

    Raises ConfigurationError for a file that others can read, that is no regular file, or that holds anything
    but one line of printable ASCII; what it holds is never part of the error.
    """
    try:
        problem = modes_problem(path, forbidden=0o077)
        if problem is None:
            with path.open("rb") as file:
                content = file.read(1024).removesuffix(b"\n").removesuffix(b"\r")
            if _KEY.fullmatch(content):
                return content.decode()
            problem = "it is not one line of printable characters"
    except OSError as error:
        problem = error.strerror or type(error).__name__
    raise ConfigurationError(
        f"the key file {escape_untrusted(str(path), limit=200)} cannot be used: {problem}",
        hint="a key file holds the key alone, in one line, and is its owner's alone (mode 0600)",
    )
