"""A large share of what the account holds leaves at once.

What it finds: ether or a token of which more than 20 % (the policy sets it) of what the account holds leaves
it in one request, everything that the request moves together.

Why it matters: who is deceived is mostly made to move much, and a slip of the decimal point moves much too.

What to do: look at the amount once more.

Limits: a note, because moving house is honest. What leaves by an approval that is used later is not counted
here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from guard.core.address import Address
from guard.core.evidence import Observed
from guard.core.intent import Transfer
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each asset of the sender of which the request moves more than the policy's share."""
    moved: Counter[Address | None] = Counter({None: subject.value} if subject.value else {})
    for act in subject.acts_of(Transfer):
        intent = act.intent
        assert isinstance(intent, Transfer)
        if intent.token is not None and intent.owner == subject.sender != intent.recipient:
            moved[intent.token] += intent.amount
    for token, amount in moved.items():
        held = _held(subject, token)
        # More than there is cannot leave; that is said elsewhere.
        if held and subject.policy.portfolio_percent * held < 100 * amount <= 100 * held:
            percent = 100 * amount // held
            yield Hit(facts={"percent": percent, "asset": token or "ether", "amount": amount})


def _held(subject: Subject, token: Address | None) -> int | None:
    if token is None:
        return observed(subject.evidence.balance)
    state = observed(subject.evidence.tokens).get(token)
    return None if state is None else state.balances.get(subject.sender)


_HOLDER = replace(examples.EVIDENCE, balance=Observed(examples.ETHER // 2, "node", 100))

RULE = Rule(
    id="spend.share",
    documentation=__doc__,
    severity=Severity.INFO,
    confidence=Confidence.HIGH,
    needs=("balance", "tokens"),
    message="{percent} % of the account's {asset} leaves with this",
    advice="look at the amount once more",
    check=check,
    thresholds=("portfolio_percent",),
    fires=(
        examples.example(
            "0.1 and 1 wei of 0.5 ether",
            replace(examples.TRANSFER, value=examples.ETHER // 10 + 1),
            _HOLDER,
        ),
        examples.example(
            "all of a token",
            examples.token_transfer(examples.FRIEND, 10**6),
            examples.holding(examples.TOKEN, 10**6),
        ),
    ),
    quiet=(
        examples.example("exactly a fifth of 0.5 ether", evidence=_HOLDER),
        examples.example(
            "a token of which nothing is known here", examples.token_transfer(examples.FRIEND, 10**6)
        ),
        examples.example("a transfer of nothing", replace(examples.TRANSFER, value=0), _HOLDER),
    ),
)
