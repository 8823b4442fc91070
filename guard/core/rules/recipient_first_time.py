"""First payment to this recipient.

What it finds: a payment in ether, tokens or pieces, at any depth, to an address that is no contact, no
account of yours, and that this account has never paid from this wallet; and a call of such a contract that
moves nothing by itself.

Why it matters: nearly every loss to a fraud recipient is a first payment. A small one is only noted; above
the policy's limit for strangers, all of them together, and for tokens, whose worth is not known here, a
person is asked.

What to do: compare the whole address with its source, by a way that the payer does not control; send a small
amount first; then add it to the contacts.

Limits: payments made with another wallet are not known here, so an old acquaintance may look new. Approvals
and permits have rules of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from guard.core.act import Act
from guard.core.address import Address
from guard.core.amounts import format_ether
from guard.core.evidence import Acquaintance, Counterparty, Observed
from guard.core.intent import NftTransfer, SafeCall, Transfer, inner_calls
from guard.core.parties import trusted
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each payment, at any depth, to somebody who is neither known nor the one who pays."""
    known = subject.known()
    # What a transaction pays to the contract that it calls has a rule of its own.
    told = {one.to for one in subject.transactions if one.data and one.value}
    strangers = [
        payment
        for act in subject.acts
        for payment in _payments(act, told)
        if payment[1] not in known and payment[1] != act.call.actor
    ]
    # Together, for otherwise many small payments would pass where one large one is asked about.
    total = sum(value for _, _, value, _ in strangers)
    limit = subject.policy.stranger_limit_wei
    for act, recipient, value, is_token in strangers:
        yield Hit(
            facts={
                "recipient": recipient,
                "amount": "a token" if is_token else format_ether(value),
                "amount_wei": value,
                "limit": format_ether(limit),
                "limit_wei": limit,
            },
            severity=Severity.WARN if is_token or total > limit else Severity.INFO,
            counterparty=recipient,
            act=act,
        )


def _payments(act: Act, told: set[Address | None]) -> Iterator[tuple[Act, Address, int, bool]]:
    """Yield whom an act pays, with how many wei, and whether it pays with a token."""
    intent, to = act.intent, act.call.to
    if isinstance(intent, Transfer) and intent.token is None:
        yield act, intent.recipient, intent.amount, False
        return
    if isinstance(intent, Transfer | NftTransfer):
        yield act, intent.recipient, 0, True
    # A contract that is called is paid what it is sent. What its calls do for nothing speaks for itself where
    # it can be read; where it cannot, the contract is the one who has to be trusted.
    is_read = bool(trusted(intent) or inner_calls(intent))
    if to is not None and to not in told and (act.call.value or not is_read):
        yield act, to, act.call.value, False


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
        examples.doing(
            "1 ether to a stranger, out of a wallet contract that is a contact",
            SafeCall(
                safe=examples.ROUTER,
                call=examples.call_doing(
                    Transfer(
                        token=None, owner=examples.ROUTER, recipient=examples.STRANGER, amount=examples.ETHER
                    ),
                    to=examples.STRANGER,
                    value=examples.ETHER,
                    actor=examples.ROUTER,
                ),
                gas_token=None,
                gas_price=0,
                refund_receiver=None,
                form="execTransaction",
            ),
            examples.knowing(examples.ROUTER),
        ),
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
