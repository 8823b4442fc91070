"""Whom an intent names as the one who gains by it.

What belongs here: the naming, for every kind of intent. What must not: what is known of anybody.
"""

from __future__ import annotations

from guard.core.address import Address
from guard.core.intent import (
    Administer,
    AllowanceChange,
    Approve,
    ApproveAll,
    Delegate,
    Intent,
    NftTransfer,
    Order,
    Permit,
    Swap,
    Transfer,
)


def trusted(intent: Intent) -> tuple[Address, ...]:
    """Return whom an intent pays, or gives a right to, in the order of the payload.

    Wrappers name nobody themselves; what they hold does. A right taken away names nobody either, so far as
    the payload alone shows it.
    """
    match intent:
        case Transfer() | NftTransfer() | Swap():
            return (intent.recipient,)
        case Approve():
            return () if intent.change is AllowanceChange.DECREASE else (intent.spender,)
        case ApproveAll():
            return (intent.operator,) if intent.approved else ()
        case Permit():
            return (intent.spender,)
        case Order():
            return () if intent.taker is None else (intent.taker,)
        case Administer():
            return () if intent.subject is None or intent.takes_away else (intent.subject,)
        case Delegate():
            return tuple(one.delegate for one in intent.authorizations)
        case _:
            return ()
