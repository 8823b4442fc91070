from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.bundle import CallBundle
from guard.core.policy import Policy
from guard.core.review import review
from guard.core.rules import request_repeated
from guard.core.rules.examples import EVIDENCE, NOW, STRANGER, TRANSFER, spent, subject
from guard.core.signature_request import PersonalMessage, SignatureRequest
from guard.core.spending import Commitment, payload_of
from guard.core.verdict import Decision

SAME = frozenset({payload_of(TRANSFER)})


def signed(*ages_s: int, payloads: frozenset[str] = SAME) -> tuple[Commitment, ...]:
    return tuple(Commitment(at=NOW - age, payloads=payloads) for age in ages_s)


@pytest.mark.parametrize(
    ("ages_s", "policy", "times"),
    [
        ((), Policy(), None),
        ((1,), Policy(), None),
        ((1, 2), Policy(), 3),
        ((1, 2, 3), Policy(), 4),
        ((1, 599), Policy(), 3),
        ((1, 600), Policy(), None),
        ((1,), Policy(repeat_count=2), 2),
        ((60,), Policy(repeat_count=2, repeat_minutes=1), None),
        ((59,), Policy(repeat_count=2, repeat_minutes=1), 2),
    ],
)
def test_a_burst_is_counted_with_this_one(ages_s: tuple[int, ...], policy: Policy, times: int | None) -> None:
    found = list(request_repeated.check(subject(TRANSFER, spent(*signed(*ages_s)), policy)))
    minutes = policy.repeat_minutes
    assert [dict(hit.facts) for hit in found] == ([{"times": times, "minutes": minutes}] if times else [])


def test_another_nonce_and_fee_are_the_same_request_and_another_recipient_is_not() -> None:
    evidence = spent(*signed(1, 2))
    again = replace(TRANSFER, nonce=99, fee=None)
    assert len(list(request_repeated.check(subject(again, evidence)))) == 1
    assert list(request_repeated.check(subject(replace(TRANSFER, to=STRANGER), evidence))) == []


def test_identical_calls_of_one_bundle_count_together_with_those_before() -> None:
    def bundle(count: int) -> CallBundle:
        return CallBundle(sender=TRANSFER.sender, calls=(TRANSFER,) * count, chain_id=1, is_atomic=True)

    def decided(count: int, *ages_s: int) -> list[str]:
        verdict = review(bundle(count), spent(*signed(*ages_s)), Policy(), NOW)
        return [one.message for one in verdict.findings if one.rule == "request.repeated"]

    message = "with this one the same would be signed 3 times within 10 minutes"
    assert (decided(2), decided(3), decided(2, 5)) == ([], [message], [message])


def test_a_signature_that_is_asked_for_again_and_again_is_asked_about() -> None:
    request = SignatureRequest(sender=TRANSFER.sender, content=PersonalMessage(data=b"hello"), chain_id=1)
    evidence = spent(*signed(1, 2, payloads=frozenset({payload_of(request)})))
    verdict = review(request, evidence, Policy(), NOW)
    assert "request.repeated" in {finding.rule for finding in verdict.findings}
    assert review(TRANSFER, EVIDENCE, Policy(), NOW).decision is Decision.ALLOW
