"""Somebody involved is on a list of suspects.

What it finds: an address that is called, paid, given a right, or otherwise takes part, and that one of your
lists holds for reported, but not for established.

Why it matters: a report is often the first sign of an attack, and sometimes a mistake.

What to do: look the address up before you sign.

Limits: a report may be false; the finding says who made it and how old the list is.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.reputation import Listing, Standing
from guard.core.rules import examples
from guard.core.rules.listed import listed
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_LINE = Listing(
    list_name="community",
    standing=Standing.SUSPICIOUS,
    label="reported",
    source="addresses.csv",
    as_of=examples.NOW - 3 * examples.DAY,
)
_LISTED = examples.told(listings={examples.FRIEND: (_LINE,)})


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each line of a list that says so of somebody involved."""
    return listed(subject, Standing.SUSPICIOUS)


RULE = Rule(
    id="listing.suspicious",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=("listings",),
    message="{address} was reported, by the list {list} ({label}), as of {days} days ago",
    advice="look the address up before you sign",
    check=check,
    fires=(
        examples.example("a token to a reported address", examples.token_transfer(examples.FRIEND), _LISTED),
        examples.example("ether to it", evidence=_LISTED),
    ),
    quiet=(examples.example("nobody is listed"),),
)
