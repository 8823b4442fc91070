"""A program that dies when its signed payment is on disk and no node has it: run as a process of its own.

python -m tests.middleware.killed_program URL KEY
"""

from __future__ import annotations

import os
import sys
from typing import Any

from eth_account import Account
from web3 import HTTPProvider, Web3
from web3.middleware import SignAndSendRawMiddlewareBuilder

from guard import install_guard
from tests.middleware.witness import FRIEND, watching


class DyingProvider(HTTPProvider):
    """Dies before a payment leaves."""

    def make_request(self, method: Any, params: Any) -> Any:
        """Ask the node, or die."""
        if method == "eth_sendRawTransaction":
            os._exit(9)
        return super().make_request(method, params)


if __name__ == "__main__":
    url, key = sys.argv[1:3]
    w3 = Web3(DyingProvider(url))
    w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(key), layer=0)
    install_guard(w3, watching(url))
    w3.eth.send_transaction({"from": Account.from_key(key).address, "to": FRIEND, "value": 77})
