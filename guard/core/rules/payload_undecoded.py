"""Payload cannot be read.

What it finds: calldata that this version cannot turn into words: an unknown function, or a known one in a
form that is not canonical.

Why it matters: approvals, permits, claims and takeovers are all calldata. What cannot be read cannot be
called harmless.

What to do: find out what the call does from the contract's verified source before accepting.

Limits: this version reads transfer and transferFrom of ERC-20 tokens; everything else is named unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.intent import Unknown
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for an intent that is Unknown."""
    for act in subject.acts:
        if isinstance(act.intent, Unknown):
            yield Hit(
                facts={
                    "reason": act.intent.reason,
                    "selector": act.intent.selector or "none",
                    "data_bytes": act.call.data_size,
                },
                counterparty=act.call.to,
                act=act,
            )


RULE = Rule(
    id="payload.undecoded",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=(),
    message="the payload cannot be read: {reason} (selector {selector}, {data_bytes} bytes)",
    advice="find out what the call does before accepting",
    check=check,
    fires=(
        examples.example(
            "a function that this version does not read",
            replace(
                examples.TRANSFER, to=examples.TOKEN, value=0, data=bytes.fromhex("deadbeef") + bytes(64)
            ),
        ),
        examples.example("three bytes", replace(examples.TRANSFER, data=b"abc")),
    ),
    quiet=(
        examples.example("plain ether"),
        examples.example("a token transfer", examples.token_transfer(examples.FRIEND)),
        examples.example("a creation", replace(examples.TRANSFER, to=None, data=b"\x60\x80")),
    ),
)
