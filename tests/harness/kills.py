"""Kills sends at random moments and at every boundary, tries again, and counts what came of it.

python -m tests.harness.kills --kills 10000 [--seed 1]

Every payment is ordered under an idempotency key, killed once or a few times on its way, and ordered again
until it is done. Then the node is asked: who was not paid is lost, who was paid twice is doubled, and a nonce
that no transaction used is a gap. The same is done to three broken protocols, which must not look whole.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from guard.adapters.keystore import MemorySigner
from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.address import Address
from tests.harness.chain import ask
from tests.harness.node import counting_node
from tests.harness.protocols import BROKEN, SHIPPED, Order, Protocol, Unpaid

RECOVERY_LIMIT_S = 2.0
"""How long a payment may take from the death of its process to its end."""
_SENDS_A_HOME = 50
"""A journal of more is opened more slowly; that is not what is measured here."""
_TRIES = 3
_OTHER_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_DONE, _UNPAID = 0, 3


@dataclass
class Tally:
    """What came of one protocol."""

    protocol: str
    kills: int = 0
    other_signals: int = 0
    sends: int = 0
    lost: int = 0
    doubled: int = 0
    gaps: int = 0
    unfinished: int = 0
    slowest_s: float = 0.0
    seconds: float = 0.0
    boundaries: set[str] = field(default_factory=set)
    next_crossing: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing was lost, doubled, left out or too slow."""
        return not (self.lost or self.doubled or self.gaps or self.unfinished)


@dataclass(frozen=True)
class Death:
    """How one attempt is to die: by itself at a crossing, or from outside after a time."""

    signal: signal.Signals
    crossing: int | None = None
    after_s: float | None = None


def run(name: str, protocol: Protocol, *, kills: int, seed: int, fault_rate: float = 0.05) -> Tally:
    """Order payments until so many processes were killed by SIGKILL, and tally what the node saw."""
    chance = random.Random(f"{seed} {name}")
    tally = Tally(protocol=name)
    # Loads, once for all children, what signing and recovery load when they are first used.
    MemorySigner(chance.randbytes(32)).address  # noqa: B018
    started = time.monotonic()
    while tally.kills < kills:
        with counting_node(seed + tally.kills, fault_rate=fault_rate) as port:
            _one_home(protocol, port, kills, chance, tally)
    tally.seconds = time.monotonic() - started
    return tally


def _one_home(protocol: Protocol, port: int, kills: int, chance: random.Random, tally: Tally) -> None:
    home = Path(tempfile.mkdtemp(prefix="txguard-kills-"))
    key = chance.randbytes(32)
    try:
        # The first one tells how many boundaries there are, and how long it takes to cross them.
        first = Order(home=home, port=port, key=key, to=somebody(chance), name="send 0")
        crossings, usual_s = _measure(protocol, first, tally)
        orders = [first]
        done = {first}
        while len(orders) < _SENDS_A_HOME and tally.kills < kills:
            order = Order(home=home, port=port, key=key, to=somebody(chance), name=f"send {len(orders)}")
            orders.append(order)
            deaths = [
                _death(chance, len(crossings), usual_s, tally) for _ in range(chance.choice((1, 2, 2, 3)))
            ]
            if not _live_through(protocol, order, deaths, tally):
                # Whatever stands in its way would stand in the way of all that follow.
                break
            done.add(order)
        _count(orders, done, tally)
    finally:
        shutil.rmtree(home)


def somebody(chance: random.Random) -> Address:
    """Return an address that nobody else has."""
    return Address.from_bytes(b"\x11" * 4 + chance.randbytes(16))


def _death(chance: random.Random, crossings: int, usual_s: float, tally: Tally) -> Death:
    """Return the next death: every other one at a boundary, one boundary after the other."""
    kind = signal.SIGKILL if chance.random() < 0.9 else chance.choice(_OTHER_SIGNALS)
    if chance.random() < 0.5:
        tally.next_crossing += 1
        return Death(kind, crossing=tally.next_crossing % crossings)
    return Death(kind, after_s=chance.uniform(0, usual_s))


def _measure(protocol: Protocol, order: Order, tally: Tally) -> tuple[list[str], float]:
    reader, writer = os.pipe()
    started = time.monotonic()
    child = _fork(protocol, order, None, report=writer)
    os.close(writer)
    with os.fdopen(reader) as told:
        crossings = told.read().splitlines()
    os.waitpid(child, 0)
    tally.boundaries.update(crossings)
    return crossings, time.monotonic() - started


def _live_through(protocol: Protocol, order: Order, deaths: list[Death], tally: Tally) -> bool:
    """Let the payment's processes die these deaths, then try again; return whether it says it is done."""
    for death in deaths:
        child = _fork(protocol, order, death)
        if death.after_s is not None:
            _wait(child, death.after_s)
            os.kill(child, death.signal)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            if os.WTERMSIG(status) == signal.SIGKILL:
                tally.kills += 1
            else:
                tally.other_signals += 1
    died = time.monotonic()
    for _ in range(_TRIES):
        _, status = os.waitpid(_fork(protocol, order, None), 0)
        if os.waitstatus_to_exitcode(status) == _DONE:
            tally.slowest_s = max(tally.slowest_s, time.monotonic() - died)
            return True
    tally.unfinished += 1
    return False


def _wait(child: int, seconds: float) -> None:
    """Return after so many seconds, or as soon as the child has ended; it is not reaped."""
    descriptor = os.pidfd_open(child)
    try:
        select.select([descriptor], [], [], seconds)
    finally:
        os.close(descriptor)


def _fork(protocol: Protocol, order: Order, death: Death | None, report: int | None = None) -> int:
    """Start one attempt in a process of its own and return its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        for number in _OTHER_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = _attempt(protocol, order, death, report)
    except KeyboardInterrupt:
        # As an interpreter that was interrupted ends: by the signal.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    finally:
        os._exit(code)


def _attempt(protocol: Protocol, order: Order, death: Death | None, report: int | None) -> int:
    crossed = 0

    def crossing(name: str) -> None:
        nonlocal crossed
        if report is not None:
            os.write(report, f"{name}\n".encode())
        if death is not None and death.crossing == crossed:
            os.kill(os.getpid(), death.signal)
        crossed += 1

    try:
        protocol(order, crossing)
    except Unpaid as error:
        if os.environ.get("HARNESS_DEBUG"):
            os.write(2, f"{order.name}: {error}\n".encode())
        return _UNPAID
    return _DONE


def _count(orders: list[Order], done: set[Order], tally: Tally) -> None:
    """Ask the node who was paid, and compare it with what was ordered and said to be done."""
    counts = ask(orders[0].port, "harness_counts")
    sender = str(MemorySigner(orders[0].key).address).lower()
    paid = [counts["paid"].get(str(order.to).lower(), 0) for order in orders]
    tally.sends += len(orders)
    tally.lost += sum(times == 0 and order in done for times, order in zip(paid, orders, strict=True))
    tally.doubled += sum(times > 1 for times in paid)
    tally.gaps += counts["waiting"]
    journal = SqliteJournal(orders[0].home / "journal.sqlite3")
    try:
        signed = journal.signed_from(31337, MemorySigner(orders[0].key).address, 0)
        nonces = {record.request.nonce for record in signed}
        # Nonces that were given away, and that no block has.
        tally.gaps += len(range(counts["counts"].get(sender, 0), max(nonces, default=-1) + 1))
        if tally.protocol in SHIPPED:
            journal.verify_audit()
    finally:
        journal.close()


def table(tallies: list[Tally]) -> str:
    """Return the tallies as lines of a table."""
    head = f"{'protocol':<30} {'kills':>7} {'sends':>6} {'lost':>5} {'doubled':>7} {'gaps':>5}"
    lines = [f"{head} {'unfinished':>10} {'slowest':>8} {'ms a kill':>9}"]
    for tally in tallies:
        each = 1000 * tally.seconds / max(1, tally.kills)
        lines.append(
            f"{tally.protocol:<30} {tally.kills:>7} {tally.sends:>6} {tally.lost:>5} {tally.doubled:>7}"
            f" {tally.gaps:>5} {tally.unfinished:>10} {tally.slowest_s:>6.2f} s {each:>9.0f}"
        )
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Run the shipped protocol and the broken ones, print the table; 0 where all is as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.harness.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=300, help="how many SIGKILLs for the shipped protocol")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--broken-kills", type=int, default=100, help="how many for each broken one")
    parser.add_argument("--only", choices=[*SHIPPED, *BROKEN], help="this protocol alone")
    given = parser.parse_args(arguments)
    chosen = [given.only] if given.only else [*SHIPPED, *BROKEN]
    tallies = [
        run(
            name,
            {**SHIPPED, **BROKEN}[name],
            kills=given.kills if name in SHIPPED else given.broken_kills,
            seed=given.seed,
        )
        for name in chosen
    ]
    print(table(tallies))
    for tally in tallies:
        others = f"{tally.other_signals} deaths by other signals"
        print(f"{tally.protocol}: {len(tally.boundaries)} boundaries, {others}, seed {given.seed}")
    return 0 if all(map(_is_as_it_must_be, tallies)) else 1


def _is_as_it_must_be(tally: Tally) -> bool:
    if tally.protocol in SHIPPED:
        return tally.is_whole and tally.slowest_s <= RECOVERY_LIMIT_S
    return tally.lost + tally.doubled > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
