"""A swap asks for nothing in return.

What it finds: a swap that is content with a minimum of 0, or of one smallest unit, of what it is made for.

Why it matters: whoever sees it on its way can move the price, or is the venue, and keeps all but nothing.
Pages that take from their visitors set it so; so do careless ones.

What to do: set a slippage limit where you made the swap, and make it again.

Limits: a minimum that is low without being nothing cannot be judged without a price, and none is asked for
here. Where a step of a longer route asks for nothing, and a later step checks the sum, the warning is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import Swap
from guard.core.request import TransactionRequest
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each swap whose minimum is told and is next to nothing."""
    for act in subject.acts:
        intent = act.intent
        if isinstance(intent, Swap) and intent.receives is not None and intent.receives.amount <= 1:
            yield Hit(
                facts={
                    "minimum": intent.receives.amount,
                    "asset": intent.receives.token or "the chain's own coin",
                },
                counterparty=intent.venue,
                act=act,
            )


def _swapping(minimum: int) -> TransactionRequest:
    return examples.call(
        examples.ROUTER,
        "swapExactETHForTokens(uint256,address[],address,uint256)",
        *(minimum, (examples.STRANGER, examples.TOKEN), examples.SENDER, examples.NOW + 600),
        value=examples.ETHER // 10,
    )


RULE = Rule(
    id="swap.no-minimum",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=(),
    message="the swap is content with {minimum} units of {asset}",
    advice="set a slippage limit where you made the swap, and make it again",
    check=check,
    fires=(
        examples.example("a minimum of 0", _swapping(0)),
        examples.example("a minimum of one unit", _swapping(1)),
    ),
    quiet=(
        examples.example("a minimum of 2,000,000 units", _swapping(2_000_000)),
        examples.example("plain ether"),
    ),
    about=(Swap,),
)
