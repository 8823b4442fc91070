"""Order holds something out of the ordinary.

What it finds: an order of yours with parts that honest pages leave alone, such as a counter, a zone or a
channel of another than the market.

Why it matters: such a part can make the order valid where it should not be, or let somebody else decide who
may take it.

What to do: sign orders on the market's own page, and none that comes from elsewhere.

Limits: it is only noted, for markets restrict some of their own orders by such parts. What is out of the
ordinary is told by the reading of each market's orders; a new part that a market begins to use looks unusual
at first.
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


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each order of the user's in which the reading found something unusual."""
    for act, order in offers_of(subject):
        if order.unusual:
            yield Hit(
                facts={"form": order.form, "parts": "; ".join(order.unusual)},
                counterparty=order.market,
                act=act,
            )


RULE = Rule(
    id="order.unusual",
    documentation=__doc__,
    severity=Severity.INFO,
    confidence=Confidence.LOW,
    needs=(),
    about=(Order,),
    message="the order ({form}) is out of the ordinary: {parts}",
    advice="sign orders on the market's own page",
    check=check,
    fires=(
        examples.signing("a zone of its own", replace(LISTING, unusual=("a zone decides who may take it",))),
    ),
    quiet=(examples.signing("an ordinary order", LISTING),),
)
