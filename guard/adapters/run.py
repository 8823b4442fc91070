"""A request as calls that a node can be asked to run, and what a run came to.

What belongs here: these values, and reading event logs as a node writes them. What must not: any one method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from guard.adapters.raw_rpc import address, entries, raw_bytes, unreadable
from guard.core.address import Address
from guard.core.events import Log
from guard.core.request import TransactionRequest
from guard.core.revert import revert_reason
from guard.core.rpc_transaction import transaction_object

MAX_LOGS = 4096
"""Events of one run that are read; a run with more is Missing, never cut."""
MAX_LOG_BYTES = 1024 * 1024
"""Bytes of data of all events of one run."""

_CALL_FIELDS = (
    *("from", "to", "value", "data", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"),
    *("accessList", "authorizationList", "blobVersionedHashes", "maxFeePerBlobGas"),
)
_FEE_FIELDS = frozenset({"gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "maxFeePerBlobGas"})


class Realism(Enum):
    """How much of what a block would ask of the sender is asked in a run, the most first."""

    VALIDATED = "validated"
    """Funds for value and gas, and a price that covers the base fee: anvil shows the base fee only then."""
    PRICED = "priced"
    """Its own gas price."""
    FREE = "free"
    """Nothing: gas costs nothing, which a contract can see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One call of a run."""

    succeeded: bool
    """Whether it did not revert."""
    returned: bytes
    """What it returned, or reverted with."""
    logs: tuple[Log, ...] = ()
    """Its events; none where it reverted."""
    words: str = ""
    """The node's own words on a failure, escaped."""

    @property
    def reason(self) -> str | None:
        """Why it failed; None where it did not, or nobody said."""
        return None if self.succeeded else revert_reason(self.returned) or self.words or None


@dataclass(slots=True)
class LogBudget:
    """How much of one run's events is read: more than the bounds raises NodeError."""

    method: str
    """Which method's answer it is."""
    count: int = 0
    """Events read so far."""
    size: int = 0
    """Bytes of data read so far."""
    logs: list[Log] = field(default_factory=list)
    """What was read since it was last taken."""

    def read(self, told: object) -> list[Log]:
        """Return a list of events as a node writes them, counted."""
        found = [_log(one, self.method) for one in entries(told, self.method, MAX_LOGS - self.count)]
        self.count += len(found)
        self.size += sum(len(log.data) for log in found)
        if self.size > MAX_LOG_BYTES:
            raise unreadable(self.method)
        return found


def call_object(transaction: TransactionRequest, realism: Realism) -> dict[str, object]:
    """Return a transaction as `eth_call` and its kin take it, without its nonce."""
    told = transaction_object(transaction)
    return {
        name: told[name]
        for name in _CALL_FIELDS
        if name in told and (realism is not Realism.FREE or name not in _FEE_FIELDS)
    }


def view_object(caller: Address, contract: Address, calldata: bytes) -> dict[str, object]:
    """Return a question to a contract as the object that `eth_call` and its kin take."""
    return {"from": caller, "to": contract, "data": "0x" + calldata.hex(), "value": "0x0"}


def first_failure(runs: Sequence[Ran]) -> str | None:
    """Return why the first call that failed did; in a bundle with its number."""
    for number, ran in enumerate(runs, start=1):
        if not ran.succeeded:
            where = "" if len(runs) == 1 else f"call {number}: "
            return f"{where}{ran.reason}" if ran.reason else f"call {number}" if where else None
    return None


def _log(told: dict[str, object], method: str) -> Log:
    topics = told.get("topics")
    if not isinstance(topics, list) or len(topics) > 4:
        raise unreadable(method)
    words = tuple(raw_bytes(topic, method) for topic in topics)
    if any(len(word) != 32 for word in words):
        raise unreadable(method)
    return Log(
        emitter=address(told.get("address"), method), topics=words, data=raw_bytes(told.get("data"), method)
    )
