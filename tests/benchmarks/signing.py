"""One signature by the signer process: against a process that signs with eth-account, and its parts."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from eth_account import Account

from guard.adapters.key_file import load_key_file
from guard.adapters.keystore import MemorySigner
from guard.adapters.signer_process import sign_in_child
from tests.adapters.values import KEY, request
from tests.benchmarks.table import median_s, print_table

_PASSWORD = "benchmark"


def _process(code: str) -> float:
    return median_s(lambda: subprocess.run([sys.executable, "-I", "-c", code], check=True), repeats=9)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        cheap = Path(folder) / "cheap"
        cheap.touch(mode=0o600)
        cheap.write_text(json.dumps(Account.encrypt(KEY, _PASSWORD, kdf="pbkdf2", iterations=1000)))
        standard = Path(folder) / "standard"
        standard.touch(mode=0o600)
        standard.write_text(json.dumps(Account.encrypt(KEY, _PASSWORD, kdf="scrypt", iterations=262144)))
        by_library = (
            f"import json; from eth_account import Account; document = json.load(open({str(cheap)!r})); "
            f"key = Account.decrypt(document, {_PASSWORD!r}); Account.from_key(key)"
        )
        files = [load_key_file(path) for path in (cheap, standard)]
        print_table(
            "one signature, wall clock",
            [
                ("baseline: a process with eth-account opens a key", _process(by_library)),
                ("python -c pass", _process("pass")),
                (
                    "signer process, cheap key derivation",
                    median_s(lambda: sign_in_child(files[0], _PASSWORD, request()), repeats=9),
                ),
                (
                    "signer process, geth's standard derivation",
                    median_s(lambda: sign_in_child(files[1], _PASSWORD, request()), repeats=3),
                ),
                (
                    "a key in memory, no process",
                    median_s(lambda: MemorySigner(KEY).sign(request()), repeats=99),
                ),
            ],
        )


if __name__ == "__main__":
    main()
