from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.evidence import Missing
from guard.core.policy import Policy
from guard.core.review import review
from guard.core.rules import limit_daily
from guard.core.rules.examples import ETHER, EVIDENCE, NOW, TRANSFER, spent, subject
from guard.core.spending import Commitment
from guard.core.verdict import Decision

FEE = TRANSFER.max_fee_wei or 0
LIMIT = Policy(daily_limit_wei=ETHER)


@pytest.mark.parametrize(("over", "hits"), [(0, 0), (1, 1)])
def test_the_limit_holds_to_the_wei_with_everything_signed_and_the_maximum_fee(over: int, hits: int) -> None:
    evidence = spent(Commitment(at=NOW, wei=ETHER - TRANSFER.value - FEE + over))
    found = list(limit_daily.check(subject(TRANSFER, evidence, LIMIT)))
    assert len(found) == hits
    if hits:
        assert found[0].facts["amount_wei"] == TRANSFER.value + FEE
        assert found[0].facts["limit_wei"] == ETHER


def test_c14_no_value_and_a_fee_above_the_limit_is_blocked() -> None:
    free = replace(TRANSFER, value=0)
    verdict = review(free, EVIDENCE, Policy(daily_limit_wei=FEE - 1), 1)
    assert verdict.decision is Decision.BLOCK


def test_a_fee_that_is_not_told_counts_nothing() -> None:
    untold = replace(TRANSFER, fee=None, value=ETHER)
    assert list(limit_daily.check(subject(untold, EVIDENCE, LIMIT))) == []


def test_spending_that_cannot_be_learned_leaves_no_verdict() -> None:
    unknown = replace(EVIDENCE, spending=Missing("the journal is damaged"))
    assert review(TRANSFER, unknown, LIMIT, 1).decision is None


@pytest.mark.parametrize(("age_s", "hits"), [(86_399, 1), (86_400, 0)])
def test_what_was_signed_a_day_ago_no_longer_counts(age_s: int, hits: int) -> None:
    evidence = spent(Commitment(at=NOW - age_s, wei=ETHER))
    assert len(list(limit_daily.check(subject(TRANSFER, evidence, LIMIT)))) == hits
