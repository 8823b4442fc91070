"""Permit whose conditions cannot be read.

What it finds: a transfer by Permit2, signed now, to which a structure of the spender's own (the witness) is
added: the order that the transfer is for.

Why it matters: the permit tells what leaves, and to whom it is entrusted. What comes back, how much and to
whom is in the witness alone, and an honest exchange carries out whatever it says there: nothing for all, or
all to somebody else.

What to do: compare amounts and receiver with what you were shown, or make the exchange by a transaction.

Limits: the witness is not read, so the honest order of an exchange that you know is asked about too.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import Permit
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_FORM = "permit2-witness-transfer"


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each transfer with a witness."""
    for act in subject.acts:
        permit = act.intent
        if isinstance(permit, Permit) and permit.form == _FORM:
            yield Hit(facts={"spender": permit.spender}, counterparty=permit.spender, act=act)


RULE = Rule(
    id="permit.witness-unread",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=(),
    message="what {spender} has to give for what it takes is in a structure that is not read here",
    advice="compare amounts and receiver with what you were shown, or make the exchange by a transaction",
    check=check,
    fires=(examples.signing("an exchange's order, signed", examples.permit(form=_FORM)),),
    quiet=(
        examples.signing("a transfer by Permit2 alone", examples.permit(form="permit2-transfer")),
        examples.example("plain ether"),
    ),
    about=(Permit,),
)
