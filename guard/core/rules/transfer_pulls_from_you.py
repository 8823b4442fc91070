"""Your tokens are pulled to somebody that you do not know.

What it finds: your tokens or pieces moved, at any depth, by a function that takes them as an allowance lets
(`transferFrom`, Permit2's transfers, OpenSea's bulk transfer) or by another contract in your name, to a
recipient that is no contact, no account of yours, and whom this account never paid.

Why it matters: it is the drain itself, often in one batch with the approval that makes it possible. Who pays
a person uses `transfer`.

What to do: do not sign, unless you know whose address the recipient is.

Limits: an ERC-721 piece can be sent to a person by `transferFrom`, and is asked about here as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.act import Act
from guard.core.address import Address
from guard.core.intent import Batch, NftTransfer, Transfer
from guard.core.rules import examples
from guard.core.rules.moves import moved_token
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

PULLS = frozenset({"0x23b872dd", "0x62ad1b83"})
"""`transferFrom` and ERC-777's `operatorSend`: a token's own functions that take as an allowance lets."""

_MOVE = Transfer(
    token=examples.TOKEN, owner=examples.SENDER, recipient=examples.STRANGER, amount=5 * examples.UNIT
)
_PULL = replace(examples.call_doing(_MOVE), selector="0x23b872dd")
_BY_ANOTHER = examples.call_doing(_MOVE, actor=examples.ROUTER)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each move of the sender's tokens that is a pull, to somebody who is not known."""
    known = subject.known()
    for act in subject.acts:
        intent = act.intent
        if not isinstance(intent, Transfer | NftTransfer) or intent.owner != subject.sender:
            continue
        token = moved_token(intent)
        if token is not None and intent.recipient not in known and _is_pull(act, token, subject):
            yield Hit(
                facts={"token": token, "recipient": intent.recipient},
                counterparty=intent.recipient,
                act=act,
            )


def _is_pull(act: Act, token: Address, subject: Subject) -> bool:
    """Whether somebody else than the token or its owner moves it, or the token's own function for that."""
    return act.call.actor != subject.sender or act.call.to != token or act.call.selector in PULLS


RULE = Rule(
    id="transfer.pulls-from-you",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=("counterparties",),
    about=(Transfer, NftTransfer),
    message="your tokens ({token}) are pulled to {recipient}, whom you do not know",
    advice="do not sign, unless you know whose address the recipient is",
    check=check,
    fires=(
        examples.doing("transferFrom oneself to a stranger", _PULL),
        examples.doing(
            "another contract moves one's tokens to a stranger",
            Batch(form="aggregate3", calls=(_BY_ANOTHER,)),
        ),
    ),
    quiet=(
        examples.doing("the same to a contact", _PULL, examples.knowing(examples.STRANGER)),
        examples.example("a token transfer", examples.token_transfer(examples.STRANGER)),
    ),
)
