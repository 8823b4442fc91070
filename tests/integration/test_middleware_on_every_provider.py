"""`install_guard` under web3 8 and web3 7, over every kind of provider, node and local keys, on anvil."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account

from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.address import Address
from guard.core.journal import SendState
from tests.integration.node import Node, running_node
from tests.middleware.web3_cases import KEY
from tests.middleware.witness import THIEF
from tests.needs import anvil, web3_7

FRAUD = "TransactionBlocked model.fraud"
PAID = "32 bytes"

BY_THE_NODE = {
    "send to a friend": PAID,
    "send to a thief": FRAUD,
    "transact for a thief": FRAUD,
    "create with ether": FRAUD,
    "sign a payment to a thief": FRAUD,
    "make_request": FRAUD,
    "manager": FRAUD,
    "sign a greeting": "65 bytes",
    "sign a hash": "TransactionBlocked message.opaque-hash",
    "a bundle of a miner": "InvalidRequest",
    "another case": "InvalidRequest",
    "read": "0 bytes",
    "raw to a friend": PAID,
    "raw to a thief": FRAUD,
    "a guard without a node": PAID,
}
ORDERS = (
    "signer inside, then guard",
    "signer outside, then guard",
    "guard, then signer inside",
    "guard, then signer outside",
    "guard, signer, guard again",
    "provider alone, signer",
)
EXPECTED = BY_THE_NODE | {
    f"{order}: {whom}": outcome for order in ORDERS for whom, outcome in (("friend", PAID), ("thief", FRAUD))
}
KINDS = ("HTTP", "IPC", "async HTTP", "WebSocket", "async IPC")


@pytest.fixture
def ipc_node(tmp_path: Path) -> Iterator[tuple[Node, Path]]:
    path = tmp_path / "anvil.ipc"
    with running_node(anvil(), "--ipc", str(path)) as node:
        node.fund(Address.parse(Account.from_key(KEY).address))
        yield node, path


@pytest.mark.parametrize("major", [8, 7])
def test_a_fraud_is_blocked_by_whatever_way_it_comes(
    major: int, ipc_node: tuple[Node, Path], home: Path
) -> None:
    """H1 H2 H3 H6: each way to send, each order of guard and signer, each provider, both versions of web3."""
    node, path = ipc_node
    python = sys.executable if major == 8 else web3_7()
    run = subprocess.run(
        [python, "-m", "tests.middleware.web3_cases", node.url, str(path)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={**os.environ, "TXGUARD_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["web3"].startswith(f"{major}.")
    of_a_socket = EXPECTED | {"a guard without a node": "ConfigurationError"}
    assert told["outcomes"] == {**dict.fromkeys(KINDS, EXPECTED), "WebSocket": of_a_socket}
    assert node.balance(THIEF) == 0
    # One payment of the node's account, one raw and one for each order, over each provider; and one behind a
    # guard that found its node itself, which a socket does not tell.
    _assert_on_record(home, paid=len(KINDS) * (2 + len(ORDERS)) + len(KINDS) - 1)


def _assert_on_record(home: Path, *, paid: int) -> None:
    journal = SqliteJournal(home / "journal.sqlite3", read_only=True)
    try:
        sends = journal.sends(1000)
        assert len([one for one in sends if one.state is SendState.BROADCAST]) == paid
        assert {one.state for one in sends} == {
            SendState.BROADCAST,
            SendState.BLOCKED,
            # What a local key was asked for without a nonce goes on with one, under another name.
            SendState.ABANDONED,
        }
        assert all(one.raw is not None for one in sends if one.state is SendState.BROADCAST)
        assert journal.verify_audit() > 0
    finally:
        journal.close()
