"""Contract creations: a transaction without a recipient."""

from __future__ import annotations

from guard.core.intent import Deploy, Intent
from guard.core.request import TransactionRequest


def decode(request: TransactionRequest) -> Intent | None:
    """Return Deploy for a request without `to`."""
    if request.to is not None:
        return None
    return Deploy(code_size=len(request.data), value=request.value)
