"""Order can be taken by one person alone.

What it finds: an order of yours that names who may take it, and names somebody that you do not know.

Why it matters: a sale to one named buyer is a private one: nobody else can pay more, and it is how thieves
make sure that the piece comes to them.

What to do: if you agreed on a private sale, compare the whole address with the buyer's. Otherwise do not
sign.

Limits: an order without a taker can be taken by anybody, which is no better.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.intent import Order
from guard.core.rules import examples
from guard.core.rules.offers import LISTING, offers_of
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_PRIVATE = replace(LISTING, taker=examples.STRANGER)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each order of the user's with a taker who is not known."""
    known = subject.known()
    for act, order in offers_of(subject):
        if order.taker is not None and order.taker not in known:
            yield Hit(facts={"taker": order.taker, "form": order.form}, counterparty=order.taker, act=act)


RULE = Rule(
    id="order.named-taker",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=("counterparties",),
    about=(Order,),
    message="only {taker}, whom you do not know, may take the order ({form})",
    advice="do not sign; for a private sale, compare the whole address with the buyer's",
    check=check,
    fires=(examples.signing("a sale to a stranger alone", _PRIVATE),),
    quiet=(
        examples.signing("a sale to anybody", LISTING),
        examples.signing("a sale to a contact", _PRIVATE, examples.knowing(examples.STRANGER)),
    ),
)
