from __future__ import annotations

from guard.adapters.approvals import LIFETIME_S as APPROVAL_S
from guard.proxy.completions import LIFETIME_S, MOST, Completions
from guard.testing import FixedClock
from tests.proxy.running import PAYMENT


def test_a_completion_is_kept_as_long_as_a_yes_to_it_can_count() -> None:
    clock = FixedClock()
    kept = Completions(clock)
    kept.keep("a", PAYMENT)
    clock.time += 2 * APPROVAL_S - 1
    assert kept.find("a") == PAYMENT
    clock.time += 1
    assert (kept.find("a"), LIFETIME_S) == (None, 2 * APPROVAL_S)


def test_what_was_signed_is_forgotten_and_so_is_the_oldest_beyond_the_bound() -> None:
    kept = Completions(FixedClock())
    for number in range(MOST + 1):
        kept.keep(str(number), PAYMENT)
    assert (kept.find("0"), kept.find("1")) == (None, PAYMENT)
    kept.forget("1")
    kept.forget("never kept")
    assert kept.find("1") is None
