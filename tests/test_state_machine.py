"""The journal, the delivery and the nonces together, against a pure model: every short sequence of events,
and long random ones.

An event is something that a wallet, a node or the world does with one account. The model knows nothing of the
code: it says, from the events alone, what the chain then holds and what the journal must say of every send.
Two sequences that lead to the same state of everything have the same futures, so each state is followed once,
and every sequence of the length is covered.

TXGUARD_MODEL_DEPTH=9 python -m pytest tests/test_state_machine.py
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from guard.core.address import Address
from guard.core.journal import NEVER_SIGNED, UNSETTLED, SendState
from guard.core.policy import Policy
from guard.core.receipt import Receipt
from guard.core.replacement import cancellation, speed_up
from guard.core.request import TransactionRequest
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE
from guard.core.signed import SignedTransaction, decode_signed
from guard.delivery import DeliveryPorts, deliver
from guard.errors import GuardError, JournalConflict, NodeError
from guard.nonces import next_nonce
from guard.recovery import resume_send
from guard.testing import FakeChain, FixedClock, MemoryJournal
from tests.core.values import MARKET, SIGNER

DEPTH = int(os.environ.get("TXGUARD_MODEL_DEPTH", "5"))
CONFIRMATIONS = 3
BASE = replace(MARKET, nonce=0)
_signed: dict[TransactionRequest, SignedTransaction] = {}


def signed(request: TransactionRequest) -> SignedTransaction:
    if request not in _signed:
        _signed[request] = decode_signed(SIGNER.sign(request))
    return _signed[request]


def recovered(of: SignedTransaction) -> Address:
    return SIGNER.address


@dataclass
class World:
    """What the chain holds: the model's whole truth."""

    blocks: list[str | None] = field(default_factory=list)
    """For each block the hash in it, `foreign`, or None for an empty one."""
    pool: list[tuple[int, str]] = field(default_factory=list)
    """Nonce and hash of what waits; of rivals the newest alone."""

    def count(self, blocks: int | None = None) -> int:
        """Return how many transactions of the account are in the first so many blocks."""
        return sum(entry is not None for entry in self.blocks[:blocks])

    def depth(self, transaction_hash: str) -> int:
        return len(self.blocks) - self.blocks.index(transaction_hash)


class ModelChain(FakeChain):
    """A node over the world: a pool that takes gaps and outbidding, blocks that hold one transaction each."""

    world: World
    names: dict[str, int]

    def next_nonce(self, account: Address) -> int:
        nonce = self.world.count()
        while any(waiting == nonce for waiting, _ in self.world.pool):
            nonce += 1
        return nonce

    def mined_nonce(self, account: Address, *, confirmations: int = 1) -> int:
        return self.world.count(max(0, len(self.world.blocks) - confirmations + 1))

    def block_number(self) -> int:
        return len(self.world.blocks)

    def receipt(self, transaction_hash: str) -> Receipt | None:
        if transaction_hash not in self.world.blocks:
            return None
        number = self.world.blocks.index(transaction_hash) + 1
        return Receipt(
            hash=transaction_hash, status=1, block_number=number, gas_used=1, effective_gas_price=1
        )

    def broadcast(self, raw: bytes) -> str:
        of = decode_signed(raw)
        nonce = of.unattributed.nonce
        assert nonce is not None
        if nonce < self.world.count():
            raise NodeError("refused: nonce too low", code="node_refused", words="nonce too low")
        waiting = dict(self.world.pool).get(nonce)
        if waiting == of.hash:
            return of.hash
        if waiting is not None and self.names[waiting] > self.names[of.hash]:
            words = "replacement transaction underpriced"
            raise NodeError(f"refused: {words}", code="node_refused", words=words)
        self.world.pool = [entry for entry in self.world.pool if entry[0] != nonce] + [(nonce, of.hash)]
        return of.hash


@dataclass
class System:
    """The shipped parts over the model's world."""

    world: World = field(default_factory=World)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    names: dict[str, int] = field(default_factory=dict)
    """Hash to the order in which it was signed."""

    def ports(self) -> DeliveryPorts:
        chain = ModelChain()
        chain.world, chain.names = self.world, self.names
        return DeliveryPorts(
            chain=chain,
            broadcaster=chain,
            recover=recovered,
            journal=self.journal,
            clock=FixedClock(),
            confirmations=CONFIRMATIONS,
        )

    def sign(self, request: TransactionRequest, replaces: str | None = None) -> str:
        verdict = review(request, EVIDENCE, Policy(), 1)
        send_id = self.journal.open_send(request, verdict, now=1, replaces=replaces)
        of = signed(request)
        self.names.setdefault(of.hash, len(self.names))
        self.journal.record_signed(send_id, of, now=1)
        return send_id

    def deliver(self, send_id: str) -> None:
        deliver(self.journal.records[send_id], self.ports())

    def newest(self) -> list[Any]:
        """Return the rivals of the last nonce that was signed."""
        records = list(self.journal.records.values())
        return self.journal.rivals(records[-1]) if records else []

    def key(self) -> str:
        """Name the whole state, so that no state is followed twice."""
        records = [
            (record.id, record.state.value, record.hash, record.is_final, record.receipt, record.replaces)
            for record in self.journal.records.values()
        ]
        return repr((self.world, records))


# The events. Each may find that it cannot happen now, which is an answer too.


def send(system: System) -> None:
    _signed_and(system, lambda: None)


def send_and_deliver(system: System) -> None:
    _signed_and(system, lambda: system.deliver(list(system.journal.records)[-1]))


def _signed_and(system: System, then: Callable[[], None]) -> None:
    nonce = next_nonce(1, SIGNER.address, system.ports())
    system.sign(replace(BASE, nonce=nonce, value=1 + len(system.journal.records)))
    then()


def speed_up_newest(system: System) -> None:
    _replace(system, speed_up)


def cancel_newest(system: System) -> None:
    _replace(system, cancellation)


def _replace(system: System, make: Callable[..., TransactionRequest]) -> None:
    rivals = system.newest()
    if not rivals or any(record.state not in UNSETTLED for record in rivals):
        return
    requests = [record.request for record in rivals]
    made = make(requests[-1], requests, FakeChain().suggest_fee(legacy=False))
    send_id = system.sign(replace(made, gas_limit=21_000), replaces=rivals[-1].id)
    system.deliver(send_id)


def resume(system: System) -> None:
    for record in sorted(system.journal.records.values(), key=lambda one: one.request.nonce or 0):
        if record.raw is not None:
            try:
                resume_send(system.journal.records[record.id], system.ports(), receipt_timeout_s=None)
            except (JournalConflict, NodeError):
                # The nonce went elsewhere; or what proves that is a node that forgot what it had told.
                continue


def mine(system: System) -> None:
    world = system.world
    ready = [entry for entry in world.pool if entry[0] == world.count()]
    world.blocks.append(ready[0][1] if ready else None)
    world.pool = [entry for entry in world.pool if entry not in ready]


def forget(system: System) -> None:
    system.world.pool.clear()


def reorganise(system: System) -> None:
    # As deep as it goes without what is final, which is what N confirmations are for.
    blocks = system.world.blocks
    lost = min(len(blocks), CONFIRMATIONS - 1)
    blocks[len(blocks) - lost :] = [None] * lost


def foreign(system: System) -> None:
    world = system.world
    world.pool = [entry for entry in world.pool if entry[0] != world.count()]
    world.blocks.append(f"foreign {len(world.blocks)}")


EVENTS = (
    send,
    send_and_deliver,
    speed_up_newest,
    cancel_newest,
    resume,
    mine,
    forget,
    reorganise,
    foreign,
)


def happen(system: System, event: Callable[[System], None]) -> None:
    try:
        event(system)
    except GuardError:
        # Refused: nothing was signed, or what was signed is kept. Either is checked like all else.
        return


def check(system: System) -> None:
    """What must hold after every event, whatever came before."""
    nonces = [record.request.nonce for record in system.journal.records.values() if record.raw is not None]
    by_nonce = {nonce: nonces.count(nonce) for nonce in nonces}
    mined = [entry for entry in system.world.blocks if entry in system.names]
    assert len(mined) == len(set(mined))
    for record in system.journal.records.values():
        if record.raw is None:
            continue
        rivals = system.journal.rivals(record)
        assert sum(rival.hash in mined for rival in rivals) <= 1
        assert sum(rival.state is SendState.MINED for rival in rivals) <= 1
        # A line: each is replaced once at most, and the first replaces nothing.
        assert [rival.replaces for rival in rivals] == [None, *(rival.id for rival in rivals[:-1])]
        if record.is_final:
            assert record.state not in UNSETTLED | NEVER_SIGNED
    assert sum(by_nonce.values()) == len(nonces)


def expected(system: System) -> dict[str, tuple[SendState, bool]]:
    """The model: what the journal must say of each signed send once everything was looked at."""
    world, told = system.world, {}
    for record in system.journal.records.values():
        if record.raw is None:
            continue
        if record.is_final:
            told[record.id] = (record.state, True)
            continue
        rivals = [rival.hash for rival in system.journal.rivals(record)]
        won = next((name for name in rivals if name in world.blocks), None)
        nonce = record.request.nonce or 0
        if won is not None:
            is_deep = world.depth(won) >= CONFIRMATIONS
            told[record.id] = (SendState.MINED if won == record.hash else SendState.REPLACED, is_deep)
        elif world.count() > nonce and any(one.receipt for one in system.journal.rivals(record)):
            # A block was seen to have one of them: a node that tells of no receipt now proves nothing.
            told[record.id] = (record.state, False)
        elif world.count() > nonce:
            deep = world.count(max(0, len(world.blocks) - CONFIRMATIONS + 1)) > nonce
            told[record.id] = (SendState.REPLACED, deep)
        else:
            told[record.id] = (SendState.BROADCAST, False)
    return told


def agrees(system: System) -> None:
    """After two looks the journal says what the model says, and the node has every open payment."""
    looked = copy.deepcopy(system)
    resume(looked)
    resume(looked)
    wanted = expected(looked)
    actual = {
        record.id: (record.state, record.is_final)
        for record in looked.journal.records.values()
        if record.raw is not None
    }
    for send_id, (state, is_final) in wanted.items():
        # Of rivals that are open, some may have been outbid: refused, or never taken.
        is_open = state is SendState.BROADCAST
        assert actual[send_id][0] in (UNSETTLED if is_open else {state}), (send_id, actual, wanted)
        assert actual[send_id][1] is is_final
    waiting = dict(looked.world.pool)
    for record in looked.journal.records.values():
        if record.raw is not None and wanted[record.id][0] is SendState.BROADCAST:
            rivals = [rival.hash for rival in looked.journal.rivals(record)]
            assert waiting[record.request.nonce or 0] == rivals[-1]


def test_f14_every_sequence_of_events_leaves_what_the_model_says() -> None:
    start = System()
    seen, layer = {start.key()}, [start]
    transitions = 0
    for _ in range(DEPTH):
        following = []
        for system in layer:
            for event in EVENTS:
                after = copy.deepcopy(system)
                happen(after, event)
                transitions += 1
                if after.key() in seen:
                    continue
                seen.add(after.key())
                check(after)
                agrees(after)
                following.append(after)
        layer = following
    sequences = len(EVENTS) ** DEPTH
    print(f"{sequences} sequences of {DEPTH} events by {transitions} steps between {len(seen)} states")
    assert len(seen) > 100


class LongLife(RuleBasedStateMachine):
    """Random long sequences, with the same checks."""

    @initialize()
    def start(self) -> None:
        self.system = System()

    @rule(event=st.sampled_from(EVENTS))
    def live(self, event: Callable[[System], None]) -> None:
        happen(self.system, event)
        check(self.system)
        agrees(self.system)


LongLife.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
test_f14_long_random_sequences = LongLife.TestCase
