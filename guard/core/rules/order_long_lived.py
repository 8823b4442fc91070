"""Order stays open for long.

What it finds: an order of yours that can be taken for more days than the policy gives, or for ever.

Why it matters: a price that is fair today is a gift when the market has risen; old orders that their owners
had forgotten have been taken at old prices. False pages ask for decades.

What to do: let orders end within days, and cancel those that you no longer want.

Limits: it says nothing about the price.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.intent import Order
from guard.core.rules import examples
from guard.core.rules.lifetimes import how_long, is_long
from guard.core.rules.offers import LISTING, offers_of
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each order of the user's whose end is far away."""
    for act, order in offers_of(subject):
        if is_long(subject, order.expires_at):
            yield Hit(
                facts={
                    "form": order.form,
                    "how_long": how_long(subject, order.expires_at),
                    "ends_at": order.expires_at,
                    "limit_days": subject.policy.grant_days,
                },
                counterparty=order.market,
                act=act,
            )


RULE = Rule(
    id="order.long-lived",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=(),
    about=(Order,),
    message="the order ({form}) can be taken {how_long}; the policy lets {limit_days} days pass",
    advice="let the order end within days",
    check=check,
    thresholds=("grant_days",),
    fires=(
        examples.signing("an order for ever", replace(LISTING, expires_at=None)),
        examples.signing(
            "an order for thirty years", replace(LISTING, expires_at=examples.NOW + 11_000 * examples.DAY)
        ),
    ),
    quiet=(
        examples.signing("an order for a week", LISTING),
        examples.doing(
            "taking somebody else's", replace(LISTING, offerer=examples.STRANGER, expires_at=None)
        ),
    ),
)
