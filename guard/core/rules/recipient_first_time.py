"""First payment to this recipient.

What it finds: a payment to an address that is no contact, no account of yours, and that this account has
never paid from this wallet.

Why it matters: nearly every loss to a fraud recipient is a first payment. A small one is only noted; above
the policy's limit for strangers, and for tokens, whose worth is not known here, a person is asked.

What to do: compare the whole address with its source, by a way that the payer does not control; send a
small amount first; then add it to the contacts.

Limits: payments made with another wallet are not known here, so an old acquaintance may look new.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.amounts import format_ether
from guard.core.evidence import Acquaintance, Counterparty, Observed
from guard.core.intent import Transfer
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for a beneficiary that is neither known nor the sender."""
    recipient = subject.beneficiary
    known = {party.address for party in observed(subject.evidence.counterparties)}
    if recipient is None or recipient == subject.sender or recipient in known:
        return
    is_token = isinstance(subject.intent, Transfer) and subject.intent.token is not None
    limit = subject.policy.stranger_limit_wei
    above = is_token or subject.value > limit
    yield Hit(
        facts={
            "recipient": recipient,
            "amount": "a token" if is_token else format_ether(subject.value),
            "amount_wei": subject.value,
            "limit": format_ether(limit),
            "limit_wei": limit,
        },
        severity=Severity.WARN if above else Severity.INFO,
    )


RULE = Rule(
    id="recipient.first-time",
    documentation=__doc__,
    severity=Severity.INFO,
    confidence=Confidence.HIGH,
    needs=("counterparties",),
    message="{amount} would be the first payment to {recipient}; the limit for strangers is {limit}",
    advice="compare the whole address with its source, or send a small amount first",
    check=check,
    thresholds=("stranger_limit_wei",),
    fires=(
        examples.example(
            "1 ether to a stranger", replace(examples.TRANSFER, to=examples.STRANGER, value=examples.ETHER)
        ),
        examples.example(
            "0.01 ether to a stranger, a note",
            replace(examples.TRANSFER, to=examples.STRANGER, value=examples.ETHER // 100),
        ),
        examples.example("a token to a stranger", examples.token_transfer(examples.STRANGER)),
    ),
    quiet=(
        examples.example("1 ether to a contact", replace(examples.TRANSFER, value=examples.ETHER)),
        examples.example(
            "1 ether to someone paid before",
            replace(examples.TRANSFER, to=examples.STRANGER, value=examples.ETHER),
            replace(
                examples.EVIDENCE,
                counterparties=Observed(
                    (Counterparty(address=examples.STRANGER, acquaintance=Acquaintance.PAID_BEFORE),),
                    "journal",
                ),
            ),
        ),
        examples.example("to oneself", replace(examples.TRANSFER, to=examples.SENDER)),
    ),
)
