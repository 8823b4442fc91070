"""Approval has no limit.

What it finds: an approval, at any depth, of so much that it stands for all: the largest numbers that a
program can write, or as much as the token's whole supply (the policy says which share of it). Increases are
added up, and to what stands already.

Why it matters: the spender can take everything that you have of the token, and everything that you will ever
have, whenever it likes. Half of all phishing transactions found on the chain are approvals (PTXPhish, NDSS
2025).

What to do: approve the amount that is needed now. What stands can be taken back by approving 0.

Limits: a token tells its own supply; where it does not, the size of the number alone counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.amounts import MAX_UINT256
from guard.core.intent import Approve
from guard.core.rules import examples
from guard.core.rules.given import approvals_in, is_unlimited
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.spenders import hit_of
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_TOLD = examples.told(tokens={examples.TOKEN: examples.STATE})


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each approval of as much as there is."""
    for right in approvals_in(subject):
        if is_unlimited(subject, right):
            yield hit_of(subject, right)


RULE = Rule(
    id="approval.unlimited",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=(),
    helped_by=("tokens",),
    about=(Approve,),
    message="{spender} may take {what} from now on: that is all there is",
    advice="approve the amount that is needed; what stands is taken back by approving 0",
    check=check,
    thresholds=("unlimited_supply_percent",),
    fires=(
        examples.doing("2^256-1 of a token", examples.approval(amount=MAX_UINT256)),
        examples.doing(
            "2^64-1 of a token of 6 decimals, more than its supply",
            examples.approval(amount=2**64 - 1),
            _TOLD,
        ),
        examples.doing("the largest amount that Permit2 knows", examples.approval(amount=2**160 - 1)),
    ),
    quiet=(
        examples.doing("100 of a token", examples.approval(), _TOLD),
        examples.doing("0, which takes an approval back", examples.approval(amount=0), _TOLD),
    ),
)
