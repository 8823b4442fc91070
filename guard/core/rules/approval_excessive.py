"""Approval is far above what you hold.

What it finds: an approval, at any depth, of many times what the owner holds of the token; how many times is
in the policy. One without any limit has a rule of its own.

Why it matters: what is approved beyond the need stays, and is taken when you hold more. A payment or a swap
needs its own amount and no more.

What to do: approve the amount that is needed now.

Limits: of an approval to somebody known it is only noted. Who holds nothing yet is asked about any amount. It
says nothing where the token does not tell what the owner holds.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import Approve
from guard.core.rules import examples
from guard.core.rules.given import approvals_in, comes_to, is_piece, is_unlimited
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import acquaintance_of, token_of
from guard.core.rules.spenders import hit_of
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_TOLD = examples.told(tokens={examples.TOKEN: examples.STATE})


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each approval of many times what is held, short of everything."""
    multiple = subject.policy.allowance_balance_multiple
    for right in approvals_in(subject):
        state = token_of(subject, right.token)
        held = None if state is None else state.balances.get(right.owner)
        if right.amount is None or held is None or is_piece(right, state) or is_unlimited(subject, right):
            continue
        if comes_to(right, state) >= max(held * multiple, 1):
            level = Severity.INFO if acquaintance_of(subject, right.spender) else None
            yield hit_of(subject, right, level, held=held, multiple=multiple)


RULE = Rule(
    id="approval.excessive",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=("tokens", "counterparties"),
    about=(Approve,),
    message="{spender} may take {what}: at least {multiple} times the {held} (smallest unit) that you hold",
    advice="approve the amount that is needed",
    check=check,
    thresholds=("unlimited_supply_percent", "allowance_balance_multiple"),
    fires=(
        examples.doing(
            "10,000 of a token of which you hold 1,000",
            examples.approval(amount=10**4 * examples.UNIT),
            _TOLD,
        ),
        examples.doing(
            "the same to a contact, a note",
            examples.approval(amount=10**4 * examples.UNIT),
            examples.knowing(examples.ROUTER, evidence=_TOLD),
        ),
    ),
    quiet=(
        examples.doing("100 of a token of which you hold 1,000", examples.approval(), _TOLD),
        examples.doing("everything, which another rule names", examples.approval(amount=2**200), _TOLD),
        examples.doing("a token that does not tell what you hold", examples.approval()),
    ),
)
