"""Whom the user knows, with whom the chain shows that the sender paid itself, by whichever wallet.

What belongs here: the union. What must not: what counts as a payment; `guard.core.acquaintance` says it.
"""

from __future__ import annotations

from guard.core.acquaintance import paid_by
from guard.core.address import Address
from guard.core.evidence import Acquaintance, Counterparty, Missing
from guard.deadline import Deadline
from guard.errors import NodeError
from guard.ports import AddressBook, HistorySource

_TIMEOUT_S = 15.0
"""Seconds for the sender's past; an explorer that pages through 10,000 transactions needs about as many."""


class PastBook:
    """Implements the AddressBook port on another book and a source of accounts' pasts."""

    def __init__(self, book: AddressBook, history: HistorySource, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._book = book
        self._history = history
        self._timeout_s = timeout_s

    def counterparties(self, chain_id: int | None, sender: Address) -> tuple[Counterparty, ...]:
        """Return whom the book knows, and whom `sender` paid on the chain; the book's word comes first.

        Where no source tells pasts, or the past is too long for it, the book alone counts: a friend may then
        look like a stranger. Raises NodeError where a source failed, because whom an address imitates could
        be among those that are missing.
        """
        known = self._book.counterparties(chain_id, sender)
        past = self._history.history(sender, Deadline.after(self._timeout_s))
        if isinstance(past, Missing):
            if past.is_failure:
                raise NodeError(
                    # Here, because a verdict repeats the message of a source that failed, and not its hint.
                    f"whom the account paid before could not be read: {past.reason}; `--history-source none` "
                    "does without it",
                    hint='mend the source, or turn pasts off: [history] source = "none"',
                )
            return known
        by_address = {party.address: party for party in known}
        for address in () if past.value.is_estimate else paid_by(past.value):
            by_address.setdefault(
                address, Counterparty(address=address, acquaintance=Acquaintance.PAID_BEFORE)
            )
        return tuple(by_address.values())
