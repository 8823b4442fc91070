"""Where an intent moves something to.

What belongs here: the reading that the rules on recipients share. What must not: any judgement.
"""

from __future__ import annotations

from guard.core.address import Address
from guard.core.intent import Intent, NftTransfer, Transfer


def moved_to(intent: Intent) -> Address | None:
    """Return who gets what moves; None where nothing does, or where a venue's code decides it."""
    return intent.recipient if isinstance(intent, Transfer | NftTransfer) else None


def moved_token(intent: Intent) -> Address | None:
    """Return the token or collection that moves; None for ether, and where nothing does."""
    if isinstance(intent, NftTransfer):
        return intent.collection
    return intent.token if isinstance(intent, Transfer) else None
