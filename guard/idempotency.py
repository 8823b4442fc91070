"""One payment a key: what an earlier process left behind under the same idempotency key.

What belongs here: whether a payment may be made under a key. What must not: the turn, which the caller holds.
"""

from __future__ import annotations

from dataclasses import replace

from guard.core.journal import SendRecord, SendState
from guard.core.request import TransactionRequest
from guard.core.rivals import is_same_payment
from guard.errors import JournalConflict
from guard.ports import Clock, Journal
from guard.recovery import abandon_unsigned


def earlier_send(key: str, request: TransactionRequest, journal: Journal, clock: Clock) -> SendRecord | None:
    """Return the signed payment under a used key; None where there is none, so that it may be made.

    To be called in the key's turn: one that is still being decided then belongs to a process that has died,
    and is ended. A request without a chain id is taken to be for the chain of the earlier one. Raises
    JournalConflict when the key comes with another payment.
    """
    earlier = journal.find_by_key(key)
    if earlier is None:
        return None
    if earlier.state is SendState.REVIEWED:
        abandon_unsigned(earlier, journal, clock)
        return None
    chain_id = earlier.request.chain_id if request.chain_id is None else request.chain_id
    if not is_same_payment(earlier.request, replace(request, chain_id=chain_id)):
        raise JournalConflict(
            f"the idempotency key {key!r} belongs to another payment, {earlier.id}",
            hint=f"`wallet show {earlier.id}` tells which; use a key of its own for each payment",
        )
    return earlier
