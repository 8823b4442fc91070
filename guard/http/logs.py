"""The log of a served route: one JSON object a line, on standard error.

What belongs here: the shape of a line. What must not: bodies, addresses, amounts, keys.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from dataclasses import asdict
from typing import TextIO

from guard.core.text import escape_untrusted
from guard.http.observation import Observation

_log = logging.getLogger("txguard.http.requests")


class LogObserver:
    """Writes one line a request, at INFO; an answer of 500 at ERROR."""

    def observe(self, seen: Observation) -> None:
        """Write the line."""
        fields = asdict(seen)
        fields["ms"] = round(fields.pop("duration_s") * 1000, 1)
        level = logging.ERROR if seen.status == 500 else logging.INFO
        _log.log(level, "request", extra={"txguard_fields": fields})


class JsonLines(logging.Formatter):
    """One JSON object a record, in ASCII: what a text holds can neither end the line nor colour it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of one record; a traceback names places, and never values."""
        line: dict[str, object] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "event": escape_untrusted(record.getMessage()),
        }
        line.update(getattr(record, "txguard_fields", {}))
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["places"] = _places(record)
        return json.dumps(line)


def configure_logs(stream: TextIO | None = None) -> None:
    """Send the route's log to `stream`, by default standard error; called by whatever serves the route."""
    logger = logging.getLogger("txguard")
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


def _places(record: logging.LogRecord) -> list[str]:
    frames = traceback.extract_tb(record.exc_info[2] if record.exc_info else None)[-8:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames]
