"""Somebody else would receive what you swap for.

What it finds: a swap whose proceeds go to an address that is neither the one who swaps, nor another account
of yours, nor the venue itself.

Why it matters: a page that is hijacked, or only looks like the exchange, shows the right amounts and changes
the receiver alone.

What to do: do not sign, unless you mean to swap for somebody. A contact is noted, somebody whom you only
paid before is asked about, anybody else is refused.

Limits: what the venue does with what it receives is not seen here; the simulation shows it.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.evidence import Acquaintance
from guard.core.intent import Swap
from guard.core.request import TransactionRequest
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each swap that pays a stranger; a note where it pays somebody known."""
    known = subject.known()
    for act in subject.acts:
        intent = act.intent
        # A venue may keep what a later step of the same route pays out; that step is looked at for itself.
        if not isinstance(intent, Swap) or intent.recipient in (act.call.actor, intent.venue, subject.called):
            continue
        party = known.get(intent.recipient)
        if party is None or party.acquaintance is not Acquaintance.OWN_ACCOUNT:
            yield Hit(
                facts={"recipient": intent.recipient, "venue": intent.venue or "the venue"},
                severity=Severity.BLOCK if party is None else _LEVELS[party.acquaintance],
                counterparty=intent.recipient,
                act=act,
            )


_LEVELS = {Acquaintance.PAID_BEFORE: Severity.WARN, Acquaintance.CONTACT: Severity.INFO}

_SWAP = "swapExactETHForTokens(uint256,address[],address,uint256)"


def _swapping(recipient: object) -> TransactionRequest:
    path = (examples.STRANGER, examples.TOKEN)
    return examples.call(
        examples.ROUTER, _SWAP, 10**6, path, recipient, examples.NOW + 600, value=examples.ETHER // 10
    )


RULE = Rule(
    id="swap.recipient",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("counterparties",),
    message="what is swapped for at {venue} would go to {recipient}, not to you",
    advice="do not sign, unless you mean to swap for them",
    check=check,
    fires=(
        examples.example("a swap that pays a stranger", _swapping(examples.STRANGER)),
        examples.example("a swap that pays a contact, a note", _swapping(examples.FRIEND)),
    ),
    quiet=(
        examples.example("a swap that pays the sender", _swapping(examples.SENDER)),
        examples.example("plain ether"),
    ),
    about=(Swap,),
)
