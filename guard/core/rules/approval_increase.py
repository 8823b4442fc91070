"""Approval that is added to the one before.

What it finds: `increaseAllowance` and its like, at any depth.

Why it matters: the number shown is not what may be taken afterwards: what stands is added to it. Thieves use
it because fewer wallets know it than `approve`.

What to do: look at the whole. Where only the difference is needed, approve the whole amount with `approve`.

Limits: of a spender that is a contact it is only noted. What stands is known only where the token tells it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.intent import AllowanceChange, Approve
from guard.core.rules import examples
from guard.core.rules.given import approvals_in
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import is_trusted
from guard.core.rules.spenders import hit_of
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_INCREASE = examples.approval(change=AllowanceChange.INCREASE, form="increase")
_TOLD = examples.told(
    tokens={
        examples.TOKEN: replace(
            examples.STATE, allowances={(examples.SENDER, examples.ROUTER): 900 * examples.UNIT}
        )
    }
)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each allowance that is raised by a difference; a known spender's is a note."""
    for right in approvals_in(subject):
        if right.is_increase:
            yield hit_of(subject, right, Severity.INFO if is_trusted(subject, right.spender) else None)


RULE = Rule(
    id="approval.increase",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=(),
    helped_by=("counterparties", "tokens"),
    about=(Approve,),
    message="what {spender} may take is raised, to {what} as far as is known",
    advice="look at the whole that may be taken afterwards",
    check=check,
    fires=(
        examples.doing("100 more to a stranger, who could take 900 before", _INCREASE, _TOLD),
        examples.doing("100 more to a contact, a note", _INCREASE, examples.knowing(examples.ROUTER)),
    ),
    quiet=(
        examples.doing("a new approval of 100", examples.approval()),
        examples.doing(
            "100 less", replace(_INCREASE, change=AllowanceChange.DECREASE, form="decrease"), _TOLD
        ),
    ),
)
