"""Structured data that is not bound to one contract on one chain.

What it finds: structured data whose domain names no chain, or no contract.

Why it matters: without a chain the signature holds on every chain, those that will split off included;
without a contract any contract may take it.

What to do: sign it only where you know which application asks, and that it means no move of assets.

Limits: logins of some applications have no contract, so this is only noted; what else is wrong has rules of
its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.signed_for import structured
from guard.core.subject import Subject
from guard.core.text import escape_untrusted
from guard.core.typed_data import TypedData
from guard.core.verdict import Confidence, Severity

_MAX_NAME = 80
"""Characters of a name that anybody can choose."""


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when the domain leaves the chain or the contract out."""
    data = structured(subject)
    if data is None:
        return
    parts = {"chain": data.domain.chain_id, "contract": data.domain.verifying_contract}
    lacking = tuple(name for name, part in parts.items() if part is None)
    if lacking:
        name = escape_untrusted(data.domain.name or "no name", limit=_MAX_NAME)
        yield Hit(facts={"lacking": " and no ".join(lacking), "application": name})


RULE = Rule(
    id="typed.unbound",
    documentation=__doc__,
    severity=Severity.INFO,
    confidence=Confidence.LOW,
    needs=(),
    about=(TypedData,),
    message="what would be signed, for {application}, names no {lacking}: it may hold elsewhere as well",
    advice="sign it only where you know which application asks, and what for",
    check=check,
    fires=(
        examples.signing("no chain", examples.permit(), content=examples.typed(chain_id=None)),
        examples.signing(
            "neither chain nor contract",
            examples.permit(),
            content=examples.typed(chain_id=None, verifying_contract=None),
        ),
    ),
    quiet=(examples.signing("a permit for one contract on one chain", examples.permit()),),
)
