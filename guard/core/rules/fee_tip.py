"""Tip is far above what the node suggests.

What it finds: a priority fee for each unit of gas that is above the policy's limit (10 gwei unless it says
otherwise), or a multiple (ten) of what the node suggests. One of the two is noted; both are asked about.

Why it matters: the tip goes to whoever makes the block, whatever the payment is. A faulty or hostile source
of fees gives money away by it.

What to do: compare with another source, or set it with --priority-gas-price.

Limits: the price for a unit of gas alone; what the whole fee may come to is `fee.high`'s to say. On a chain
whose node suggests no tip there is nothing to compare with but the limit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.amounts import WEI_PER_GWEI, format_gwei
from guard.core.bundle import CallBundle
from guard.core.evidence import Observed
from guard.core.request import LegacyFee, MarketFee, TransactionRequest
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity


def _tip(gwei: int) -> MarketFee:
    return MarketFee(max_fee_per_gas=100 * WEI_PER_GWEI, max_priority_fee_per_gas=gwei * WEI_PER_GWEI)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each transaction whose tip is above the limit, or a multiple of the node's."""
    policy = subject.policy
    suggested = observed(subject.evidence.fee_market).priority_fee or 0
    for transaction in subject.transactions:
        if not isinstance(transaction.fee, MarketFee):
            continue
        tip = transaction.fee.max_priority_fee_per_gas
        reasons = (
            tip > policy.priority_fee_limit_wei,
            # A multiple of next to nothing is next to nothing.
            tip > policy.priority_fee_multiple * max(suggested, WEI_PER_GWEI // 10),
        )
        if any(reasons):
            yield Hit(
                facts={
                    "tip": format_gwei(tip),
                    "tip_wei": tip,
                    "suggested": format_gwei(suggested),
                    "suggested_wei": suggested,
                },
                severity=Severity.WARN if all(reasons) else Severity.INFO,
            )


RULE = Rule(
    id="fee.tip",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=("fee_market",),
    about=(TransactionRequest, CallBundle),
    message="the tip is {tip} for a unit of gas; the node suggests {suggested}",
    advice="compare with another source, or set it with --priority-gas-price",
    check=check,
    thresholds=("priority_fee_limit_wei", "priority_fee_multiple"),
    fires=(
        examples.example(
            "a tip of 60 gwei where the node suggests 1", replace(examples.TRANSFER, fee=_tip(60))
        ),
        examples.example(
            "a tip of 10 gwei and 1 wei, a note",
            replace(
                examples.TRANSFER,
                fee=replace(_tip(10), max_priority_fee_per_gas=10 * WEI_PER_GWEI + 1),
            ),
            replace(
                examples.EVIDENCE,
                fee_market=Observed(replace(examples.FEES, priority_fee=2 * WEI_PER_GWEI), "node"),
            ),
        ),
    ),
    quiet=(
        examples.example("the tip that the node suggests"),
        examples.example("exactly 10 gwei", replace(examples.TRANSFER, fee=_tip(10))),
        examples.example(
            "a price without a tip",
            replace(examples.TRANSFER, fee=LegacyFee(gas_price=500 * WEI_PER_GWEI)),
        ),
    ),
)
