"""Plain sends of the chain's own coin: a recipient and no payload."""

from __future__ import annotations

from guard.core.intent import Intent, Transfer
from guard.core.request import TransactionRequest


def decode(request: TransactionRequest) -> Intent | None:
    """Return Transfer for a request with `to` and without calldata."""
    if request.to is None or request.data:
        return None
    return Transfer(token=None, owner=request.sender, recipient=request.to, amount=request.value)
