"""Approval that carries ether.

What it finds: a call that gives or takes back an approval, an operator or a permit, at any depth, and sends
ether along.

Why it matters: no token takes ether for an approval: the honest call would fail. A contract that takes it
only bears the function's name and keeps the ether.

What to do: do not sign; look the contract up where the application publishes it.

Limits: a wrapper that carries ether for other calls inside of it is not meant here, nor is an exchange that
hands in a permit for itself (`selfPermit`) as one of several calls with the same ether.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.act import Act
from guard.core.amounts import format_ether
from guard.core.intent import Approve, ApproveAll, Permit
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each call about a right over tokens that has a value."""
    for act in subject.acts_of(Approve, ApproveAll, Permit):
        if act.call.value and not _is_own_part(act):
            yield Hit(
                facts={
                    "contract": act.call.to,
                    "value": format_ether(act.call.value),
                    "value_wei": act.call.value,
                },
                counterparty=act.call.to,
                act=act,
            )


def _is_own_part(act: Act) -> bool:
    """Whether an exchange hands in a permit for itself, in a multicall whose other parts take the ether."""
    return isinstance(act.intent, Permit) and act.is_nested and act.intent.spender == act.call.to


RULE = Rule(
    id="approval.carries-value",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    about=(Approve, ApproveAll, Permit),
    message="the call is about an approval, and sends {value} to {contract}: no token takes ether for that",
    advice="do not sign",
    check=check,
    fires=(
        examples.doing(
            "an approval that sends 1 ether", examples.call_doing(examples.approval(), value=examples.ETHER)
        ),
    ),
    quiet=(examples.doing("an approval without ether", examples.approval()),),
)
