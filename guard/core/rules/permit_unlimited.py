"""Permit has no limit.

What it finds: a permit, signed now or handed in on the chain at any depth, for so much that it stands for
all: the largest numbers that a program can write, a permit without an amount (DAI's), or as much as the
token's whole supply (the policy says which share of it).

Why it matters: a signature costs nothing, leaves no trace until it is used, and gives the spender everything.
Permits and the like were 38 % of the losses above a million dollars in 2025.

What to do: sign for the amount that is needed now, or do not sign. What was signed and not yet used ends when
the token's nonce is used up by another permit.

Limits: a token tells its own supply; where it does not, the size of the number alone counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.amounts import MAX_UINT256
from guard.core.intent import Permit
from guard.core.rules import examples
from guard.core.rules.given import is_unlimited, permits_in
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.spenders import hit_of
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_TOLD = examples.told(tokens={examples.TOKEN: examples.STATE})


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each token of which a permit gives as much as there is."""
    return (hit_of(subject, right) for right in permits_in(subject) if is_unlimited(subject, right))


RULE = Rule(
    id="permit.unlimited",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=(),
    helped_by=("tokens",),
    about=(Permit,),
    message="the signature lets {spender} take {what}: that is all there is",
    advice="sign for the amount that is needed, or do not sign",
    check=check,
    thresholds=("unlimited_supply_percent",),
    fires=(
        examples.signing("2^256-1 of a token", examples.permit(amount=MAX_UINT256)),
        examples.signing("2^64-1 of a token of 6 decimals", examples.permit(amount=2**64 - 1), _TOLD),
        examples.doing("the same, handed in on the chain", examples.permit(amount=2**64 - 1), _TOLD),
    ),
    quiet=(
        examples.signing("100 of a token", examples.permit(), _TOLD),
        examples.signing("0, which takes a permit back", examples.permit(amount=0), _TOLD),
    ),
)
