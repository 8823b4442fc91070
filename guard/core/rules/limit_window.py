"""Amount does not fit into a limit of the policy for some hours.

What it finds: an amount that, together with everything signed for this account on this chain within the
hours of a `[[limits.window]]`, or within the 24 hours of a token's `daily`, comes above that limit. Of the
chain's own coin value and maximum fees count; of a token what leaves, and what an approval, a permit or an
order lets others take.

Why it matters: an attack that stays under the limit of a day goes on for a week. A permit is a transfer in
another form, so signatures count like payments.

What to do: wait until earlier payments are older than the window, send less, or raise the limit in the policy
file.

Limits: one account on one chain. What another wallet sent or signed is not known here. A right that was given
and then used by the same account counts twice, once for each signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guard.core.amounts import format_ether
from guard.core.entries import WindowLimit
from guard.core.outflow import token_outflow
from guard.core.policy import DAY_S, Policy
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.spending import Commitment
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity

_HOUR_S = 60 * 60


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each window, and each asset with a limit in it, into which the request does not fit."""
    windows = subject.policy.windows
    if not windows:
        return
    leaving = token_outflow(subject.acts, subject.sender)
    for window in windows:
        yield from _native(subject, window)
        for token, limit in window.tokens.items():
            amount = leaving.get(token, 0)
            spent = observed(subject.evidence.spending).tokens_since(token, subject.now - window.seconds)
            if amount and spent + amount > limit:
                yield _hit(window, f"units of {token}", *(str(each) for each in (amount, spent, limit)))


def _native(subject: Subject, window: WindowLimit) -> Iterator[Hit]:
    amount, limit = subject.value + (subject.max_fee_wei or 0), window.native_wei
    if limit is None or not amount:
        return
    spent = observed(subject.evidence.spending).wei_since(subject.now - window.seconds)
    if spent + amount > limit:
        yield _hit(
            window, "ether", *(format_ether(each).removesuffix(" ether") for each in (amount, spent, limit))
        )


def _hit(window: WindowLimit, unit: str, amount: str, spent: str, limit: str) -> Hit:
    # A window of some seconds can be set in Python alone.
    hours = f"{window.seconds / _HOUR_S:g}"
    return Hit(facts={"hours": hours, "unit": unit, "amount": amount, "spent": spent, "limit": limit})


_WEEK = 7 * DAY_S
_TEN = Policy(windows=(WindowLimit(seconds=_WEEK, native_wei=10 * examples.ETHER),))
_TOKENS = Policy(windows=(WindowLimit(seconds=DAY_S, tokens={examples.TOKEN: 1000}),))
_PAID = examples.spent(Commitment(at=examples.NOW - 6 * DAY_S, wei=10 * examples.ETHER))
_GRANTED = examples.spent(Commitment(at=examples.NOW - _HOUR_S, tokens={examples.TOKEN: 900}))
_APPROVE = "approve(address,uint256)"

RULE = Rule(
    id="limit.window",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("spending",),
    message=(
        "{amount} {unit}, and {spent} signed within {hours} hours, are above the policy's limit of {limit}"
        " for that time"
    ),
    advice="wait, send less, or raise the limit in the policy file",
    check=check,
    fires=(
        examples.example("the limit of a week was used up six days ago", evidence=_PAID, policy=_TEN),
        examples.example(
            "a token of which most of a day's limit was signed away an hour ago",
            examples.token_transfer(examples.FRIEND, 101),
            _GRANTED,
            _TOKENS,
        ),
        examples.example(
            "an approval above a day's limit",
            examples.call(examples.TOKEN, _APPROVE, examples.FRIEND, 1001),
            policy=_TOKENS,
        ),
    ),
    quiet=(
        examples.example("nothing was spent this week", policy=_TEN),
        examples.example(
            "exactly what a day's limit leaves",
            examples.token_transfer(examples.FRIEND, 100),
            _GRANTED,
            _TOKENS,
        ),
        examples.example("a token has a limit, and ether is sent", evidence=_GRANTED, policy=_TOKENS),
        examples.example("no limit is set", evidence=_PAID),
    ),
)
