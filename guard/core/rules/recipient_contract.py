"""Tokens are sent to a contract that you do not know.

What it finds: a token or a piece that is sent, at any depth, to a contract that is no contact, no account of
yours, and that this account never paid.

Why it matters: a contract can give back only what its code knows how to give back. Tokens that are sent to a
market, instead of handed to it by its own function, are lost.

What to do: use the application's own page to deposit. If it is somebody's wallet contract, ask, and send a
small amount first.

Limits: it does not look into the code, so that a wallet contract and an exchange's contract are asked about
too.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import NftTransfer, Transfer
from guard.core.rules import examples
from guard.core.rules.moves import moved_to, moved_token
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import account_of, is_person
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_STATES = examples.told(accounts={examples.ROUTER: examples.CONTRACT, examples.STRANGER: examples.PERSON})


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each move of a token to a contract that is not known, the token's own aside."""
    known = subject.known()
    for act in subject.acts:
        recipient, token = moved_to(act.intent), moved_token(act.intent)
        if recipient is None or token is None or recipient == token:
            continue
        account = account_of(subject, recipient)
        if account is None or is_person(account) or recipient in known or recipient == act.call.actor:
            continue
        yield Hit(facts={"recipient": recipient, "token": token}, counterparty=recipient, act=act)


RULE = Rule(
    id="recipient.contract",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=("accounts", "counterparties"),
    about=(Transfer, NftTransfer),
    message="{recipient} is a contract that you do not know: it may be unable to give {token} back",
    advice="deposit by the application's own page, or send a small amount first",
    check=check,
    fires=(
        examples.example(
            "a token to a contract never used", examples.token_transfer(examples.ROUTER), _STATES
        ),
    ),
    quiet=(
        examples.example("a token to a person", examples.token_transfer(examples.STRANGER), _STATES),
        examples.example(
            "a token to a contract that is a contact",
            examples.token_transfer(examples.ROUTER),
            examples.knowing(examples.ROUTER, evidence=_STATES),
        ),
        examples.example("ether to a contact", evidence=_STATES),
    ),
)
