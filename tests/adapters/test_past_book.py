from __future__ import annotations

from dataclasses import replace

import pytest

from guard.adapters.past_book import PastBook
from guard.core.evidence import Acquaintance, Counterparty, Fact, Missing
from guard.core.history import AccountHistory, AccountTransaction
from guard.core.rules.examples import FRIEND, SENDER, STRANGER
from guard.deadline import Deadline
from guard.errors import ConfigurationError, NodeError
from guard.testing import FakeAddressBook, FakeHistory

CONTACT = Counterparty(address=FRIEND, acquaintance=Acquaintance.CONTACT, name="friend")
PAST = AccountHistory(
    account=SENDER,
    transactions=tuple(
        AccountTransaction(timestamp=1, sender=SENDER, recipient=paid, value_wei=1)
        for paid in (FRIEND, STRANGER)
    ),
    source="test",
)


class _Failing:
    def history(self, account: object, deadline: Deadline) -> Fact[AccountHistory]:
        return Missing("the explorer is down", is_failure=True)


def book(past: AccountHistory) -> PastBook:
    return PastBook(FakeAddressBook((CONTACT,)), FakeHistory({SENDER: past}))


def test_whom_the_chain_shows_as_paid_is_known_and_a_contact_keeps_its_name() -> None:
    assert book(PAST).counterparties(1, SENDER) == (
        CONTACT,
        Counterparty(address=STRANGER, acquaintance=Acquaintance.PAID_BEFORE),
    )


def test_a_guess_and_a_past_that_nobody_tells_make_no_acquaintance() -> None:
    assert book(replace(PAST, is_estimate=True)).counterparties(1, SENDER) == (CONTACT,)
    assert book(PAST).counterparties(1, STRANGER) == (CONTACT,)


def test_a_source_that_fails_is_an_error_because_a_part_is_never_returned() -> None:
    with pytest.raises(NodeError) as caught:
        PastBook(FakeAddressBook((CONTACT,)), _Failing()).counterparties(1, SENDER)
    assert caught.value.message == (
        "whom the account paid before could not be read: the explorer is down; `--history-source none` does "
        "without it"
    )


def test_a_book_that_cannot_be_read_is_the_books_own_error() -> None:
    broken = FakeAddressBook(error=ConfigurationError("the contacts cannot be read"))
    with pytest.raises(ConfigurationError, match="the contacts cannot be read"):
        PastBook(broken, FakeHistory({SENDER: PAST})).counterparties(1, SENDER)
