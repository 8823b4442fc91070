"""A real node for one test run: anvil on a loopback port, and what the tests ask of it."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from web3 import Web3

from guard.adapters.web3_chain import connect
from guard.core.address import Address

_LISTENING = re.compile(r"Listening on (127\.0\.0\.1:\d+)")


@dataclass(frozen=True)
class Node:
    """A running anvil."""

    url: str
    web3: Web3

    def fund(self, account: Address, value_wei: int = 10 * 10**18) -> None:
        """Set an account's balance."""
        self.call("anvil_setBalance", account, hex(value_wei))

    def nonce(self, account: Address) -> int:
        """Return the count of its mined transactions."""
        return self.web3.eth.get_transaction_count(Web3.to_checksum_address(account), "latest")

    def pending_nonce(self, account: Address) -> int:
        """Return the count of its transactions, those in the pool included."""
        return self.web3.eth.get_transaction_count(Web3.to_checksum_address(account), "pending")

    def balance(self, account: Address) -> int:
        """Return its balance, wei."""
        return self.web3.eth.get_balance(Web3.to_checksum_address(account))

    def call(self, method: str, *parameters: object) -> object:
        """Call any method and return its result."""
        answer = self.web3.provider.make_request(method, list(parameters))  # type: ignore[arg-type]
        assert "error" not in answer, answer
        return answer["result"]


@contextmanager
def running_node(anvil: str, *flags: str) -> Iterator[Node]:
    """Start anvil on a free port, wait until it says where it listens, and end it afterwards."""
    process = subprocess.Popen(
        [anvil, "--host", "127.0.0.1", "--port", "0", *flags], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        address = next((found[1] for line in process.stdout if (found := _LISTENING.search(line))), None)
        assert address is not None, "anvil ended before it listened"
        # It says a line for every call, and stops when nobody reads them.
        reader = threading.Thread(target=process.stdout.read, daemon=True)
        reader.start()
        url = f"http://{address}"
        web3 = connect(url)
        yield Node(url=url, web3=web3)
        web3.provider._request_session_manager.session_cache.clear()  # type: ignore[attr-defined]
        process.terminate()
        reader.join()
    finally:
        process.terminate()
        process.communicate()
