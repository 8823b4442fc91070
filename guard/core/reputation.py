"""What lists say of an address.

What belongs here: a listing as a value. What must not: where lists are kept, or what one does to a decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Standing(Enum):
    """What a listing says of an address."""

    MALICIOUS = "malicious"
    """Phishing, scam, drainer, hack, sanctioned."""
    SUSPICIOUS = "suspicious"
    """Reported, and not established."""
    EXCHANGE = "exchange"
    """An exchange's address."""
    KNOWN = "known"
    """A labelled contract or account of no ill repute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One line of one list."""

    list_name: str
    """The user's name for the list."""
    standing: Standing
    """What it says."""
    label: str
    """The source's own label, escaped, at most 80 characters; empty where it gives none."""
    source: str
    """The file or address that it came from, escaped."""
    as_of: int
    """Unix seconds at which the list was imported or updated."""
