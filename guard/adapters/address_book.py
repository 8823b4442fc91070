"""Whom the user knows: contacts, own accounts, and whom the journal shows as paid.

What belongs here: the union. What must not: anything that was received; a poisoner writes that part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from guard.adapters.contacts import ContactsFile
from guard.core.address import Address
from guard.core.decode import decode
from guard.core.evidence import Acquaintance, Counterparty
from guard.core.intent import Transfer
from guard.core.request import TransactionRequest


class LocalAddressBook:
    """Implements the AddressBook port on local files."""

    def __init__(
        self,
        contacts: ContactsFile,
        own_accounts: Callable[[], Iterable[tuple[str, Address]]],
        paid_requests: Callable[[int, Address], Iterable[TransactionRequest]],
    ) -> None:
        """`own_accounts` yields names and addresses; `paid_requests` yields mined requests of a sender."""
        self._contacts = contacts
        self._own_accounts = own_accounts
        self._paid_requests = paid_requests

    def counterparties(self, chain_id: int | None, sender: Address) -> tuple[Counterparty, ...]:
        """Return everyone known, once each; a contact's name wins over the other ways of being known."""
        known = [
            Counterparty(address=contact.address, acquaintance=Acquaintance.CONTACT, name=contact.name)
            for contact in self._contacts.load()
        ]
        known.extend(
            Counterparty(address=address, acquaintance=Acquaintance.OWN_ACCOUNT, name=name)
            for name, address in self._own_accounts()
        )
        known.extend(
            Counterparty(address=address, acquaintance=Acquaintance.PAID_BEFORE)
            for address in self._paid(chain_id, sender)
        )
        by_address: dict[Address, Counterparty] = {}
        for party in known:
            by_address.setdefault(party.address, party)
        return tuple(by_address.values())

    def _paid(self, chain_id: int | None, sender: Address) -> Iterable[Address]:
        if chain_id is None:
            return
        for request in self._paid_requests(chain_id, sender):
            intent = decode(request)
            if isinstance(intent, Transfer) and intent.amount > 0 and intent.owner == sender:
                yield intent.recipient
