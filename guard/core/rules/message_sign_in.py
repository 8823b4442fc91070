"""Message signs you in to a site.

What it finds: a sign-in message (EIP-4361), with the site that it names; one for another chain than the one
you are on asks.

Why it matters: a false page passes on the true site's message, and is then signed in there as you. Only you
can see which page asked.

What to do: compare the site's name in the message with the address of the page.

Limits: the guard sees the message and not the page that asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.intent import Message
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.signed_for import active_chain
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_SIGN_IN = Message(text="example.org wants you to sign in", size=32, domain="example.org", chain_id=1)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each sign-in message; for the chain one is on, it is a note."""
    for act in subject.acts:
        message = act.intent
        if isinstance(message, Message) and message.domain is not None:
            active = active_chain(subject)
            is_other = None not in (message.chain_id, active) and message.chain_id != active
            yield Hit(
                facts={
                    "domain": message.domain,
                    "chain": message.chain_id,
                    "active_chain": active,
                    "where": f" on chain {message.chain_id}, and you are on {active}" if is_other else "",
                },
                severity=Severity.WARN if is_other else None,
                act=act,
            )


RULE = Rule(
    id="message.sign-in",
    documentation=__doc__,
    severity=Severity.INFO,
    confidence=Confidence.HIGH,
    needs=(),
    helped_by=("chain_id",),
    about=(Message,),
    message="this signs you in to {domain}{where}",
    advice="compare the name with the address of the page that asks",
    check=check,
    fires=(
        examples.signing("a sign-in, a note", _SIGN_IN, content=examples.MESSAGE),
        examples.signing(
            "a sign-in on another chain", replace(_SIGN_IN, chain_id=56), content=examples.MESSAGE
        ),
    ),
    quiet=(examples.signing("a text", Message(text="hello", size=5), content=examples.MESSAGE),),
)
