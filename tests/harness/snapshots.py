"""Copies of the journal and its log, taken at random instants of a run of payments, must know every payment.

python -m tests.harness.snapshots [--snapshots 20] [--seed 1]

The paying process is stopped, its files are copied as a backup or a power cut would leave them, and it goes
on. Then each copy is opened: whoever the node had paid at that instant must be in it, with the signed bytes.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from guard.adapters.keystore import MemorySigner
from guard.adapters.sqlite_journal import SqliteJournal
from tests.harness.chain import ask
from tests.harness.kills import somebody
from tests.harness.node import CHAIN_ID, counting_node
from tests.harness.protocols import Order, shipped

_SUFFIXES = ("", "-wal", ".mark")


def main(arguments: list[str]) -> int:
    """Take the snapshots, print how many there were and how many payments were missing; 0 where none was."""
    parser = argparse.ArgumentParser(prog="python -m tests.harness.snapshots", description=__doc__)
    parser.add_argument("--snapshots", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    chance = random.Random(given.seed)
    key = chance.randbytes(32)
    sender = MemorySigner(key).address
    missing = known = 0
    with (
        tempfile.TemporaryDirectory(prefix="txguard-snapshots-") as folder,
        counting_node(given.seed) as port,
    ):
        home = Path(folder) / "home"
        payer = _start(home, port, key, given.seed)
        while not (home / "journal.sqlite3.mark").exists():
            time.sleep(0.01)
        for number in range(given.snapshots):
            time.sleep(chance.uniform(0, 0.2))
            os.kill(payer, signal.SIGSTOP)
            copy = Path(folder) / str(number)
            copy.mkdir()
            for suffix in _SUFFIXES:
                if (home / f"journal.sqlite3{suffix}").exists():
                    shutil.copy(home / f"journal.sqlite3{suffix}", copy)
            paid = set(ask(port, "harness_counts")["paid"])
            os.kill(payer, signal.SIGCONT)
            with closing(SqliteJournal(copy / "journal.sqlite3")) as journal:
                signed = journal.signed_from(CHAIN_ID, sender, 0)
                journal.verify_audit()
            kept = {str(record.request.to).lower() for record in signed}
            missing += len(paid - kept)
            known += len(paid)
        os.kill(payer, signal.SIGKILL)
        os.waitpid(payer, 0)
    print(f"{given.snapshots} snapshots, {known} payments known to the node, {missing} missing")
    return 1 if missing or not known else 0


def _start(home: Path, port: int, key: bytes, seed: int) -> int:
    child = os.fork()
    if child:
        return child
    chance = random.Random(f"payments {seed}")
    try:
        for number in range(100_000):
            shipped(
                Order(home=home, port=port, key=key, to=somebody(chance), name=f"send {number}"),
                lambda name: None,
            )
    finally:
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
