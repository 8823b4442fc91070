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
        assert states == ([] if not journaled else ["mined" if signed else "abandoned"])
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


def test_f7_a_retry_after_a_death_before_the_signature_simply_goes_on(
    node: Node, payer: Payer, recipient: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = (
        *("send", recipient, "--value", "0.01ether", "--yes", "--idempotency-key", "rent"),
        *("--account", "main", "--password-file", str(payer.password_file), "--rpc-url", node.url),
    )
    with DocumentedService() as service:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
        killed = subprocess.run(
            [sys.executable, "-m", "tests.integration.killed_wallet", "before sign", *send],
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        assert killed.returncode == -signal.SIGKILL
        again = wallet(*send, "--json")
        assert again.code == 0, again.err
        third = wallet(*send, "--json")
    assert third.object["hash"] == again.object["hash"]
    assert (node.balance(recipient), node.nonce(payer.address)) == (VALUE_WEI, 1)


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_f9_a_reorganised_payment_is_pending_again_sent_again_and_final_at_last(
    depth: int, node: Node, payer: Payer, recipient: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DocumentedService() as service:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
        sent = wallet(
            *("send", recipient, "--value", "0.01ether", "--yes", "--json"),
            *("--account", "main", "--password-file", str(payer.password_file), "--rpc-url", node.url),
        )
    assert (sent.code, node.balance(recipient)) == (0, VALUE_WEI)
    node.call("anvil_mine", hex(depth - 1))
    node.call("anvil_reorg", depth, [])
    node.call("anvil_dropAllTransactions")
    assert node.balance(recipient) == 0

    resume = ("resume", "--rpc-url", node.url, "--json", "--confirmations", "7")
    (told,) = wallet(*resume).object["sends"]
    assert (told["state"], told["final"], told["hash"]) == ("mined", False, sent.object["hash"])
    assert node.balance(recipient) == VALUE_WEI
    node.call("anvil_mine", hex(6))
    (told,) = wallet(*resume).object["sends"]
    assert (told["state"], told["final"]) == ("mined", True)
    assert wallet(*resume).object["sends"] == []


def test_f8_a_stuck_payment_is_sped_up_on_a_real_node_and_paid_once(
    node: Node, payer: Payer, recipient: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = (
        *("--yes", "--async", "--json", "--rpc-url", node.url),
        *("--password-file", str(payer.password_file)),
    )
    node.call("evm_setAutomine", False)
    try:
        with DocumentedService() as service:
            monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
            sent = wallet("send", recipient, "--value", "0.01ether", "--account", "main", *flags)
            (record,) = wallet("history", "--json").object["sends"]
            faster = wallet("speed-up", record["id"], *flags)
            assert (sent.code, faster.code) == (0, 0), faster.err
    finally:
        node.call("evm_setAutomine", True)
        node.call("evm_mine")
    told = {
        one["hash"]: one["state"] for one in wallet("resume", "--rpc-url", node.url, "--json").object["sends"]
    }
    assert told == {sent.object["hash"]: "replaced", faster.object["hash"]: "mined"}
    assert (node.balance(recipient), node.nonce(payer.address)) == (VALUE_WEI, 1)
