"""Payload cannot be read.

What it finds: calldata or typed data that this version cannot turn into words, at any depth: an unknown
function or structure, a known one with arguments that nobody can read, or calls that are nested deeper, or
are more, than is looked at.

Why it matters: approvals, permits, claims and takeovers are all calldata. What cannot be read cannot be
called harmless. Nothing that a person does needs more calls, or calls nested deeper, than the bounds allow;
somebody who wants to hide a call does: beyond them it is refused.

What to do: find out what it does from the contract's verified source before accepting.

Limits: only functions in this version's own table are read. A selector is never looked up elsewhere, for
anybody can publish a harmless name for one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

from guard.core.intent import Unknown
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_TOO_DEEP = examples.call(
    examples.TOKEN,
    "multicall(bytes[])",
    (
        reduce(
            lambda inner, _: examples.calldata("multicall(bytes[])", (inner,)),
            range(8),
            examples.calldata("approve(address,uint256)", examples.STRANGER, 1),
        ),
    ),
)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each intent that is Unknown; refuse what is beyond the bounds of reading."""
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
                severity=Severity.BLOCK if act.intent.is_beyond_bound else None,
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
        examples.example("an approval nested nine deep, a refusal", _TOO_DEEP),
    ),
    quiet=(
        examples.example("plain ether"),
        examples.example("a token transfer", examples.token_transfer(examples.FRIEND)),
        examples.example("a creation", replace(examples.TRANSFER, to=None, data=b"\x60\x80")),
    ),
)
