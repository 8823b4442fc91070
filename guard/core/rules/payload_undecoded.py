"""Payload cannot be read.

What it finds: calldata or typed data that this version cannot turn into words: an unknown function or
structure, or a known one in a form that is not canonical.

Why it matters: approvals, permits, claims and takeovers are all calldata. What cannot be read cannot be
called harmless.

What to do: find out what it does from the contract's verified source before accepting.

Limits: most contracts have functions of their own, and most of these are harmless: they are asked about too.
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
            selector, size = act.intent.selector or "none", act.call.data_size
            yield Hit(
                facts={
                    "reason": act.intent.reason,
                    "selector": selector,
                    "data_bytes": size,
                    # A structure that is signed has neither.
                    "extent": f" (selector {selector}, {size} bytes)" if size else "",
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
    message="the payload cannot be read: {reason}{extent}",
    advice="find out what it does before accepting",
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
