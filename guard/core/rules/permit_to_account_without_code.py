"""Permit for an account that is no contract.

What it finds: a permit, signed now or handed in on the chain at any depth, whose spender is an account
without code, or with code that its key chose (EIP-7702).

Why it matters: an application that uses permits is a contract. A person who holds one can do nothing with it
but take.

What to do: do not sign. To pay a person, send the tokens.

Limits: of a contact a person is asked, and an account of your own is quiet. A contract may be made at the
address later; before that it has no code either.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import Permit
from guard.core.rules import examples
from guard.core.rules.given import permits_in
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.spenders import persons
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_PEOPLE = examples.told(
    accounts={
        examples.STRANGER: examples.PERSON,
        examples.FRIEND: examples.PERSON,
        examples.ROUTER: examples.CONTRACT,
    },
    tokens={examples.TOKEN: examples.STATE},
)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each token that a permit gives to a key's account which is not the user's own."""
    return persons(subject, permits_in(subject))


RULE = Rule(
    id="permit.to-account-without-code",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("accounts",),
    helped_by=("counterparties", "tokens"),
    about=(Permit,),
    message="{spender}, who could take {what}, is no contract: it has no use for a permit but to take",
    advice="do not sign; to pay a person, send the tokens",
    check=check,
    fires=(
        examples.signing(
            "100 of a token to a stranger's account", examples.permit(examples.STRANGER), _PEOPLE
        ),
        examples.signing("the same to a contact's account", examples.permit(examples.FRIEND), _PEOPLE),
    ),
    quiet=(examples.signing("100 of a token to a contract", examples.permit(), _PEOPLE),),
)
