"""Whom an account has paid, read from its past so that nobody else can write themselves into it.

What belongs here: what counts as a payment of one's own. What must not: where a past comes from.
"""

from __future__ import annotations

from guard.core.address import Address
from guard.core.history import AccountHistory


def paid_by(history: AccountHistory) -> tuple[Address, ...]:
    """Return everyone whom the account paid value, once each, the first paid first.

    Ether that it sent itself, and tokens that left it through a contract that it called itself. What others
    put into a history counts nothing: transfers of nothing, dust that came in, and the events of tokens that
    the account never touched, which is how addresses are poisoned (USENIX Security 2025).
    """
    account = history.account
    own = [entry for entry in history.transactions if entry.sender == account and entry.recipient is not None]
    paid = dict.fromkeys(entry.recipient for entry in own if entry.value_wei > 0)
    called = {entry.recipient for entry in own}
    paid |= dict.fromkeys(
        move.recipient
        for move in history.token_moves
        if move.sender == account and move.amount > 0 and move.token in called
    )
    return tuple(address for address in paid if address is not None and address != account)
