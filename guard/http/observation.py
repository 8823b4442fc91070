"""What an answered request looked like from outside: what logs and metrics are made of.

What belongs here: words from closed sets, and numbers. What must not: bodies, addresses, keys, raw paths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One answered request."""

    request_id: str
    """The route's number of it."""
    method: str
    """GET, HEAD, OPTIONS, POST, or `other`."""
    route: str
    """The route that took it, such as `/api/predict`; `none` where there is none."""
    status: int
    """The HTTP status."""
    code: str | None
    """The problem's code; None for an answer that is no problem."""
    duration_s: float
    """From the first look at it to the finished answer, seconds."""
    prediction: str | None
    """The word of the answer: Fraud, Suspicious, Safe or Abstained; None for no answer."""
    source: str | None
    """Where the answer came from: external, embedded or cache; None for no answer."""


class Observer(Protocol):
    """Is told of each answered request."""

    def observe(self, seen: Observation) -> None:
        """Take note of one; what it raises is logged and changes no answer."""
        ...
