"""Somebody else's tokens are taken.

What it finds: a transfer, at any depth, of tokens or pieces whose owner is neither you, nor the wallet that
acts, nor an account of yours.

Why it matters: it takes what another account has approved. Sent from your account it is you who took it; and
somebody may have made you send it.

What to do: do not send it, unless the owner asked you to.

Limits: it cannot know what the owner agreed to. Inside a market's own code nothing of this can be seen.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.address import Address
from guard.core.intent import NftTransfer, Transfer
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import is_own
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each move of what belongs to somebody else."""
    for act in subject.acts:
        intent = act.intent
        if not isinstance(intent, Transfer | NftTransfer):
            continue
        # A router that is called and pays out what it holds gives its own.
        if intent.owner in (act.call.actor, act.call.to) or is_own(subject, intent.owner):
            continue
        yield Hit(
            facts={
                "owner": intent.owner,
                "recipient": intent.recipient,
                "token": intent.token if isinstance(intent, Transfer) else intent.collection,
            },
            counterparty=intent.owner,
            act=act,
        )


def _pull(owner: Address) -> Transfer:
    return Transfer(token=examples.TOKEN, owner=owner, recipient=examples.SENDER, amount=5)


RULE = Rule(
    id="transfer.from-other",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=(),
    helped_by=("counterparties",),
    about=(Transfer, NftTransfer),
    message="this takes what belongs to {owner} (token {token}) and gives it to {recipient}",
    advice="do not send it, unless the owner asked you to",
    check=check,
    fires=(examples.doing("transferFrom a stranger to oneself", _pull(examples.STRANGER)),),
    quiet=(
        examples.doing("transferFrom one's own account", _pull(examples.SENDER)),
        examples.example("ether to a contact"),
    ),
)
