"""What the harness kills: the shipped protocol, and three broken ones that it must find out.

What belongs here: how one payment is made, and made again after a death, by each of them. What must not: the
killing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guard.adapters.keystore import MemorySigner
from guard.adapters.recover import recover
from guard.adapters.sqlite_journal import SqliteJournal
from guard.adapters.turns import TurnFiles
from guard.core.address import Address
from guard.core.evidence import Acquaintance, Counterparty
from guard.core.journal import SendRecord, SendState
from guard.core.policy import Policy
from guard.core.request import TransactionRequest
from guard.core.rivals import Step
from guard.core.signed import SignedTransaction
from guard.core.verdict import Approval, Verdict
from guard.delivery import DeliveryPorts
from guard.engine import Guard, SystemClock
from guard.errors import GuardError
from guard.idempotency import earlier_send
from guard.interceptor import SendPorts, intercept_send, wait_for_block
from guard.recovery import resume_send
from guard.testing import FakeAddressBook, FakeChainFacts, FakePredictor, FakeSimulator
from tests.harness.chain import FEE, LightChain
from tests.harness.node import CHAIN_ID

TIMEOUT_S = 1.0
"""The node mines at once: who waits longer waits for ever."""


@dataclass(frozen=True)
class Order:
    """One payment that somebody wants made exactly once."""

    home: Path
    port: int
    key: bytes
    to: Address
    name: str
    """The idempotency key."""
    daily_limit_wei: int | None = None
    """The policy's limit for 24 hours."""


class Unpaid(Exception):
    """The payment has not come to its end; the harness tries again."""


class _Always:
    """A confirmer that says yes at once."""

    def waits(self, verdict: Verdict) -> bool:
        return False

    def confirm(self, request: TransactionRequest, verdict: Verdict) -> Approval:
        return Approval(digest=verdict.digest, confirmation=verdict.confirmation)


Crossing = Callable[[str], None]
"""Told each boundary of the protocol as it is crossed."""


class _Watched:
    """Stands before a part and tells when each of its methods is entered and left."""

    def __init__(self, name: str, part: Any, crossing: Crossing) -> None:
        self._name = name
        self._part = part
        self._crossing = crossing

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._part, name)

        def call(*arguments: Any, **named: Any) -> Any:
            told = f"{self._name}.{name}"
            self._crossing(f"before {told}")
            answer = method(*arguments, **named)
            self._crossing(f"after {told}")
            return answer

        return call


@contextmanager
def _parts(order: Order, crossing: Crossing, wrap: Callable[[Any], Any]) -> Iterator[SendPorts]:
    chain, signer = LightChain(order.port), MemorySigner(order.key)
    with closing(SqliteJournal(order.home / "journal.sqlite3")) as opened:
        journal = wrap(opened)
        if isinstance(journal, _NonceOnly):
            chain = journal.chain_over(chain)
        yield SendPorts(
            chain=_Watched("chain", chain, crossing),  # type: ignore[arg-type]
            broadcaster=_Watched("broadcaster", chain, crossing),  # type: ignore[arg-type]
            signer=_Watched("signer", signer, crossing),  # type: ignore[arg-type]
            journal=_Watched("journal", journal, crossing),  # type: ignore[arg-type]
            recover=recover,
            confirmer=_Always(),
            turns=TurnFiles(order.home / "turns", lambda line: None, timeout_s=60),
            clock=SystemClock(),
            notify=lambda line: None,
        )


def _request(order: Order) -> TransactionRequest:
    return TransactionRequest(
        sender=MemorySigner(order.key).address,
        to=order.to,
        value=1,
        chain_id=CHAIN_ID,
        gas_limit=21_000,
        fee=FEE,
    )


Earlier = Callable[[SendRecord, DeliveryPorts], SendState]


def _pay(
    order: Order,
    crossing: Crossing,
    wrap: Callable[[Any], Any],
    finish: Earlier,
    timeout_s: float = 0.2,
) -> None:
    """Make the payment as `wallet send --idempotency-key` does; raises Unpaid where it has not ended."""
    request = _request(order)
    with _parts(order, crossing, wrap) as ports:
        book = FakeAddressBook((Counterparty(address=order.to, acquaintance=Acquaintance.CONTACT),))
        guard = Guard(
            predictor=FakePredictor(),
            policy=Policy(daily_limit_wei=order.daily_limit_wei),
            chain=ports.chain,
            chain_facts=FakeChainFacts(),
            simulator=FakeSimulator(),
            address_book=book,
            ledger=ports.journal,
        )
        try:
            with ports.turns.key(order.name):
                earlier = earlier_send(order.name, request, ports.journal, ports.clock)
                if earlier is None:
                    outcome = intercept_send(
                        guard, request, ports, idempotency_key=order.name, receipt_timeout_s=None
                    )
            if earlier is not None:
                state, error = finish(earlier, ports), None
            else:
                outcome = wait_for_block(outcome, ports, timeout_s)
                state, error = outcome.state, outcome.error
        except GuardError as raised:
            raise Unpaid(raised.message) from raised
        if state is not SendState.MINED:
            raise Unpaid(f"{state.value}: {error}")


def _resumed(earlier: SendRecord, ports: DeliveryPorts) -> SendState:
    return resume_send(earlier, ports, receipt_timeout_s=TIMEOUT_S)


def shipped(order: Order, crossing: Crossing) -> None:
    """The protocol of this package."""
    _pay(order, crossing, lambda journal: journal, _resumed, TIMEOUT_S)


class _Changed:
    """A journal with some of its methods replaced."""

    def __init__(self, journal: SqliteJournal) -> None:
        self.journal = journal

    def __getattr__(self, name: str) -> Any:
        return getattr(self.journal, name)


class _AfterBroadcast(_Changed):
    """Keeps the signed bytes in memory until the node has them."""

    signed: tuple[str, SignedTransaction, int] | None = None

    def record_signed(self, send_id: str, signed: SignedTransaction, *, now: int) -> None:
        self.signed = (send_id, signed, now)

    def record_steps(self, steps: Sequence[Step], *, now: int) -> None:
        if self.signed is not None:
            send_id, signed, at = self.signed
            self.signed = None
            self.journal.record_signed(send_id, signed, now=at)
        self.journal.record_steps(steps, now=now)


def journal_after_broadcast(order: Order, crossing: Crossing) -> None:
    """Broken: what is signed is written down when the node has it."""
    _pay(order, crossing, _AfterBroadcast, _resumed)


class _NonceOnly(_Changed):
    """Keeps which nonce was signed, and the bytes in memory alone: a new process does not have them."""

    def __init__(self, journal: SqliteJournal) -> None:
        super().__init__(journal)
        self._database = journal._connection
        self._database.execute("UPDATE sends SET raw = NULL WHERE state IN ('signed', 'broadcast')")

    def find_by_key(self, key: str) -> SendRecord | None:
        record = self.journal.find_by_key(key)
        if record is None or record.raw is not None or record.state is SendState.REVIEWED:
            return record
        # Without bytes it can only be taken for unsent, and its nonce for used.
        self._database.execute("UPDATE sends SET idempotency_key = NULL WHERE id = ?", (record.id,))
        return None

    def signed_from(self, chain_id: int, sender: Address, nonce: int) -> list[SendRecord]:
        return []

    def chain_over(self, chain: LightChain) -> LightChain:
        kept = self._database.execute("SELECT max(nonce) FROM sends WHERE signed_at IS NOT NULL").fetchone()[
            0
        ]
        return _Following(chain.port, -1 if kept is None else kept)


@dataclass(frozen=True)
class _Following(LightChain):
    """A chain whose next nonce follows the one that was kept."""

    kept: int

    def next_nonce(self, account: Address) -> int:
        return max(super().next_nonce(account), self.kept + 1)


def nonce_without_bytes(order: Order, crossing: Crossing) -> None:
    """Broken: the nonce is kept, and the bytes are not."""
    _pay(order, crossing, _NonceOnly, _resumed)


class _MarkedFirst(_Changed):
    """Says that the node has the bytes as soon as they are signed."""

    def record_signed(self, send_id: str, signed: SignedTransaction, *, now: int) -> None:
        self.journal.record_signed(send_id, signed, now=now)
        self.journal.record_state(send_id, SendState.BROADCAST, now=now)

    def signed_from(self, chain_id: int, sender: Address, nonce: int) -> list[SendRecord]:
        return []


def marked_before_broadcast(order: Order, crossing: Crossing) -> None:
    """Broken: what is marked as sent is believed to be sent."""

    def believed(earlier: SendRecord, ports: DeliveryPorts) -> SendState:
        return SendState.MINED

    _pay(order, crossing, _MarkedFirst, believed)


Protocol = Callable[[Order, Crossing], None]
SHIPPED: dict[str, Protocol] = {"shipped": shipped}
BROKEN: dict[str, Protocol] = {
    "journal after broadcast": journal_after_broadcast,
    "nonce kept, bytes not": nonce_without_bytes,
    "marked sent before broadcast": marked_before_broadcast,
}
