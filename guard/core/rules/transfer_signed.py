"""Signature that is a transfer.

What it finds: a transfer that is signed now and carried out later by somebody else (EIP-3009's
TransferWithAuthorization and its like), or one that is handed in.

Why it matters: it costs nothing and shows no transaction, and yet the tokens are as good as gone: whoever
holds the signature can carry it out until its end.

What to do: compare the recipient and the amount as you would for a payment.

Limits: to somebody that you know, with an end within the policy's days, it is only noted. The rules on
recipients look at it as well, and they alone at what a wallet contract is to carry out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.intent import Transfer
from guard.core.rules import examples
from guard.core.rules.lifetimes import how_long, is_long
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import acquaintance_of
from guard.core.signature_request import SignatureRequest
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_AUTHORIZATION = Transfer(
    token=examples.TOKEN,
    owner=examples.SENDER,
    recipient=examples.FRIEND,
    amount=5 * examples.UNIT,
    expires_at=examples.NOW + 3600,
)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each transfer by signature; short-lived and to somebody known it is a note."""
    for act in subject.acts:
        transfer = act.intent
        if not isinstance(transfer, Transfer):
            continue
        # What a wallet contract or a forwarder carries out is bound to their own count of transactions.
        is_bound = act.is_nested or not isinstance(subject.request, SignatureRequest)
        if transfer.expires_at is None and is_bound:
            continue
        known = acquaintance_of(subject, transfer.recipient)
        is_plain = known is not None and not is_long(subject, transfer.expires_at)
        yield Hit(
            facts={
                "token": transfer.token,
                "recipient": transfer.recipient,
                "amount": transfer.amount,
                "how_long": how_long(subject, transfer.expires_at),
            },
            severity=Severity.INFO if is_plain else None,
            counterparty=transfer.recipient,
            act=act,
        )


RULE = Rule(
    id="transfer.signed",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=(),
    helped_by=("counterparties",),
    about=(Transfer,),
    message="who holds the signature can send {amount} (smallest unit) of {token} to {recipient}, {how_long}",
    advice="compare recipient and amount as you would for a payment",
    check=check,
    thresholds=("grant_days",),
    fires=(
        examples.signing("5 of a token to a stranger", replace(_AUTHORIZATION, recipient=examples.STRANGER)),
        examples.signing("5 of a token to a contact within the hour, a note", _AUTHORIZATION),
        examples.signing("the same for ever", replace(_AUTHORIZATION, expires_at=None)),
    ),
    quiet=(examples.example("an ordinary token transfer", examples.token_transfer(examples.FRIEND)),),
)
