"""Somebody involved is an exchange.

What it finds: an address that is called, paid or given a right, and that one of your lists holds for an
exchange.

Why it matters: an exchange credits only deposits to the address that it gave you, in the tokens that it
lists; what is sent to another address of it, or in another token, may be lost.

What to do: take the deposit address from your account at the exchange, for this token and this chain.

Limits: lists do not say which tokens an exchange takes, or which of its addresses are for deposits.
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
    standing=Standing.EXCHANGE,
    label="Exchange 14",
    source="addresses.csv",
    as_of=examples.NOW - 3 * examples.DAY,
)
_LISTED = examples.told(listings={examples.FRIEND: (_LINE,)})


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each line of a list that says so of somebody involved."""
    return listed(subject, Standing.EXCHANGE)


RULE = Rule(
    id="listing.exchange",
    documentation=__doc__,
    severity=Severity.INFO,
    confidence=Confidence.MEDIUM,
    needs=("listings",),
    message="{address} belongs to an exchange, by the list {list} ({label}), as of {days} days ago",
    advice="take the deposit address from your account at the exchange, for this token and this chain",
    check=check,
    fires=(
        examples.example("a token to an exchange", examples.token_transfer(examples.FRIEND), _LISTED),
        examples.example("ether to it", evidence=_LISTED),
    ),
    quiet=(examples.example("nobody is listed"),),
)
