"""Whom the user knows, and by which of the three ways."""

from __future__ import annotations

from pathlib import Path

import pytest

from guard.adapters.address_book import LocalAddressBook
from guard.adapters.contacts import ContactsFile
from guard.core.address import Address
from guard.core.evidence import Acquaintance, Counterparty
from guard.core.request import TransactionRequest
from guard.errors import ConfigurationError
from tests.adapters.values import address, request

SENDER = request().sender


def book(
    tmp_path: Path,
    own: tuple[tuple[str, Address], ...] = (),
    paid: tuple[TransactionRequest, ...] = (),
    asked: list[tuple[int, Address]] | None = None,
) -> LocalAddressBook:
    def paid_requests(chain_id: int, sender: Address) -> tuple[TransactionRequest, ...]:
        if asked is not None:
            asked.append((chain_id, sender))
        return paid

    return LocalAddressBook(ContactsFile(tmp_path / "contacts.json"), lambda: own, paid_requests)


def token_transfer(to: Address, amount: int) -> bytes:
    return bytes.fromhex("a9059cbb") + bytes(12) + to.to_bytes() + amount.to_bytes(32, "big")


def test_nobody_is_known_at_first(tmp_path: Path) -> None:
    assert book(tmp_path).counterparties(1, SENDER) == ()


def test_everyone_is_known_once_and_a_contacts_name_wins(tmp_path: Path) -> None:
    ContactsFile(tmp_path / "contacts.json").add("alice", address(1))
    known = book(
        tmp_path,
        own=(("mine", address(1)), ("main", address(2))),
        paid=(request(to=address(1)), request(to=address(2)), request(to=address(3)), request(to=address(3))),
    ).counterparties(1, SENDER)
    assert known == (
        Counterparty(address=address(1), acquaintance=Acquaintance.CONTACT, name="alice"),
        Counterparty(address=address(2), acquaintance=Acquaintance.OWN_ACCOUNT, name="main"),
        Counterparty(address=address(3), acquaintance=Acquaintance.PAID_BEFORE),
    )


def test_who_got_a_token_was_paid_and_its_contract_was_not(tmp_path: Path) -> None:
    paid = request(to=address(50), value=0, data=token_transfer(address(4), 5))
    assert book(tmp_path, paid=(paid,)).counterparties(1, SENDER) == (
        Counterparty(address=address(4), acquaintance=Acquaintance.PAID_BEFORE),
    )


@pytest.mark.parametrize(
    "past",
    [
        request(to=address(5), value=0),
        request(to=address(50), value=0, data=token_transfer(address(5), 0)),
        request(to=None, data=b"\x60\x00"),
        request(to=address(5), value=1, data=b"\x01\x02\x03\x04"),
    ],
    ids=["nothing sent", "no tokens sent", "a contract created", "a call nobody can read"],
)
def test_what_paid_nobody_makes_nobody_known(tmp_path: Path, past: TransactionRequest) -> None:
    assert book(tmp_path, paid=(past,)).counterparties(1, SENDER) == ()


def test_without_a_chain_nobody_was_paid_on_it(tmp_path: Path) -> None:
    asked: list[tuple[int, Address]] = []
    parts = book(tmp_path, paid=(request(to=address(3)),), asked=asked)
    assert parts.counterparties(None, SENDER) == ()
    assert asked == []
    parts.counterparties(5, SENDER)
    assert asked == [(5, SENDER)]


def test_a_part_that_cannot_be_read_is_an_error_and_never_a_shorter_list(tmp_path: Path) -> None:
    (tmp_path / "contacts.json").write_text("{")
    with pytest.raises(ConfigurationError):
        book(tmp_path, own=(("main", address(2)),)).counterparties(1, SENDER)
