"""Permit has expired.

What it finds: a permit that could be handed in until a moment which has passed.

Why it matters: an honest application sets a deadline that lies ahead. A dead permit in front of you is an old
one that is shown again, a test of whether you sign, or a wrong clock; and a contract that only bears the name
need not look at the deadline.

What to do: do not sign. If it came from an application that you trust, look at this machine's clock.

Limits: it knows the time of this machine alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import Permit
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each permit whose deadline has passed."""
    for act in subject.acts:
        permit = act.intent
        if isinstance(permit, Permit) and permit.deadline is not None and permit.deadline < subject.now:
            yield Hit(
                facts={
                    "spender": permit.spender,
                    "deadline": permit.deadline,
                    "seconds": subject.now - permit.deadline,
                },
                counterparty=permit.spender,
                act=act,
            )


RULE = Rule(
    id="permit.expired",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=(),
    about=(Permit,),
    message="the permit for {spender} ended {seconds} seconds ago: no application needs it",
    advice="do not sign; look at this machine's clock",
    check=check,
    fires=(examples.signing("a permit of yesterday", examples.permit(deadline=examples.NOW - examples.DAY)),),
    quiet=(
        examples.signing("a permit that ends within the hour", examples.permit()),
        examples.signing("a permit without an end", examples.permit(deadline=None)),
    ),
)
