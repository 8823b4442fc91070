"""SIGKILL at each boundary of a send, then `resume`: paid once, or said not to have begun."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from guard.core.address import Address
from tests.documented_service import DocumentedService
from tests.integration.conftest import Payer
from tests.integration.killed_wallet import BOUNDARIES
from tests.integration.node import Node
from tests.integration.wallet import wallet

VALUE_WEI = 10**16
FIRST_WITH_DURABLE_BYTES = BOUNDARIES.index("after record_signed")


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_send_killed_at_a_boundary_and_resumed_is_paid_exactly_once(
    boundary: str, node: Node, payer: Payer, recipient: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = (
        *("send", recipient, "--value", "0.01ether", "--yes", "--idempotency-key", "rent"),
        *("--account", "main", "--password-file", str(payer.password_file), "--rpc-url", node.url),
    )
    signed = BOUNDARIES.index(boundary) >= FIRST_WITH_DURABLE_BYTES
    journaled = boundary != "before open_send"
    with DocumentedService() as service:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
        killed = subprocess.run(
            [sys.executable, "-m", "tests.integration.killed_wallet", boundary, *send],
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        assert killed.returncode == -signal.SIGKILL

        resumed = wallet("resume", "--rpc-url", node.url, "--json")
        assert resumed.code == 0, resumed.err
        states = [entry["state"] for entry in resumed.object["sends"]]
        ended = boundary == "after record_state mined"
        assert states == ([] if ended or not journaled else ["mined" if signed else "abandoned"])
        assert node.balance(recipient) == (VALUE_WEI if signed else 0)

        again = wallet(*send)
        assert again.code == 0, again.err
    assert (node.balance(recipient), node.nonce(payer.address)) == (VALUE_WEI, 1)
    assert node.pending_nonce(payer.address) == 1


def test_resume_sends_the_same_bytes_to_a_node_that_lost_them(
    node: Node, payer: Payer, recipient: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.call("evm_setAutomine", False)
    try:
        with DocumentedService() as service:
            monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
            sent = wallet(
                *("send", recipient, "--value", "0.01ether", "--yes", "--async", "--json"),
                *("--account", "main", "--password-file", str(payer.password_file), "--rpc-url", node.url),
            )
        transaction_hash = sent.object["hash"]
        assert (sent.code, node.pending_nonce(payer.address)) == (0, 1)
        assert node.call("anvil_dropTransaction", transaction_hash) == transaction_hash
        assert node.pending_nonce(payer.address) == 0

        resumed = wallet("resume", "--async", "--rpc-url", node.url, "--json")
        assert resumed.code == 0
        assert node.pending_nonce(payer.address) == 1
    finally:
        node.call("evm_setAutomine", True)
        node.call("evm_mine")
    mined = wallet("resume", "--rpc-url", node.url, "--json")
    assert [(entry["state"], entry["hash"]) for entry in mined.object["sends"]] == [
        ("mined", transaction_hash)
    ]
    assert node.balance(recipient) == VALUE_WEI
