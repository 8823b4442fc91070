"""Payload is not in its usual form.

What it finds: a call that can be read, whose bytes differ from the one form that its function's arguments are
normally written in: bytes that follow, arguments that end early, unused bits that are set, offsets that lead
elsewhere, or ether sent along with a function that takes none.

Why it matters: contracts read more forms than one, and wallets and explorers may read another than the
contract does. The arguments shown here are those that the contract reads. Ordinary applications do append
bytes (a tag that tells who referred you), so that alone is noted; every other form is asked about.

What to do: ask whoever made the transaction why it is written so; do not sign what only some can read.

Limits: only calls that this version can read are compared; what cannot be read has a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_FOLLOWED = replace(
    examples.token_transfer(examples.FRIEND), data=examples.token_transfer(examples.FRIEND).data + b"ref!"
)
_CUT = replace(_FOLLOWED, data=_FOLLOWED.data[:-5])


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each call that was read and is odd; a warning unless bytes merely follow the arguments."""
    for act in subject.acts:
        for oddity in act.call.oddities:
            yield Hit(
                facts={"oddity": oddity, "selector": act.call.selector or "none", "kind": act.intent.kind},
                severity=Severity.INFO if oddity.endswith(" follow the arguments") else Severity.WARN,
                counterparty=act.call.to,
                act=act,
            )


RULE = Rule(
    id="payload.non-canonical",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=(),
    message="the payload is read as {kind}, and it is not written in the usual form: {oddity}",
    advice="ask whoever made it why it is written so",
    check=check,
    fires=(
        examples.example("a token transfer that ends one byte early", _CUT),
        examples.example("a token transfer with four bytes behind it, a note", _FOLLOWED),
        examples.example(
            "ether sent along with a token transfer",
            replace(examples.token_transfer(examples.FRIEND), value=1),
        ),
    ),
    quiet=(
        examples.example("a token transfer", examples.token_transfer(examples.FRIEND)),
        examples.example("plain ether"),
        examples.example("what cannot be read at all", replace(examples.TRANSFER, data=b"abc")),
    ),
)
