"""A program that dies: with a key when its signed payment is on disk and no node has it, without one when the
node has signed and sent it and nobody has heard of it. Run as a process of its own.

python -m tests.middleware.killed_program URL [KEY]
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
    """Dies before a signed payment leaves, and after the node has made one."""

    def make_request(self, method: Any, params: Any) -> Any:
        """Ask the node, or die."""
        if method == "eth_sendRawTransaction":
            os._exit(9)
        answer = super().make_request(method, params)
        if method == "eth_sendTransaction":
            os._exit(9)
        return answer


if __name__ == "__main__":
    url, *keys = sys.argv[1:]
    w3 = Web3(DyingProvider(url))
    account = w3.eth.accounts[0]
    for key in keys:
        w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(key), layer=0)
        account = Account.from_key(key).address
    install_guard(w3, watching(url))
    w3.eth.send_transaction({"from": account, "to": FRIEND, "value": 77})
