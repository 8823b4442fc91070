"""Somebody involved is on a list of attackers.

What it finds: an address that is called, paid, given a right, or otherwise takes part, and that one of your
lists holds for phishing, fraud, theft or a sanction.

Why it matters: what others lost to an address is the best sign of what it will do next.

What to do: do not sign. If the listing is wrong, ask the list to take it out, or add an allow entry to the
policy.

Limits: a list knows what was reported before it was fetched; the finding says how old it is.
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
    standing=Standing.MALICIOUS,
    label="Fake_Phishing1",
    source="addresses.csv",
    as_of=examples.NOW - 3 * examples.DAY,
)
_LISTED = examples.told(listings={examples.FRIEND: (_LINE,)})


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each line of a list that says so of somebody involved."""
    return listed(subject, Standing.MALICIOUS)


RULE = Rule(
    id="listing.malicious",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("listings",),
    message="{address} is on the list {list} ({label}), as of {days} days ago",
    advice="do not sign; if the listing is wrong, allow the address in the policy",
    check=check,
    fires=(
        examples.example("a token to a listed thief", examples.token_transfer(examples.FRIEND), _LISTED),
        examples.example("ether to it", evidence=_LISTED),
    ),
    quiet=(examples.example("nobody is listed"),),
)
