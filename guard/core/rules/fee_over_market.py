"""Price of gas is above the market.

What it finds: a ceiling for a unit of gas that is more than 20 % (the policy sets it) above what the node
suggests now, twice the base fee and the tip, or its gas price where that is more. Ten times as much is asked
about.

Why it matters: the ceiling is what a faulty or hostile source of fees can make you pay.

What to do: compare with another source, or set it with --gas-price.

Limits: the node may be the one that is wrong; then its suggestion and the ceiling agree, and `fee.high` looks
at the sum alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.amounts import WEI_PER_GWEI, format_gwei
from guard.core.bundle import CallBundle
from guard.core.request import LegacyFee, TransactionRequest
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity
from guard.core.world import FeeMarket

_FAR_ABOVE = 10
"""Times the market price from which a person is asked: no block's base fee rises so much in an hour."""


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each transaction whose price of gas is told and above the market by the policy's share."""
    market = _price(observed(subject.evidence.fee_market))
    for transaction in subject.transactions:
        if transaction.fee is None:
            continue
        ceiling = transaction.fee.ceiling
        if 100 * ceiling > (100 + subject.policy.fee_over_market_percent) * market:
            yield Hit(
                facts={
                    "ceiling": format_gwei(ceiling),
                    "ceiling_wei": ceiling,
                    "market": format_gwei(market),
                    "market_wei": market,
                },
                severity=Severity.WARN if ceiling > _FAR_ABOVE * max(market, WEI_PER_GWEI) else Severity.INFO,
            )


def _price(market: FeeMarket) -> int:
    if market.base_fee is None:
        return market.gas_price
    return max(market.gas_price, 2 * market.base_fee + (market.priority_fee or 0))


def _priced(wei: int) -> LegacyFee:
    return LegacyFee(gas_price=wei)


RULE = Rule(
    id="fee.over-market",
    documentation=__doc__,
    severity=Severity.INFO,
    confidence=Confidence.MEDIUM,
    needs=("fee_market",),
    about=(TransactionRequest, CallBundle),
    message="a unit of gas may cost {ceiling}; the node suggests {market}",
    advice="compare with another source, or set it with --gas-price",
    check=check,
    thresholds=("fee_over_market_percent",),
    fires=(
        examples.example(
            "191 gwei where the node suggests 19",
            replace(examples.TRANSFER, fee=_priced(191 * WEI_PER_GWEI)),
        ),
        examples.example(
            "1 wei above 20 % more, a note",
            replace(examples.TRANSFER, fee=_priced(19 * WEI_PER_GWEI * 120 // 100 + 1)),
        ),
    ),
    quiet=(
        examples.example(
            "exactly 20 % more", replace(examples.TRANSFER, fee=_priced(19 * WEI_PER_GWEI * 120 // 100))
        ),
        examples.example("no fee is told", replace(examples.TRANSFER, fee=None)),
    ),
)
