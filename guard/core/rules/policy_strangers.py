"""Somebody takes part whom the policy does not know.

What it finds: under a policy with `strangers = "warn"` or `"block"`, an address that is called, paid or given
a right to, at any depth, and that is no contact, no account of yours, and was not paid before.

Why it matters: a program that pays by itself should pay whom it was told to, and nobody else. Whatever
deceives it must first get into the contacts, which it cannot write.

What to do: add whom you mean to the contacts, by a way that the program does not control.

Limits: it looks at addresses, not at what is done with them; other rules do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.policy import Policy
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each party that is not known, where the policy asks for known ones."""
    if subject.policy.strangers is Severity.INFO:
        return
    known = subject.known()
    for address in subject.involved:
        if address not in known:
            yield Hit(facts={"address": address}, severity=subject.policy.strangers, counterparty=address)


_STRICT = Policy(strangers=Severity.BLOCK)

RULE = Rule(
    id="policy.strangers",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("counterparties",),
    message="{address} takes part and is not known, and this policy wants only known ones",
    advice="add it to the contacts if you mean it",
    check=check,
    fires=(
        examples.example(
            "ether to a stranger under a strict policy",
            replace(examples.TRANSFER, to=examples.STRANGER, value=1),
            policy=_STRICT,
        ),
        examples.example(
            "a token that is not known, to a contact",
            examples.token_transfer(examples.FRIEND),
            policy=Policy(strangers=Severity.WARN),
        ),
    ),
    quiet=(
        examples.example("ether to a contact under a strict policy", policy=_STRICT),
        examples.example(
            "ether to a stranger under the default policy",
            replace(examples.TRANSFER, to=examples.STRANGER, value=1),
        ),
    ),
)
