"""What one look at one part came to, and many looks at once under one deadline.

What belongs here: the values, and the waiting. What must not: what is looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias, cast

from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.errors import ConfigurationError, GuardError, MissingExtra, OutsideError
from guard.gather import Failed, Late, gather

GRACE_S = 0.5
"""What a look gets beyond the deadline to say itself that it was late, seconds."""

_REACH = "see that it runs, and that it can be reached from here"


class Result(Enum):
    """How a part is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one look came to."""

    part: str
    """What was looked at, in a word or two."""
    result: Result
    """How it is."""
    said: str
    """One sentence that says why; holds no address of a node, and outside text escaped."""
    advice: str = ""
    """What to do about it; empty where nothing is to be done."""
    is_configuration: bool = False
    """Whether what failed is a setting, or a file of settings."""
    elapsed_s: float = 0.0
    """How long the look took, seconds."""


Look: TypeAlias = Callable[[Deadline], Sequence[Check]]
"""Looks at one part by a deadline; what it raises is a failure of that part."""


def examine(looks: Sequence[tuple[str, Look]], deadline: Deadline) -> tuple[Check, ...]:
    """Take every look, named by its part, at once, and return what they came to, in their order."""
    total = deadline.remaining()
    timed = {part: _timed(part, look, deadline) for part, look in looks}
    answers = gather(timed, Deadline(deadline.expires_at + GRACE_S))
    return tuple(check for part, answer in answers.items() for check in _checks(part, answer, total))


def _timed(part: str, look: Look, deadline: Deadline) -> Callable[[], object]:
    def take() -> tuple[Sequence[Check], float]:
        started = time.monotonic()
        try:
            checks = look(deadline)
        except GuardError as error:
            checks = (failure(part, error),)
        return checks, time.monotonic() - started

    return take


def _checks(part: str, answer: object | Failed | Late, total_s: float) -> Iterator[Check]:
    if isinstance(answer, Late):
        yield Check(
            part=part,
            result=Result.FAIL,
            said=f"it gave no answer within {total_s:.3g} s",
            advice=_REACH,
            elapsed_s=total_s,
        )
    elif isinstance(answer, Failed):
        yield Check(
            part=part,
            result=Result.FAIL,
            said=f"looking at it failed in an unexpected way ({type(answer.error).__name__})",
            advice="this is a fault of txguard: please report it with this line",
        )
    else:
        checks, elapsed_s = cast(tuple[Sequence[Check], float], answer)
        for check in checks:
            yield replace(check, elapsed_s=elapsed_s)


def failure(part: str, error: GuardError) -> Check:
    """Return the check of a part whose look raised, in the error's own words."""
    return Check(
        part=part,
        result=Result.FAIL,
        said=error.message,
        advice=error.hint or _REACH if isinstance(error, OutsideError) else error.hint,
        is_configuration=isinstance(error, ConfigurationError | MissingExtra),
    )


def shown_path(path: object) -> str:
    """Return a path as it is told."""
    return escape_untrusted(str(path), limit=200)
