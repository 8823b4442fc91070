"""Recipient is the zero address.

What it finds: ether, a token or a piece sent to 0x0000000000000000000000000000000000000000, at any depth, or
a call of it.

Why it matters: nobody holds its key: what arrives there is gone. It is what an empty field or a fault in a
program turns into.

What to do: give the address that was meant. To create a contract, leave the recipient out.

Limits: a token may burn on purpose by such a transfer; if that is meant, lower this rule in the policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.address import NOBODY
from guard.core.rules import examples
from guard.core.rules.moves import moved_to
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each act that calls the zero address, or moves something to it."""
    for act in subject.acts:
        if NOBODY in (act.call.to, moved_to(act.intent)):
            yield Hit(facts={"recipient": NOBODY}, counterparty=NOBODY, act=act)


RULE = Rule(
    id="recipient.zero-address",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    message="the recipient is the zero address, {recipient}: nobody holds its key",
    advice="give the address that was meant",
    check=check,
    fires=(
        examples.example("ether to the zero address", replace(examples.TRANSFER, to=NOBODY)),
        examples.example("a token to the zero address", examples.token_transfer(NOBODY)),
    ),
    quiet=(
        examples.example("ether to a contact"),
        examples.example("a creation", replace(examples.TRANSFER, to=None)),
    ),
)
