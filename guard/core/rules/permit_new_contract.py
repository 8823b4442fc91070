"""Permit for a contract that is new.

What it finds: a permit, signed now or handed in on the chain at any depth, whose spender is a contract that
had no code a few days ago; how many days is in the policy.

Why it matters: contracts that steal are made shortly before they are used, and left when they are reported.

What to do: wait, or look the contract up where the application publishes it.

Limits: a new version of an honest application is new as well. Where the node cannot look back, the age of a
stranger's contract is not known, and that is only noted.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import Permit
from guard.core.rules import examples
from guard.core.rules.given import permits_in
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.spenders import newcomers
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_NEW, _OLD = (
    examples.told(accounts={examples.ROUTER: state}, tokens={examples.TOKEN: examples.STATE})
    for state in (examples.YOUNG, examples.CONTRACT)
)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each token that a permit gives to a contract which is new, or a stranger of unknown age."""
    return newcomers(subject, permits_in(subject))


RULE = Rule(
    id="permit.new-contract",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=("accounts",),
    helped_by=("counterparties", "tokens"),
    about=(Permit,),
    message="{spender}, who could take {what}, is a contract with {age}",
    advice="look the contract up where the application publishes it, or wait",
    check=check,
    fires=(examples.signing("100 of a token to a contract of today", examples.permit(), _NEW),),
    quiet=(
        examples.signing("100 of a token to a contract that has stood for long", examples.permit(), _OLD),
    ),
)
