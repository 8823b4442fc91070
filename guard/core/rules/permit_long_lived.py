"""Permit or approval that stays open for long.

What it finds: a permit that can be handed in, or an allowance of Permit2 that holds, for more days than the
policy gives, or for ever.

Why it matters: a thief waits until there is more to take, and by then nobody remembers the signature. An
honest application hands a permit in within minutes.

What to do: sign with a deadline of today. What was given through Permit2 is taken back by its `lockdown`.

Limits: an ordinary approval never ends, which is how the standard made it; this rule does not speak of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.address import Address
from guard.core.intent import Approve, Grant, Intent, Permit
from guard.core.rules import examples
from guard.core.rules.lifetimes import how_long, is_long, latest
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_LASTING = Grant(token=examples.TOKEN, amount=5, expires_at=examples.NOW + 400 * examples.DAY)
_AT_ONCE = "permit2-transfer"
"""A permit that is one pull: it leaves no allowance behind."""


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each permit, and each approval through Permit2, of which one end is far away."""
    for act in subject.acts_of(Permit, Approve):
        spender, ends = _ends(act.intent)
        if any(is_long(subject, end) for end in ends):
            end = latest(ends)
            yield Hit(
                facts={
                    "spender": spender,
                    "how_long": how_long(subject, end),
                    "ends_at": end,
                    "limit_days": subject.policy.grant_days,
                },
                counterparty=spender,
                act=act,
            )


def _ends(intent: Intent) -> tuple[Address | None, tuple[int | None, ...]]:
    """Return the spender, and the moments at which what is given ends by its own words."""
    match intent:
        case Permit(form=form, grants=grants) if any(grant.amount for grant in grants):
            # Only Permit2 gives allowances an end; elsewhere None says no more than that there is none.
            given = () if not form.startswith("permit2") or form == _AT_ONCE else grants
            return intent.spender, (intent.deadline, *(grant.expires_at for grant in given))
        case Approve(form="permit2-approve") if intent.amount:
            return intent.spender, (intent.expires_at,)
        case _:
            return None, ()


RULE = Rule(
    id="permit.long-lived",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=(),
    about=(Permit, Approve),
    message="what {spender} is given holds {how_long}; the policy lets {limit_days} days pass",
    advice="sign with a deadline of today",
    check=check,
    thresholds=("grant_days",),
    fires=(
        examples.signing("a permit that can be handed in for ever", examples.permit(deadline=None)),
        examples.signing(
            "an allowance of Permit2 for 400 days", examples.permit(grants=(_LASTING,), form="permit2")
        ),
        examples.doing(
            "the same, by an approval",
            examples.approval(form="permit2-approve", expires_at=_LASTING.expires_at),
        ),
    ),
    quiet=(
        examples.signing("a permit that ends within the hour", examples.permit()),
        examples.doing("an ordinary approval, which has no end", examples.approval()),
        examples.signing("taking a permit back", examples.permit(amount=0, deadline=None)),
    ),
)
