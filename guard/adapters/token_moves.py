"""An account's ERC-20 moves, from a node's event logs.

What belongs here: which logs are moves, and what a token calls itself. What must not: transactions, and how
moves are counted; `guard.core.history` says that.
"""

from __future__ import annotations

from collections.abc import Iterator

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_typing import HexStr
from web3 import Web3
from web3.types import FilterParams, LogReceipt

from guard.adapters.contract_view import told
from guard.core.address import Address, keccak256
from guard.core.history import MAX_DECIMALS, TokenMove, token_name, whole_tokens
from guard.deadline import Deadline

_TRANSFER_TOPIC = HexStr("0x" + keccak256(b"Transfer(address,address,uint256)").hex())
_ERC20_TOPICS = 3
"""Topics of an ERC-20 Transfer; an ERC-721 one has a fourth, the token's id."""
_NAME, _DECIMALS = keccak256(b"name()")[:4], keccak256(b"decimals()")[:4]


def token_moves(web3: Web3, account: Address, height: int, deadline: Deadline) -> Iterator[TokenMove]:
    """Yield every ERC-20 move of `account` up to block `height`, in chain order.

    Raises DeadlineExceeded, and whatever web3 raises when the node does not answer.
    """
    padded = HexStr("0x" + account.to_bytes().rjust(32, b"\0").hex())
    logs: dict[tuple[int, int], LogReceipt] = {}
    for topics in ([_TRANSFER_TOPIC, padded], [_TRANSFER_TOPIC, None, padded]):
        deadline.check("reading an account's token moves")
        query: FilterParams = {"fromBlock": 0, "toBlock": height, "topics": topics}
        for log in web3.eth.get_logs(query):
            logs[log["blockNumber"], log["logIndex"]] = log
    tokens: dict[Address, tuple[str, int]] = {}
    for _, log in sorted(logs.items()):
        # ERC-721 has the same event with one more topic; a foreign event may have any data.
        if len(log["topics"]) != _ERC20_TOPICS or len(log["data"]) != 32:
            continue
        token = Address.parse(log["address"])
        if token not in tokens:
            deadline.check("reading a token's name")
            tokens[token] = _name(web3, token), _decimals(web3, token)
        name, decimals = tokens[token]
        yield TokenMove(
            sender=Address.from_bytes(bytes(log["topics"][1])[12:]),
            recipient=Address.from_bytes(bytes(log["topics"][2])[12:]),
            token=token,
            token_name=name,
            amount=whole_tokens(int.from_bytes(log["data"], "big"), decimals),
        )


def _name(web3: Web3, token: Address) -> str:
    """Return a token's own name, escaped; "" where it tells none. Some old tokens tell it as bytes32."""
    answer = told(web3, token, _NAME)
    try:
        raw = answer.rstrip(b"\0") if len(answer) == 32 else decode(["bytes"], answer)[0]
        return token_name(raw.decode("utf-8"))
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return ""


def _decimals(web3: Web3, token: Address) -> int:
    """Return a token's decimals; 0 where it tells none, so that it counts in its smallest unit."""
    answer = told(web3, token, _DECIMALS)
    number = int.from_bytes(answer, "big") if len(answer) == 32 else 0
    return number if number <= MAX_DECIMALS else 0
