"""Message cannot be read.

What it finds: a message to be signed whose bytes are no text, or a text too long to be shown to its end.

Why it matters: what cannot be read cannot be agreed to. Some applications read such bytes as an order, a
withdrawal or a login.

What to do: sign it only where you know which application asks, and what these bytes mean to it.

Limits: a text can mean something else to a program than to you.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import Message
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.signature_request import PersonalMessage
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for a message without a text, or with more than is shown."""
    for act in subject.acts:
        intent = act.intent
        if isinstance(intent, Message) and (intent.text is None or intent.is_cut):
            what = "no text" if intent.text is None else "a text that is too long to be shown to its end"
            yield Hit(facts={"size": intent.size, "what": what}, act=act)


RULE = Rule(
    id="message.not-text",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=(),
    about=(Message,),
    message="the {size} bytes to be signed are {what}",
    advice="sign only what you can read, or what you know the meaning of",
    check=check,
    fires=(
        examples.signing(
            "two bytes that are no text",
            Message(text=None, size=2),
            content=PersonalMessage(data=b"\xff\xfe"),
        ),
    ),
    quiet=(examples.signing("a text", Message(text="hello", size=5), content=examples.MESSAGE),),
)
