"""Ether goes to a contract that you do not know.

What it finds: a call, plain transfers apart, that carries ether to a contract which is neither a contact nor
paid before.

Why it matters: what the contract does with the ether is in its code, which nobody here has read; and nearly
every loss begins with a contract that was not known. Up to the policy's limit for strangers it is noted,
above it a person is asked.

What to do: compare the contract's address with the application's own documentation; then add it to the
contacts.

Limits: what the call is named says nothing of what it does.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.amounts import format_ether
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each transaction that pays a contract that is not known while calling it."""
    known = subject.known()
    limit = subject.policy.stranger_limit_wei
    for transaction in subject.transactions:
        if not transaction.value or not transaction.data or transaction.to is None or transaction.to in known:
            continue
        yield Hit(
            facts={
                "contract": transaction.to,
                "amount": format_ether(transaction.value),
                "amount_wei": transaction.value,
                "limit": format_ether(limit),
                "limit_wei": limit,
            },
            severity=Severity.WARN if transaction.value > limit else Severity.INFO,
            counterparty=transaction.to,
        )


RULE = Rule(
    id="call.value-to-stranger",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=("counterparties",),
    message="{amount} would go along with a call of {contract}; the limit for strangers is {limit}",
    advice="compare the contract's address with its application's own documentation",
    check=check,
    thresholds=("stranger_limit_wei",),
    fires=(
        examples.example(
            "a call with 1 ether", examples.call(examples.STRANGER, "deposit()", value=examples.ETHER)
        ),
        examples.example(
            "a call with 0.01 ether, a note",
            examples.call(examples.STRANGER, "deposit()", value=examples.ETHER // 100),
        ),
    ),
    quiet=(
        examples.example(
            "a call with 1 ether of a contact",
            examples.call(examples.FRIEND, "deposit()", value=examples.ETHER),
        ),
        examples.example("a call without ether", examples.call(examples.STRANGER, "deposit()")),
        examples.example("plain ether"),
    ),
)
