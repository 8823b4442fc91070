"""Ether goes along with a name that takers use.

What it finds: ether sent along with a function that moves nothing by itself and is called what drainers call
theirs: `claim()`, `securityUpdate()`, `connect()` and their like, in a contract that is no contact;
one that you paid before is asked about.

Why it matters: the name is all that a wallet used to show. A claim gives; it has no use for your ether.

What to do: do not sign. If a contract honestly asks for ether under such a name, add it to the contacts.

Limits: any name can be chosen; these are the ones counted most often (PTXPhish, NDSS 2025). Without ether,
such a call can still use rights that you gave earlier: `simulation.hidden-loss` looks for that.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.amounts import format_ether
from guard.core.intent import Invoke
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import is_trusted
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each such call that carries ether to a contract that is not known."""
    for act in subject.acts:
        intent, call = act.intent, act.call
        if not isinstance(intent, Invoke) or not intent.is_bait or call.to is None:
            continue
        if call.value and not is_trusted(subject, call.to):
            yield Hit(
                facts={
                    "function": intent.function,
                    "contract": call.to,
                    "amount": format_ether(call.value),
                    "amount_wei": call.value,
                },
                severity=Severity.WARN if call.to in subject.known() else None,
                counterparty=call.to,
                act=act,
            )


RULE = Rule(
    id="call.bait",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("counterparties",),
    message="{amount} would go along with {function} to {contract}: a claim has no use for your ether",
    advice="do not sign",
    check=check,
    fires=(
        examples.example(
            "claim() with 0.1 ether",
            examples.call(examples.STRANGER, "claim()", value=examples.ETHER // 10),
        ),
    ),
    quiet=(
        examples.example("claim() without ether", examples.call(examples.STRANGER, "claim()")),
        examples.example(
            "claim() with ether in a contract that is a contact",
            examples.call(examples.FRIEND, "claim()", value=1),
        ),
        examples.example("plain ether"),
    ),
    about=(Invoke,),
)
