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
from guard.core.rules.rule import Hit, Rule, Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for an intent that is Unknown."""
    if isinstance(subject.intent, Unknown):
        yield Hit(
            facts={
                "reason": subject.intent.reason,
                "selector": subject.intent.selector or "none",
                "data_bytes": len(subject.request.data),
            }
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
            "approve, which this version does not read",
            replace(
                examples.TRANSFER, to=examples.TOKEN, value=0, data=bytes.fromhex("095ea7b3") + bytes(64)
            ),
        ),
        examples.example("three bytes", replace(examples.TRANSFER, data=b"abc")),
        examples.example(
            "a token transfer that also carries ether",
            replace(examples.token_transfer(examples.FRIEND), value=1),
        ),
    ),
    quiet=(
        examples.example("plain ether"),
        examples.example("a token transfer", examples.token_transfer(examples.FRIEND)),
        examples.example("a creation", replace(examples.TRANSFER, to=None, data=b"\x60\x80")),
    ),
)
