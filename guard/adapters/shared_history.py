"""One reading of an account's past for all who ask at once; and the absence of any.

What belongs here: sharing. What must not: reading a past, or anything that costs an import of web3.
"""

from __future__ import annotations

import concurrent.futures
import threading

from guard.core.address import Address
from guard.core.evidence import Fact, Missing
from guard.core.history import AccountHistory
from guard.deadline import Deadline
from guard.ports import HistorySource


class NoHistory:
    """Implements the HistorySource port where no past is to be read."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def history(self, account: Address, deadline: Deadline) -> Fact[AccountHistory]:
        """Return Missing, with the reason that was given."""
        return Missing(self._reason)


class SharedHistory:
    """Implements the HistorySource port on another: two witnesses that ask at once cause one reading."""

    def __init__(self, source: HistorySource) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._readings: dict[Address, concurrent.futures.Future[Fact[AccountHistory]]] = {}

    def history(self, account: Address, deadline: Deadline) -> Fact[AccountHistory]:
        """Return what the source tells, or Missing when another's reading is not over in time."""
        with self._lock:
            reading = self._readings.get(account)
            is_first = reading is None
            if reading is None:
                reading = self._readings[account] = concurrent.futures.Future()
        if is_first:
            self._read(account, deadline, reading)
        try:
            return reading.result(timeout=deadline.remaining())
        except concurrent.futures.TimeoutError:
            return Missing("no time was left while an account's history was read", is_failure=True)

    def _read(
        self,
        account: Address,
        deadline: Deadline,
        reading: concurrent.futures.Future[Fact[AccountHistory]],
    ) -> None:
        try:
            reading.set_result(self._source.history(account, deadline))
        except BaseException as error:  # noqa: BLE001  it is raised again for everyone who waits
            reading.set_exception(error)
        finally:
            with self._lock:
                del self._readings[account]
