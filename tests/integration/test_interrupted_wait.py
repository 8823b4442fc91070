"""Ctrl-C while the wallet waits for a service that says nothing: nothing was signed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing

from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.address import Address
from tests import hostile_service as hostile
from tests.hostile_service import HostileService
from tests.integration.conftest import Payer
from tests.integration.node import Node


def test_an_interrupted_wait_is_exit_130_with_nothing_signed_and_one_question_asked(
    node: Node, payer: Payer, recipient: Address
) -> None:
    """B8: a long silence can be left, and what was asked once is not asked again."""
    with HostileService(hostile.silent) as service:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", "from wallet.cli import main; main()"),
                *("send", recipient, "--value", "1gwei", "--rpc-url", node.url, "--yes"),
                *("--password-file", str(payer.password_file)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TXGUARD_UPSTREAM_URL": service.url},
        )
        assert service.asked.wait(30)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert (process.returncode, len(service.requests)) == (130, 1)
    assert "interrupted" in said
    assert node.pending_nonce(payer.address) == 0
    journal_file = payer.home / "journal.sqlite3"
    if journal_file.exists():
        with closing(SqliteJournal(journal_file)) as journal:
            assert [record.raw for record in journal.sends(10)] == []
