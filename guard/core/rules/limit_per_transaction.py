"""Amount is above the policy's limit for one transaction.

What it finds: native value, or a maximum fee, above `[limits] per_transaction`. Each is compared by itself,
so that exactly the limit can be sent.

Why it matters: a limit that you set in calm holds when a message, a fault or a thief is in a hurry.

What to do: send less, or raise the limit in the policy file and start again.

Limits: counts the chain's own coin only; the worth of tokens is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.amounts import format_ether
from guard.core.policy import Policy
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_ONE_ETHER = Policy(per_transaction_limit_wei=examples.ETHER)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when a limit is set and the value, or the maximum fee, is above it."""
    limit = subject.policy.per_transaction_limit_wei
    spent = {"value": subject.value, "maximum fee": subject.max_fee_wei or 0}
    for what, amount in spent.items():
        if limit is not None and amount > limit:
            yield Hit(
                facts={
                    "what": what,
                    "amount": format_ether(amount),
                    "amount_wei": amount,
                    "limit": format_ether(limit),
                    "limit_wei": limit,
                }
            )


RULE = Rule(
    id="limit.per-transaction",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    message="a {what} of {amount} is above the policy's limit of {limit} for one transaction",
    advice="send less, or raise the limit in the policy file",
    check=check,
    fires=(
        examples.example(
            "1 wei above a limit of 1 ether",
            replace(examples.TRANSFER, value=examples.ETHER + 1),
            policy=_ONE_ETHER,
        ),
    ),
    quiet=(
        examples.example(
            "exactly the limit of 1 ether",
            replace(examples.TRANSFER, value=examples.ETHER),
            policy=_ONE_ETHER,
        ),
        examples.example("no limit is set", replace(examples.TRANSFER, value=100 * examples.ETHER)),
    ),
)
