"""Permit for a spender that you do not know.

What it finds: a permit of any amount, signed now or handed in on the chain at any depth, for somebody who is
no contact and no account of yours, whether you paid them before or not.

Why it matters: whoever holds the signature takes the tokens at a time of his choosing; you pay nothing, send
nothing, and see nothing.

What to do: look the spender up where the application publishes its contracts, not on the page that asks; then
add it to the contacts.

Limits: an application that you used with another wallet looks new here.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import Permit
from guard.core.rules import examples
from guard.core.rules.given import permits_in
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.spenders import strangers
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each token that a permit gives to somebody who is not known."""
    return strangers(subject, permits_in(subject))


RULE = Rule(
    id="permit.unknown-spender",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=("counterparties",),
    helped_by=("tokens",),
    about=(Permit,),
    message="the signature lets {spender}, whom you do not know, take {what}",
    advice="look the spender up where the application publishes its contracts, then add it to the contacts",
    check=check,
    fires=(examples.signing("100 of a token to a contract never used", examples.permit()),),
    quiet=(
        examples.signing("100 of a token to a contact", examples.permit(), examples.knowing(examples.ROUTER)),
        examples.signing("0, which takes a permit back", examples.permit(amount=0)),
    ),
)
