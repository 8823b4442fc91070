"""Amount does not fit into the policy's limit for 24 hours.

What it finds: a value and maximum fee that, together with everything signed for this account on this chain
within the last 24 hours, come above `[limits] daily`. The fees of those payments count at their maximum too.

Why it matters: many small payments empty an account as surely as a large one, and a script that runs wild
makes many. The sum is read while no other process can sign for the account, so that two cannot both fit.

What to do: wait until earlier payments are a day old, send less, or raise the limit in the policy file.

Limits: one account on one chain, and the chain's own coin only. What another wallet sent is not known here. A
clock that is set forward makes earlier payments old. A payment and what takes its place count once, as the
dearer of the two, until the chain has decided.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.amounts import WEI_PER_GWEI, format_ether
from guard.core.policy import DAY_S, Policy
from guard.core.request import MarketFee
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.spending import Commitment
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity

_ONE_ETHER = Policy(daily_limit_wei=examples.ETHER)
_FEE = 21_000 * 20 * WEI_PER_GWEI
"""The example's maximum fee, wei."""
_EXACT = replace(examples.TRANSFER, value=examples.ETHER - _FEE)
_ONLY_A_FEE = replace(
    examples.TRANSFER,
    value=0,
    fee=MarketFee(max_fee_per_gas=50_000 * WEI_PER_GWEI, max_priority_fee_per_gas=WEI_PER_GWEI),
)
"""21,000 gas at 50,000 gwei: 1.05 ether."""
_SPENT = examples.spent(Commitment(at=examples.NOW, wei=1))


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when a daily limit is set, and what was signed within a day and this come above it."""
    limit = subject.policy.daily_limit_wei
    if limit is None:
        return
    spent = observed(subject.evidence.spending).wei_since(subject.now - DAY_S)
    amount = subject.value + (subject.max_fee_wei or 0)
    if spent + amount > limit:
        yield Hit(
            facts={
                "amount": format_ether(amount),
                "amount_wei": amount,
                "spent": format_ether(spent),
                "spent_wei": spent,
                "limit": format_ether(limit),
                "limit_wei": limit,
            }
        )


RULE = Rule(
    id="limit.daily",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("spending",),
    message=(
        "up to {amount} with its fee, and {spent} signed within 24 hours, are above the policy's daily limit"
        " of {limit}"
    ),
    advice="wait, send less, or raise the limit in the policy file",
    check=check,
    fires=(
        examples.example(
            "1 wei was signed within a day, and the rest is asked for", _EXACT, _SPENT, _ONE_ETHER
        ),
        examples.example("no value, and a fee above the limit of 1 ether", _ONLY_A_FEE, policy=_ONE_ETHER),
    ),
    quiet=(
        examples.example("exactly the limit of 1 ether, the fee included", _EXACT, policy=_ONE_ETHER),
        examples.example("no limit is set", _EXACT, _SPENT),
    ),
)
