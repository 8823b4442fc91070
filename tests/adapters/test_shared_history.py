from __future__ import annotations

import threading

import pytest

from guard.adapters.shared_history import NoHistory, SharedHistory
from guard.core.address import Address
from guard.core.evidence import Fact, Missing, Observed
from guard.core.history import AccountHistory
from guard.deadline import Deadline
from tests.adapters.values import address


class Slow:
    """Tells an empty past when it is let; counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[Address] = []
        self.begun = threading.Event()
        self.may_end = threading.Event()

    def history(self, account: Address, deadline: Deadline) -> Fact[AccountHistory]:
        self.asked.append(account)
        self.begun.set()
        assert self.may_end.wait(30)
        return Observed(AccountHistory(account=account, transactions=(), source="slow"), "slow")


def test_two_who_ask_at_once_cause_one_reading() -> None:
    source = Slow()
    shared = SharedHistory(source)
    told: list[object] = []

    joined = threading.Semaphore(0)

    class Watched(Deadline):
        """Tells when somebody begins to wait by it."""

        def remaining(self) -> float:
            joined.release()
            return super().remaining()

    def ask(deadline: Deadline) -> None:
        told.append(shared.history(address(1), deadline))

    threads = [threading.Thread(target=ask, args=(Deadline.after(30),))]
    threads[0].start()
    assert source.begun.wait(30)
    for _ in range(2):
        threads.append(threading.Thread(target=ask, args=(Watched.after(30),)))
        threads[-1].start()
        assert joined.acquire(timeout=30)
    source.may_end.set()
    for thread in threads:
        thread.join()
    assert len(told) == 3
    assert told[0] == told[1] == told[2]
    assert len(source.asked) == 1


def test_one_who_has_less_time_does_not_wait_for_the_other() -> None:
    source = Slow()
    shared = SharedHistory(source)
    first = threading.Thread(target=shared.history, args=(address(1), Deadline.after(30)))
    first.start()
    assert source.begun.wait(30)
    assert shared.history(address(1), Deadline.after(0.01)) == Missing(
        "no time was left while an account's history was read", is_failure=True
    )
    source.may_end.set()
    first.join()
    assert source.asked == [address(1)]


def test_another_account_and_a_later_question_are_readings_of_their_own() -> None:
    source = Slow()
    source.may_end.set()
    shared = SharedHistory(source)
    for number in (1, 2, 1):
        shared.history(address(number), Deadline.after(30))
    assert source.asked == [address(1), address(2), address(1)]


def test_a_reading_that_breaks_is_over() -> None:
    class Broken:
        def history(self, account: Address, deadline: Deadline) -> Fact[AccountHistory]:
            raise ZeroDivisionError

    shared = SharedHistory(Broken())
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            shared.history(address(1), Deadline.after(30))


def test_no_history_is_missing_with_its_reason() -> None:
    assert NoHistory("turned off").history(address(1), Deadline.after(1)) == Missing("turned off")
