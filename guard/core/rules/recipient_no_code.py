"""Calldata is sent to an account without code.

What it finds: a call to an address at which this chain has no contract.

Why it matters: a call to nothing succeeds and does nothing; the value it carries is gone, and a token that
was meant to move does not. It is what a contract's address from another chain looks like, and what an address
looks like at which a contract will appear after you looked.

What to do: check on which chain the contract lives. To send a message in calldata to a person on purpose,
lower this rule in the policy.

Limits: code is looked up at the moment of the review.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.evidence import Observed
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity

_CALL = replace(examples.TRANSFER, to=examples.TOKEN, data=bytes.fromhex("4e71d92d"))
_WITH_CODE = replace(examples.EVIDENCE, recipient_code=Observed(b"\x60\x80", "node", 100))


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when there is calldata, an account called, and no code at it."""
    call = subject.acts[0].call
    if call.to is not None and call.data_size and not observed(subject.evidence.recipient_code):
        yield Hit(facts={"recipient": call.to, "data_bytes": call.data_size}, counterparty=call.to)


RULE = Rule(
    id="recipient.no-code",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("recipient_code",),
    message="there is no contract at {recipient} on this chain to read the {data_bytes} bytes of calldata",
    advice="check on which chain the contract lives",
    check=check,
    fires=(
        examples.example("claim() to an account without code", _CALL),
        examples.example(
            "a token transfer where the token has no code", examples.token_transfer(examples.FRIEND)
        ),
    ),
    quiet=(
        examples.example("claim() to a contract", _CALL, _WITH_CODE),
        examples.example("plain ether to an account without code"),
    ),
)
