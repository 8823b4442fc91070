"""Start of the command line, in a process of its own: against a bare interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from tests.benchmarks.table import median_s, print_table
from tests.documented_service import DocumentedService

_WALLET = "from wallet.cli import main; main()"
_RECIPIENT = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
_SENDER = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"


def _seconds(arguments: Sequence[str], home: str, **variables: str) -> float:
    environment = {**os.environ, "TXGUARD_HOME": home, **variables}

    def run() -> None:
        subprocess.run([sys.executable, *arguments], env=environment, capture_output=True)

    run()
    return median_s(run, repeats=9)


def main() -> None:
    check = ("check", _RECIPIENT, "--value", "0.1ether", "--from", _SENDER, "--gas-price", "20gwei")
    with tempfile.TemporaryDirectory() as home, DocumentedService() as service:
        print_table(
            "start of a process, wall clock",
            [
                ("baseline: python -c pass", _seconds(["-c", "pass"], home)),
                ("python -c 'import guard'", _seconds(["-c", "import guard"], home)),
                ("wallet --help", _seconds(["-c", _WALLET, "--help"], home)),
                ("wallet send --help", _seconds(["-c", _WALLET, "send", "--help"], home)),
                (
                    "wallet check, embedded, no node",
                    _seconds(["-c", _WALLET, *check, "--predict-url", "embedded"], home),
                ),
                (
                    "wallet check, route in process, loopback service",
                    _seconds(["-c", _WALLET, *check], home, TXGUARD_UPSTREAM_URL=service.url),
                ),
            ],
        )


if __name__ == "__main__":
    main()
