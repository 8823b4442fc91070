"""Thirty-two bytes are signed that nobody can read.

What it finds: `eth_sign`, a message of exactly 32 bytes, and the approval of a hash on the chain.

Why it matters: such bytes may be the hash of a transaction, of a permit or of a wallet contract's call:
signing them can give away everything, and nothing shows what it is.

What to do: do not sign. Ask for what stands behind the hash, as a transaction or as structured data.

Limits: approving a hash is how some wallet contracts collect their owners' consent; if you computed the hash
yourself, lower this rule in the policy.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import Message, OpaqueHash
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_HASH = "0x" + "5c" * 32


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each hash that is signed or approved."""
    for act in subject.acts:
        if isinstance(act.intent, OpaqueHash):
            yield Hit(
                facts={"hash": act.intent.hash, "form": act.intent.form}, counterparty=act.call.to, act=act
            )


RULE = Rule(
    id="message.opaque-hash",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    about=(OpaqueHash,),
    message="{hash} ({form}) may stand for anything, a transaction included",
    advice="do not sign; ask for what stands behind the hash",
    check=check,
    fires=(
        examples.signing("eth_sign", OpaqueHash(hash=_HASH, form="eth_sign"), content=examples.HASH),
        examples.doing("approveHash of a wallet contract", OpaqueHash(hash=_HASH, form="approveHash")),
    ),
    quiet=(
        examples.signing("a text", Message(text="hello", size=5), content=examples.MESSAGE),
        examples.example("ether to a contact"),
    ),
)
