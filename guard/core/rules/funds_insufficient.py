"""Sender cannot pay for this.

What it finds: value and maximum fee together are more than the sender's balance.

Why it matters: the node would refuse it, or it would wait in the pool and go out at a moment you no longer
think of, when funds arrive.

What to do: send less, lower the gas price, or fund the account first.

Limits: the balance is that of the moment of the review; pending transactions may already have spent it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.amounts import format_ether
from guard.core.bundle import CallBundle
from guard.core.evidence import Observed
from guard.core.request import TransactionRequest
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity

_EXACT = examples.TRANSFER.value + (examples.TRANSFER.max_fee_wei or 0)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when the balance does not cover value and maximum fee, as far as they are told."""
    needed = subject.value + (subject.max_fee_wei or 0)
    balance = observed(subject.evidence.balance)
    if needed > balance:
        yield Hit(
            facts={
                "needed": format_ether(needed),
                "needed_wei": needed,
                "balance": format_ether(balance),
                "balance_wei": balance,
            }
        )


RULE = Rule(
    id="funds.insufficient",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("balance",),
    about=(TransactionRequest, CallBundle),
    message="value and maximum fee come to {needed}, and the account holds {balance}",
    advice="send less, lower the gas price, or fund the account first",
    check=check,
    fires=(
        examples.example(
            "1 wei short", evidence=replace(examples.EVIDENCE, balance=Observed(_EXACT - 1, "node"))
        ),
        examples.example(
            "an empty account", evidence=replace(examples.EVIDENCE, balance=Observed(0, "node"))
        ),
    ),
    quiet=(
        examples.example(
            "exactly enough", evidence=replace(examples.EVIDENCE, balance=Observed(_EXACT, "node"))
        ),
        examples.example("more than enough"),
    ),
)
