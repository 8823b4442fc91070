"""`wallet demo`: the product itself on a chain of its own, three sends and three endings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path


def test_the_demo_mines_one_holds_one_and_blocks_one_in_under_a_minute(home: Path) -> None:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", "from wallet.cli import main; main()", "demo"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "WALLET_RPC_URL": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1"},
    )
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started < 60
    text = done.stdout + done.stderr
    exits = re.findall(r"\(exit (\d+)\)", done.stdout)
    assert [exits.count(code) for code in ("5", "3")] == [1, 1]
    assert set(exits) == {"0", "3", "5"}
    for word in ("ALLOW", "WARN", "BLOCK", "mined in block", "model.fraud", "recipient.first-time"):
        assert word in text
    before, after = re.findall(r"nonce of \S+ before: (\d+), after: (\d+)", re.sub(r"\s+", " ", text))[0]
    assert before == after == "1"
    assert "the audit trail is whole" in text
    assert "ETH_RPC_URL" in text
    assert list(home.iterdir()) == []
    # A command line is shown as it would be typed, however long.
    shown = [line for line in text.splitlines() if not line.startswith(("$ ", "... broadcasting"))]
    assert [line for line in shown if len(line) > 80] == []
