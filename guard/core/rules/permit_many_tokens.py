"""One permit gives several tokens.

What it finds: a permit over more than one token, signed now or handed in on the chain.

Why it matters: a thief has one signature, and puts everything of worth that you hold into it. A swap gives
one token, and liquidity two.

What to do: look at each token. Sign for those that the application needs, and for no others.

Limits: two tokens are only noted.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.address import Address
from guard.core.intent import Grant, Permit
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_PAIR = 2
_GRANTS = tuple(
    Grant(token=token, amount=5, expires_at=examples.NOW + examples.DAY)
    for token in (examples.TOKEN, examples.ROUTER, Address.from_bytes(b"\x77" * 20))
)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each permit over several tokens; a pair is a note."""
    for act in subject.acts:
        permit = act.intent
        if not isinstance(permit, Permit):
            continue
        tokens = tuple(sorted({grant.token for grant in permit.grants if grant.amount}))
        if len(tokens) >= _PAIR:
            yield Hit(
                facts={"spender": permit.spender, "count": len(tokens), "tokens": tokens},
                severity=Severity.INFO if len(tokens) == _PAIR else None,
                counterparty=permit.spender,
                act=act,
            )


RULE = Rule(
    id="permit.many-tokens",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=(),
    about=(Permit,),
    message="one signature lets {spender} take {count} different tokens",
    advice="look at each token; sign for those that the application needs",
    check=check,
    fires=(
        examples.signing("three tokens at once", examples.permit(grants=_GRANTS, form="permit2")),
        examples.signing("a pair, a note", examples.permit(grants=_GRANTS[:2], form="permit2")),
    ),
    quiet=(examples.signing("one token", examples.permit()),),
)
