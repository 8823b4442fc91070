"""Many processes that pay from one account at the same moment, under a daily limit that only some fit into.

python -m tests.harness.crowd [--processes 50] [--fitting 20] [--seed 1]

Prints one JSON object: how many were paid, and the nonces that were used.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from guard.adapters.keystore import MemorySigner
from guard.adapters.sqlite_journal import SqliteJournal
from tests.harness.chain import FEE, ask
from tests.harness.kills import somebody
from tests.harness.node import CHAIN_ID, counting_node
from tests.harness.protocols import Order, Unpaid, shipped

COST_WEI = 1 + 21_000 * FEE.max_fee_per_gas
"""What one payment may cost at most: its value and its maximum fee."""


def main(arguments: list[str]) -> None:
    """Let them all start at once, and tell what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.harness.crowd", description=__doc__)
    parser.add_argument("--processes", type=int, default=50)
    parser.add_argument("--fitting", type=int, default=20, help="how many the daily limit has room for")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    chance = random.Random(given.seed)
    key = chance.randbytes(32)
    # One wei short of room for one more.
    limit = (given.fitting + 1) * COST_WEI - 1
    with tempfile.TemporaryDirectory(prefix="txguard-crowd-") as folder, counting_node(given.seed) as port:
        orders = [
            Order(
                home=Path(folder), port=port, key=key, to=somebody(chance), name=f"{n}", daily_limit_wei=limit
            )
            for n in range(given.processes)
        ]
        sender = MemorySigner(key).address
        started = time.monotonic()
        children = [_start(order) for order in orders]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        counts = ask(port, "harness_counts")
        journal = SqliteJournal(Path(folder) / "journal.sqlite3")
        nonces = [record.request.nonce for record in journal.signed_from(CHAIN_ID, sender, 0)]
        told = {
            "paid": sum(counts["paid"].get(str(order.to).lower(), 0) for order in orders),
            "most_to_one": max(counts["paid"].values()),
            "said_to_be_paid": codes.count(0),
            "refused": codes.count(3),
            "nonces": nonces,
            "entries": journal.verify_audit(),
            "seconds": round(time.monotonic() - started, 1),
        }
        journal.close()
    print(json.dumps(told))


def _start(order: Order) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        shipped(order, lambda name: None)
        code = 0
    except Unpaid:
        code = 3
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
