"""Fee is high.

What it finds: a maximum fee (gas limit times the most that a unit of gas may cost) above `[limits] fee` of
the policy, 0.05 ether unless it says otherwise.

Why it matters: fees come from the node. One that is faulty, or lies, can turn a small payment into a large
gift to whoever makes the block, and the amount on the screen would still be right.

What to do: compare the gas price with another source; set it with --gas-price.

Limits: the most that it may cost, not what it will cost; on a busy day a large call may honestly need more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.amounts import WEI_PER_GWEI, format_ether
from guard.core.policy import Policy
from guard.core.request import MarketFee
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_DEAR = replace(
    examples.TRANSFER,
    fee=MarketFee(max_fee_per_gas=100_000 * WEI_PER_GWEI, max_priority_fee_per_gas=100_000 * WEI_PER_GWEI),
)
"""21,000 gas at 100,000 gwei: 2.1 ether."""


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when the maximum fee is told and above the policy's limit for fees."""
    fee, limit = subject.max_fee_wei, subject.policy.fee_limit_wei
    if fee is not None and fee > limit:
        yield Hit(
            facts={
                "fee": format_ether(fee),
                "fee_wei": fee,
                "limit": format_ether(limit),
                "limit_wei": limit,
            }
        )


RULE = Rule(
    id="fee.high",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=(),
    message="the fee may come to {fee}; the policy's limit for fees is {limit}",
    advice="compare the gas price with another source, or set it with --gas-price",
    check=check,
    thresholds=("fee_limit_wei",),
    fires=(examples.example("100,000 gwei for a unit of gas", _DEAR),),
    quiet=(
        examples.example("20 gwei for a unit of gas"),
        examples.example(
            "the same dear fee under a limit of 3 ether",
            _DEAR,
            policy=Policy(fee_limit_wei=3 * examples.ETHER),
        ),
        examples.example("no fee is told", replace(examples.TRANSFER, fee=None)),
    ),
)
