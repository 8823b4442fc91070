"""Your tokens are pulled to somebody that you do not know.

What it finds: your tokens or pieces moved, at any depth, by a function that takes them as an allowance lets
(`transferFrom`, Permit2's transfers, OpenSea's bulk transfer) or by another contract in your name, to a
recipient that is no contact, no account of yours, and whom this account never paid.

Why it matters: it is the drain itself, often in one batch with the approval that makes it possible. Who pays
a person uses `transfer`.

What to do: do not sign, unless you know whose address the recipient is.

Limits: an ERC-721 piece is sent to a person in the same way, and is asked about here as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from guard.core.act import Act
from guard.core.intent import Batch, NftTransfer, Transfer
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

PULLS: Mapping[str, str] = {
    "0x23b872dd": "transferFrom(address,address,uint256)",
    "0x36c78516": "transferFrom(address,address,uint160,address)",
    "0x0d58b1db": "transferFrom((address,address,uint160,address)[])",
    "0x62ad1b83": "operatorSend(address,address,uint256,bytes,bytes)",
    "0x32389b71": "bulkTransfer(((uint8,address,uint256,uint256)[],address,bool)[],bytes32)",
}
"""Functions that take as an allowance lets, by selector; a test computes each from the signature."""

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
        if intent.recipient in known or not _is_pull(act, subject):
            continue
        token = intent.token if isinstance(intent, Transfer) else intent.collection
        yield Hit(
            facts={"token": token, "recipient": intent.recipient, "by": act.call.actor},
            counterparty=intent.recipient,
            act=act,
        )


def _is_pull(act: Act, subject: Subject) -> bool:
    return act.call.actor != subject.sender or act.call.selector in PULLS


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
