"""Structured data for another chain.

What it finds: structured data whose domain names another chain than the one you are on.

Why it matters: the signature is used where you are not looking. A permit or an order for a chain on which you
hold more is asked for on one where you hold nothing.

What to do: change to the chain in question, and sign there what you can then see.

Limits: data without a chain holds on every chain, and has a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.signed_for import active_chain, structured
from guard.core.subject import Subject
from guard.core.typed_data import TypedData
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when the domain's chain and the active one are told, and differ."""
    data, active = structured(subject), active_chain(subject)
    chain = None if data is None else data.domain.chain_id
    if chain is not None and active is not None and chain != active:
        yield Hit(facts={"chain": chain, "active_chain": active})


RULE = Rule(
    id="typed.chain",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    helped_by=("chain_id",),
    about=(TypedData,),
    message="what would be signed holds on chain {chain}, and you are on chain {active_chain}",
    advice="change to that chain, and sign there what you can then see",
    check=check,
    fires=(
        examples.signing(
            "a permit for another chain", examples.permit(), content=examples.typed(chain_id=56)
        ),
    ),
    quiet=(
        examples.signing("a permit for the active chain", examples.permit()),
        examples.signing("one without a chain", examples.permit(), content=examples.typed(chain_id=None)),
    ),
)
