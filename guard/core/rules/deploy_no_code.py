"""Contract is created without code.

What it finds: a transaction without a recipient and without creation code.

Why it matters: it creates an account with nothing in it, at an address for which nobody has a key. Value sent
along is gone. It is what a forgotten recipient looks like.

What to do: name the recipient, or give the creation code.

Limits: says nothing about code that is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.amounts import format_ether
from guard.core.intent import Deploy
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for a creation whose code is empty."""
    intent = subject.intent
    if isinstance(intent, Deploy) and intent.code_size == 0:
        yield Hit(facts={"amount": format_ether(intent.value), "amount_wei": intent.value})


RULE = Rule(
    id="deploy.no-code",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    message="there is no recipient and no creation code: {amount} would go to an account without a key",
    advice="name the recipient, or give the creation code",
    check=check,
    fires=(
        examples.example("value without recipient and data", replace(examples.TRANSFER, to=None)),
        examples.example("the same without value", replace(examples.TRANSFER, to=None, value=0)),
    ),
    quiet=(
        examples.example("a creation with code", replace(examples.TRANSFER, to=None, data=b"\x60\x80")),
        examples.example("a plain transfer"),
    ),
)
