"""Start of the command line and of the serverless function, in processes of their own."""

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


def _import_cpu_s(statement: str, *, cached: bool) -> float:
    """Return the CPU seconds of an import, the least of nine processes: others on the machine only add."""
    script = f"import time; began = time.process_time()\n{statement}\nprint(time.process_time() - began)"
    with tempfile.TemporaryDirectory() as bytecode:
        # An empty PYTHONDONTWRITEBYTECODE is as good as none.
        written = {"PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": "" if cached else "1"}
        environment = {**os.environ, **written}

        def run() -> float:
            command = [sys.executable, "-c", script]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            return float(done.stdout)

        run()
        return min(run() for _ in range(9))


def _function() -> None:
    libraries = "import flask, pydantic, requests"
    print_table(
        "import of the serverless function, CPU (limit for api.predict with bytecode cached: 400 ms)",
        [
            ("baseline: its libraries, bytecode cached", _import_cpu_s(libraries, cached=True)),
            ("api.predict, bytecode cached", _import_cpu_s("import api.predict", cached=True)),
            ("api.health, bytecode cached", _import_cpu_s("import api.health", cached=True)),
            ("its libraries, nothing cached", _import_cpu_s(libraries, cached=False)),
            ("api.predict, nothing cached", _import_cpu_s("import api.predict", cached=False)),
        ],
    )


def main() -> None:
    _function()
    print()
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
