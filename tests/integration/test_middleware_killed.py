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


def die(node: Node, home: Path, *keys: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.middleware.killed_program", node.url, *keys],
        env={**os.environ, "TXGUARD_HOME": str(home)},
        timeout=60,
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 9, run.stderr


def test_a_payment_that_was_signed_when_its_program_died_is_resumed(node: Node, home: Path) -> None:
    node.call("anvil_setNextBlockBaseFeePerGas", hex(10**9))
    node.call("anvil_mine", "0x1")
    key = secrets.token_hex(32)
    node.fund(Address.parse(Account.from_key(key).address))
    before = node.balance(FRIEND)
    die(node, home, key)
    (state, signed), _ = records(home)
    assert (state, node.balance(FRIEND)) == (SendState.SIGNED, before)
    resumed = wallet("resume", "--rpc-url", node.url, "--json")
    assert resumed.code == 0, resumed
    assert records(home)[0] == (SendState.MINED, signed)
    assert node.balance(FRIEND) == before + 77
    assert wallet("resume", "--rpc-url", node.url, "--json").code == 0
    assert node.balance(FRIEND) == before + 77


def test_of_a_payment_that_the_node_was_making_nobody_says_that_it_was_not_sent(
    node: Node, home: Path
) -> None:
    """It counts for limits before and after the wallet has looked at it."""
    node.call("anvil_setNextBlockBaseFeePerGas", hex(10**9))
    node.call("anvil_mine", "0x1")
    before = node.balance(FRIEND)
    die(node, home)
    assert node.balance(FRIEND) == before + 77
    account = Address.parse(node.web3.eth.accounts[0])

    def spent() -> int:
        journal = SqliteJournal(home / "journal.sqlite3", read_only=True)
        try:
            assert journal.verify_audit() > 0
            return journal.spending(31337, account, since=0, besides=None).wei_since(0)
        finally:
            journal.close()

    assert spent() > 77
    wallet("resume", "--rpc-url", node.url, "--json")
    assert records(home) == [(SendState.HANDED, None)]
    assert spent() > 77
