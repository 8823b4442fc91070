"""Recipient is a token contract.

What it finds: ether, a token or a piece that is sent, at any depth, to the contract of a token. The token's
own contract has a rule of its own.

Why it matters: almost no token can give back what it is sent. It is what happens when a token's address is
pasted where the recipient's belongs.

What to do: give the address of the person or contract that shall hold it.

Limits: a contract is known for a token by its own answers, and only where it was asked. Wrapped ether takes
plain ether on purpose: for ether a person is asked, and a contact is quiet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.intent import NftTransfer, Transfer
from guard.core.rules import examples
from guard.core.rules.moves import moved_to, moved_token
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import acquaintance_of, token_of
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_TOKENS = examples.told(tokens={examples.TOKEN: examples.STATE, examples.COLLECTION: examples.PIECES})


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each move to a token contract; plain ether to one asks, unless it is known."""
    for act in subject.acts:
        recipient, token = moved_to(act.intent), moved_token(act.intent)
        state = None if recipient is None else token_of(subject, recipient)
        if recipient is None or recipient == token or state is None or state.kind is None:
            continue
        if token is None and acquaintance_of(subject, recipient) is not None:
            continue
        yield Hit(
            facts={"recipient": recipient, "kind": state.kind.value, "symbol": state.symbol or "no symbol"},
            severity=Severity.WARN if token is None else None,
            counterparty=recipient,
            act=act,
        )


RULE = Rule(
    id="recipient.token-contract",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("tokens",),
    helped_by=("counterparties",),
    about=(Transfer, NftTransfer),
    message="the recipient {recipient} is the contract of a token ({kind}, {symbol})",
    advice="give the address of who shall hold it",
    check=check,
    fires=(
        examples.example(
            "a token to the contract of another", examples.token_transfer(examples.COLLECTION), _TOKENS
        ),
        examples.example(
            "ether to the contract of a token", replace(examples.TRANSFER, to=examples.TOKEN), _TOKENS
        ),
    ),
    quiet=(
        examples.example("a token to a contact", examples.token_transfer(examples.FRIEND), _TOKENS),
        examples.example(
            "ether to a token that is a contact",
            replace(examples.TRANSFER, to=examples.TOKEN),
            examples.knowing(examples.TOKEN, evidence=_TOKENS),
        ),
    ),
)
