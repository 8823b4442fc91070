"""Token is sent to its own contract.

What it finds: a transfer of a token or of a piece, at any depth, whose recipient is its own contract.

Why it matters: almost no token can give back what is sent to itself. It is what happens when the token's
address is pasted where the recipient's belongs.

What to do: give the address of the person or contract that shall hold the token.

Limits: a few tokens accept their own units on purpose (to unwrap or redeem them by transfer).
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import NftTransfer, Transfer
from guard.core.rules import examples
from guard.core.rules.moves import moved_to, moved_token
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when recipient and token of a move are one address."""
    for act in subject.acts:
        token = moved_token(act.intent)
        if token is not None and moved_to(act.intent) == token:
            yield Hit(facts={"token": token}, counterparty=token, act=act)


RULE = Rule(
    id="recipient.token-itself",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    about=(Transfer, NftTransfer),
    message="the recipient is the token's own contract, {token}: it cannot give the tokens back",
    advice="give the address of who shall hold the token",
    check=check,
    fires=(examples.example("a token to its own contract", examples.token_transfer(examples.TOKEN)),),
    quiet=(
        examples.example("a token to a contact", examples.token_transfer(examples.FRIEND)),
        examples.example("ether to a contact"),
    ),
)
