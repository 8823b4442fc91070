"""What a killed program leaves behind is brought to its end by the wallet, byte for byte."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

from eth_account import Account

from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.address import Address
from guard.core.journal import SendState
from tests.integration.node import Node
from tests.integration.wallet import wallet
from tests.middleware.witness import FRIEND


def records(home: Path) -> list[tuple[SendState, str | None]]:
    journal = SqliteJournal(home / "journal.sqlite3", read_only=True)
    try:
        return [(record.state, record.hash) for record in journal.sends(10)]
    finally:
        journal.close()


def test_a_payment_that_was_signed_when_its_program_died_is_resumed(node: Node, home: Path) -> None:
    node.call("anvil_setNextBlockBaseFeePerGas", hex(10**9))
    node.call("anvil_mine", "0x1")
    key = secrets.token_hex(32)
    node.fund(Address.parse(Account.from_key(key).address))
    before = node.balance(FRIEND)
    run = subprocess.run(
        [sys.executable, "-m", "tests.middleware.killed_program", node.url, key],
        env={**os.environ, "TXGUARD_HOME": str(home)},
        timeout=60,
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 9, run.stderr
    (state, signed), _ = records(home)
    assert (state, node.balance(FRIEND)) == (SendState.SIGNED, before)
    resumed = wallet("resume", "--rpc-url", node.url, "--json")
    assert resumed.code == 0, resumed
    assert records(home)[0] == (SendState.MINED, signed)
    assert node.balance(FRIEND) == before + 77
    assert wallet("resume", "--rpc-url", node.url, "--json").code == 0
    assert node.balance(FRIEND) == before + 77
