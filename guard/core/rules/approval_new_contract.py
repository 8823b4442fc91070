"""Approval to a contract that is new.

What it finds: an approval, or the right to move everything in a collection, that is given to a contract which
had no code a few days ago; how many days is in the policy.

Why it matters: contracts that steal are made shortly before they are used, and left when they are reported. A
market that is used by many has stood for long.

What to do: wait, or look the contract up where the application publishes it.

Limits: a new version of an honest application is new as well. Where the node cannot look back, the age of a
stranger's contract is not known, and that is only noted.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import Approve, ApproveAll
from guard.core.rules import examples
from guard.core.rules.given import approvals_in
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.spenders import newcomers
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_TOKENS = {examples.TOKEN: examples.STATE}
_NEW = examples.told(accounts={examples.ROUTER: examples.YOUNG}, tokens=_TOKENS)
_OLD = examples.told(accounts={examples.ROUTER: examples.CONTRACT}, tokens=_TOKENS)
_AGELESS = examples.told(accounts={examples.ROUTER: examples.AGELESS}, tokens=_TOKENS)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each right that is given to a contract which is new, or a stranger of unknown age."""
    return newcomers(subject, approvals_in(subject))


RULE = Rule(
    id="approval.new-contract",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=("accounts",),
    helped_by=("counterparties", "tokens"),
    about=(Approve, ApproveAll),
    message="{spender}, who may take {what}, is a contract with {age}",
    advice="look the contract up where the application publishes it, or wait",
    check=check,
    fires=(
        examples.doing("100 of a token to a contract of today", examples.approval(), _NEW),
        examples.doing("the same where no age is told, a note", examples.approval(), _AGELESS),
    ),
    quiet=(
        examples.doing("100 of a token to a contract that has stood for long", examples.approval(), _OLD),
        examples.doing("taking it back from a new one", examples.approval(amount=0), _NEW),
    ),
)
