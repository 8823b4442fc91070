"""Whom an intent names as the one who gains by it.

What belongs here: the naming, for every kind of intent. What must not: what is known of anybody.
"""

from __future__ import annotations

from guard.core.address import NOBODY, Address
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

"""The zero address. It can call nothing, so a right of its own is none: as the spender of a piece it ends an
approval (ERC-721), as the delegate a delegation (EIP-7702)."""


def trusted(intent: Intent) -> tuple[Address, ...]:
    """Return whom an intent pays, or gives a right to, in the order of the payload.

    Wrappers name nobody themselves; what they hold does. A right taken away names nobody either, so far as
    the payload alone shows it.
    """
    match intent:
        case Transfer() | NftTransfer() | Swap():
            return (intent.recipient,)
        case Approve():
            return () if _takes_away(intent) else (intent.spender,)
        case ApproveAll():
            return (intent.operator,) if intent.approved else ()
        case Permit():
            return (intent.spender,)
        case Order():
            return () if intent.taker is None else (intent.taker,)
        case Administer():
            return () if intent.subject is None or intent.takes_away else (intent.subject,)
        case Delegate():
            return tuple(one.delegate for one in intent.authorizations if one.delegate != NOBODY)
        case _:
            return ()


def _takes_away(approve: Approve) -> bool:
    """Tell whether an approval takes away for certain.

    0 by the `approve` that ERC-20 and ERC-721 share does not: it may give piece 0 of a collection.
    """
    if approve.change is AllowanceChange.DECREASE or approve.spender == NOBODY:
        return True
    return approve.amount == 0 and approve.form != "approve"
