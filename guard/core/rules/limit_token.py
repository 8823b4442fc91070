"""Amount of a token is above the policy's limit for one request.

What it finds: more of a token than `[limits.tokens]` allows for one request: what it transfers, and what it
lets others take by an approval, a permit or an order, at any depth.

Why it matters: a permit is a transfer in another form. A limit on transfers alone would be a limit on
nothing.

What to do: send less, approve what is needed and not more, or raise the limit in the policy file.

Limits: tokens that the policy names, and nothing for the others. A right given earlier is not counted again
when it is used.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.outflow import token_outflow
from guard.core.policy import Policy
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each token with a limit of which more leaves, or may be taken."""
    limits = subject.policy.token_limits
    if not limits:
        return
    for token, amount in token_outflow(subject.acts, subject.sender).items():
        limit = limits.get(token)
        if limit is not None and amount > limit:
            yield Hit(facts={"token": token, "amount": amount, "limit": limit})


_LIMIT = Policy(token_limits={examples.TOKEN: 1000})
_APPROVE = "approve(address,uint256)"

RULE = Rule(
    id="limit.token",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    message="{amount} units of {token} would leave, or be open to others; the policy's limit is {limit}",
    advice="send less, or raise the limit in the policy file",
    check=check,
    fires=(
        examples.example(
            "one unit more than the limit", examples.token_transfer(examples.FRIEND, 1001), policy=_LIMIT
        ),
        examples.example(
            "an approval for more than the limit",
            examples.call(examples.TOKEN, _APPROVE, examples.FRIEND, 1001),
            policy=_LIMIT,
        ),
    ),
    quiet=(
        examples.example("exactly the limit", examples.token_transfer(examples.FRIEND, 1000), policy=_LIMIT),
        examples.example("no limit is set", examples.token_transfer(examples.FRIEND, 1001)),
        examples.example("plain ether", policy=_LIMIT),
    ),
)
