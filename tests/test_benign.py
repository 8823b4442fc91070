from __future__ import annotations

from dataclasses import replace

from guard.core.policy import Policy
from tests.benign import signatures
from tests.benign.everyday import EACH, KINDS, everyday
from tests.benign.rates import measure

MAY_BE_WARNED = 0.01
"""The share of everyday transactions about which a person may be asked."""


def test_the_everyday_set_has_at_least_2000_transactions_and_is_the_same_each_time() -> None:
    first, again = list(everyday()), list(everyday())
    assert len(first) == EACH * (len(KINDS) + len(signatures.KINDS)) >= 2000
    assert [case.request for case in first] == [case.request for case in again]


def test_less_than_one_in_a_hundred_is_asked_about_and_none_is_refused() -> None:
    rates = measure(Policy())
    assert rates.decisions["BLOCK"] == rates.decisions["no verdict"] == 0
    assert rates.decisions["WARN"] < MAY_BE_WARNED * rates.count


def test_a_guard_that_warns_of_everything_is_found_out() -> None:
    strict = Policy(stranger_limit_wei=0, fee_limit_wei=0)
    rates = measure(replace(strict, levels={"recipient.first-time": None}))
    without_a_fee = EACH * len(signatures.KINDS)
    assert (rates.decisions["WARN"], rates.decisions["ALLOW"]) == (rates.count - without_a_fee, without_a_fee)
