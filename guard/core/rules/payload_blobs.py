"""Transaction carries blobs.

What it finds: a transaction of type 3, with which blobs go (EIP-4844).

Why it matters: blobs are how rollups publish their data. No payment, swap or approval of a person needs one.
They cost gas of their own, and what is in them does not stand in the transaction: it cannot be read here.

What to do: do not sign. A program that publishes blobs signs them itself, with a key of its own.

Limits: the call that goes with the blobs is read and judged as any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.request import TransactionRequest
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_WITH_BLOBS = replace(
    examples.TRANSFER, blob_versioned_hashes=(b"\x01" + bytes(31),) * 2, max_fee_per_blob_gas=1
)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire once for a transaction with which blobs go, and say how many."""
    for transaction in subject.transactions:
        if transaction.has_blobs:
            yield Hit(facts={"blobs": len(transaction.blob_versioned_hashes)})


RULE = Rule(
    id="payload.blobs",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    message="{blobs} blobs go with the transaction, and what is in them cannot be read",
    advice="do not sign; no payment needs a blob",
    check=check,
    fires=(examples.example("ether to a contact, with two blobs", _WITH_BLOBS),),
    quiet=(
        examples.example("the same without blobs"),
        examples.example("a token transfer", examples.token_transfer(examples.FRIEND)),
    ),
    about=(TransactionRequest,),
)
