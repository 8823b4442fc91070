"""Structured data is meant for your own account.

What it finds: structured data whose verifying contract is the signer, or another account of yours that is not
a wallet contract asked about its own call.

Why it matters: no application reads signatures at a person's address. Where the account runs code (EIP-7702),
the signature is an order to that code.

What to do: do not sign, unless you know that your account runs code, and which.

Limits: accounts of yours are those that the guard was told of.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import SafeCall
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import is_own
from guard.core.rules.signed_for import structured
from guard.core.subject import Subject
from guard.core.typed_data import TypedData
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when the domain's contract is an account of the user's."""
    data = structured(subject)
    contract = None if data is None else data.domain.verifying_contract
    if contract is None:
        return
    # A wallet contract of the user's own reads the signatures about its own calls.
    is_wallet = isinstance(subject.intent, SafeCall) and subject.intent.safe == contract
    if contract == subject.sender or (is_own(subject, contract) and not is_wallet):
        yield Hit(facts={"contract": contract}, counterparty=contract)


RULE = Rule(
    id="typed.own-account",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.MEDIUM,
    needs=(),
    helped_by=("counterparties",),
    about=(TypedData,),
    message="what would be signed is meant for {contract}, your own account",
    advice="do not sign, unless you know that your account runs code, and which",
    check=check,
    fires=(
        examples.signing(
            "a permit that the signer's own address is to read",
            examples.permit(),
            content=examples.typed(verifying_contract=examples.SENDER),
        ),
    ),
    quiet=(
        examples.signing("a permit that the token reads", examples.permit()),
        examples.signing(
            "one that names no contract", examples.permit(), content=examples.typed(verifying_contract=None)
        ),
    ),
)
