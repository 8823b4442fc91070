"""What the interceptor needs from the world, as protocols.

What belongs here: shapes and promises. What must not: an implementation; those live in `guard.adapters`,
`guard.predict`, `wallet` and, for tests, `guard.testing`.
"""

from __future__ import annotations

from typing import Protocol

from guard.core.address import Address
from guard.core.evidence import Fact
from guard.core.history import AccountHistory
from guard.core.prediction import Prediction, PredictionQuery
from guard.deadline import Deadline


class Notify(Protocol):
    """Somewhere to say, in one line, what is being waited for."""

    def __call__(self, line: str) -> None: ...


class Predictor(Protocol):
    """A witness that classifies a transaction."""

    def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
        """Answer within `deadline`; never raises: without an answer the class is UNKNOWN, with a reason."""
        ...


class HistorySource(Protocol):
    """A source of accounts' pasts."""

    def history(self, account: Address, deadline: Deadline) -> Fact[AccountHistory]:
        """Return the whole past of `account`, or Missing with a reason; never raises, never a part."""
        ...
