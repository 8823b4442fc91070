"""Approval to an account that is no contract.

What it finds: an approval, or the right to move everything in a collection, that is given to an account
without code, or with code that its key chose (EIP-7702), at any depth.

Why it matters: every market, exchange and bridge that needs an approval is a contract. A person who is given
one can do nothing with it but take. This is how most tokens are stolen.

What to do: do not sign. To pay a person, send the tokens.

Limits: of a contact a person is asked, and an account of your own is quiet. A contract may be made at the
address later; before that it has no code either.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import Approve, ApproveAll
from guard.core.rules import examples
from guard.core.rules.given import approvals_in
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
    """Fire for each right that is given to a key's account which is not the user's own."""
    return persons(subject, approvals_in(subject))


RULE = Rule(
    id="approval.to-account-without-code",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("accounts",),
    helped_by=("counterparties", "tokens"),
    about=(Approve, ApproveAll),
    message="{spender}, who may take {what}, is no contract: it has no use for an approval but to take",
    advice="do not sign; to pay a person, send the tokens",
    check=check,
    fires=(
        examples.doing(
            "100 of a token to a stranger's account", examples.approval(examples.STRANGER), _PEOPLE
        ),
        examples.doing("the same to a contact's account", examples.approval(examples.FRIEND), _PEOPLE),
        examples.doing(
            "every piece of a collection",
            ApproveAll(
                collection=examples.COLLECTION,
                owner=examples.SENDER,
                operator=examples.STRANGER,
                approved=True,
            ),
            _PEOPLE,
        ),
    ),
    quiet=(
        examples.doing("100 of a token to a contract", examples.approval(), _PEOPLE),
        examples.doing("taking it back", examples.approval(examples.STRANGER, amount=0), _PEOPLE),
    ),
)
