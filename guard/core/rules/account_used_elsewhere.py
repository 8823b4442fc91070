"""Account made payments that are not in this journal.

What it finds: a nonce, told by the node or given by you, above the next one after the last that was signed
here.

Why it matters: another wallet uses the same key, or this journal is an old copy, such as a restored backup,
or the nonce leaves a gap, and the payment waits until something fills it. An old copy has forgotten payments
and their idempotency keys: a retry of one of them would pay twice.

What to do: look the account up on a block explorer. If the payments between are not yours, move what is left
to a new account. If the journal is an old copy, restore the newest one before you repeat a payment.

Limits: says nothing of an account that was never used from here, and nothing of payments made elsewhere after
this one. It speaks once: the next payment from here starts from the new count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.evidence import Evidence, Observed
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.spending import Spending
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity


def _after(next_nonce: int | None) -> Evidence:
    return replace(examples.EVIDENCE, spending=Observed(Spending(next_nonce=next_nonce), "journal"))


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when the journal knows the account, and the nonce is beyond what it knows."""
    expected = observed(subject.evidence.spending).next_nonce
    for transaction in subject.transactions:
        nonce = transaction.nonce
        if expected is not None and nonce is not None and nonce > expected:
            yield Hit(facts={"nonce": nonce, "expected": expected, "count": nonce - expected})


RULE = Rule(
    id="account.used-elsewhere",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=("spending",),
    message="the nonce is {nonce}, and after the last payment from here it would be {expected}",
    advice="another wallet uses this account, or the journal is an old copy: look before you pay again",
    check=check,
    fires=(examples.example("the chain counts two payments that were not made here", evidence=_after(5)),),
    quiet=(
        examples.example("the nonce follows the last payment from here", evidence=_after(7)),
        examples.example("nothing was ever paid from here", evidence=_after(None)),
        examples.example("no nonce is told", replace(examples.TRANSFER, nonce=None), evidence=_after(5)),
    ),
)
