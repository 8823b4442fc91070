"""The same request was signed several times within minutes.

What it finds: a payment, a call or a signature that is identical to earlier ones (recipient, value and data)
and would be the third within 10 minutes, or whatever `repeat_count` and `repeat_minutes` of the policy say.
Identical transactions inside one bundle count too.

Why it matters: a script that runs wild, a page that asks again and again, and somebody who pays twice because
the first payment is slow all look like this. A limit stops them only when much is gone.

What to do: look whether the earlier ones were mined, with `wallet history`. If each of them is meant, go on.

Limits: identical ones alone; a program that changes the amount by one unit is stopped by limits over time.
What takes the place of a payment with the same nonce is not a repetition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from guard.core.policy import Policy
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.signature_request import SignatureRequest
from guard.core.spending import Commitment, payload_of
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity

_MINUTE_S = 60


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for what was signed so often already that this would be one time too many."""
    policy, request = subject.policy, subject.request
    parts = (request,) if isinstance(request, SignatureRequest) else subject.transactions
    spending = observed(subject.evidence.spending)
    if len(spending.commitments) + len(parts) < policy.repeat_count:
        return
    since = subject.now - policy.repeat_minutes * _MINUTE_S
    for payload, own in Counter(map(payload_of, parts)).items():
        times = spending.repeats_since(payload, since) + own
        if times >= policy.repeat_count:
            yield Hit(facts={"times": times, "minutes": policy.repeat_minutes})


def _signed(*ages_s: int) -> tuple[Commitment, ...]:
    same = frozenset({payload_of(examples.TRANSFER)})
    return tuple(Commitment(at=examples.NOW - age, payloads=same) for age in ages_s)


RULE = Rule(
    id="request.repeated",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=("spending",),
    message="with this one the same would be signed {times} times within {minutes} minutes",
    advice="see with `wallet history` what became of the earlier ones",
    check=check,
    thresholds=("repeat_count", "repeat_minutes"),
    fires=(
        examples.example(
            "the same payment for the third time in ten minutes", evidence=examples.spent(*_signed(300, 60))
        ),
        examples.example(
            "the same payment again, under a policy that asks at the second",
            evidence=examples.spent(*_signed(60)),
            policy=Policy(repeat_count=2),
        ),
    ),
    quiet=(
        examples.example("the same payment for the second time", evidence=examples.spent(*_signed(60))),
        examples.example("the earlier ones are ten minutes old", evidence=examples.spent(*_signed(600, 601))),
        examples.example(
            "another amount", replace(examples.TRANSFER, value=1), examples.spent(*_signed(300, 60))
        ),
    ),
)
