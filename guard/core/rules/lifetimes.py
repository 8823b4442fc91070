"""How long what is signed holds.

What belongs here: the measure that the rules on permits, orders and signed transfers share. What must not:
what is thought of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.subject import Subject

DAY_S = 24 * 60 * 60
"""Seconds of a day."""
_CENTURY = 36_525
"""Days; a number of days above says nothing to anybody."""


def is_long(subject: Subject, end: int | None) -> bool:
    """Whether it ends later than the policy lets pass without a question; None is no end at all."""
    return end is None or end > subject.now + subject.policy.grant_days * DAY_S


def latest(ends: Iterable[int | None]) -> int | None:
    """Return the last of these ends; None, which is no end, is later than any."""
    known = tuple(ends)
    return None if None in known else max(end for end in known if end is not None)


def how_long(subject: Subject, end: int | None) -> str:
    """Return how long it holds from now on, in words, by whole days."""
    if end is None:
        return "for ever"
    days = (end - subject.now) // DAY_S
    if days < 1:
        return "for less than a day"
    return f"for {days} days" if days < _CENTURY else "for more than a century"
