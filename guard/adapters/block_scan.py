"""An account's past by reading every block: right for a small development chain, and only for that.

What belongs here: the scan. What must not: how a past is counted; `guard.core.history` says it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from eth_typing import HexStr
from web3 import Web3
from web3.types import FilterParams, LogReceipt, TxData

from guard.adapters.web3_chain import translated
from guard.core.address import Address, keccak256
from guard.core.evidence import Fact, Missing, Observed
from guard.core.history import AccountHistory, AccountTransaction, TokenMove
from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.errors import OutsideError

MAX_BLOCKS = 20_000
"""The tallest chain that is scanned; a public one needs an explorer or an archive node."""

_TRANSFER_TOPIC = HexStr("0x" + keccak256(b"Transfer(address,address,uint256)").hex())
_ERC20_TOPICS = 3
"""Topics of an ERC-20 Transfer; an ERC-721 one has a fourth, the token's id."""


def _view(name: str, output: str) -> dict[str, object]:
    """Return the ABI of a view function without arguments."""
    outputs = [{"name": "", "type": output}]
    return {"name": name, "type": "function", "stateMutability": "view", "inputs": [], "outputs": outputs}


_METADATA_ABI = [_view("name", "string"), _view("decimals", "uint8")]


class BlockScan:
    """Implements the HistorySource port over one node."""

    def __init__(self, web3: Web3, *, max_blocks: int = MAX_BLOCKS) -> None:
        self._web3 = web3
        self._max_blocks = max_blocks

    def history(self, account: Address, deadline: Deadline) -> Fact[AccountHistory]:
        """Return the whole past of `account`, or Missing when the chain is too tall or time runs out."""
        try:
            with translated("for an account's history"):
                return self._scan(account, deadline)
        except OutsideError as error:
            return Missing(error.message)

    def _scan(self, account: Address, deadline: Deadline) -> Fact[AccountHistory]:
        height = self._web3.eth.block_number
        if height > self._max_blocks:
            return Missing(
                f"the chain has {height} blocks; without an explorer at most {self._max_blocks} are scanned"
            )
        transactions: list[AccountTransaction] = []
        for number in range(height + 1):
            deadline.check(f"reading block {number} of {height} for an account's history")
            transactions.extend(self._transactions(number, account))
        history = AccountHistory(
            account=account,
            transactions=tuple(transactions),
            token_moves=tuple(self._token_moves(account, height, deadline)),
            source="block scan",
        )
        return Observed(history, "block scan", height)

    def _transactions(self, number: int, account: Address) -> Iterator[AccountTransaction]:
        block = self._web3.eth.get_block(number, full_transactions=True)
        for transaction in block["transactions"]:
            assert not isinstance(transaction, bytes)
            to = transaction.get("to")
            sender, recipient = Address.parse(transaction["from"]), Address.parse(to) if to else None
            created = self._created(transaction) if recipient is None else None
            if account in (sender, recipient, created):
                yield AccountTransaction(
                    timestamp=block["timestamp"],
                    sender=sender,
                    recipient=recipient,
                    value_wei=transaction["value"],
                )

    def _created(self, transaction: TxData) -> Address | None:
        address = self._web3.eth.get_transaction_receipt(transaction["hash"])["contractAddress"]
        return Address.parse(address) if address else None

    def _token_moves(self, account: Address, height: int, deadline: Deadline) -> Iterator[TokenMove]:
        padded = HexStr("0x" + account.to_bytes().rjust(32, b"\0").hex())
        logs: dict[tuple[int, int], LogReceipt] = {}
        for topics in ([_TRANSFER_TOPIC, padded], [_TRANSFER_TOPIC, None, padded]):
            deadline.check("reading an account's token moves")
            query: FilterParams = {"fromBlock": 0, "toBlock": height, "topics": topics}
            for log in self._web3.eth.get_logs(query):
                logs[log["blockNumber"], log["logIndex"]] = log
        tokens: dict[Address, tuple[str, int]] = {}
        for _, log in sorted(logs.items()):
            token = Address.parse(log["address"])
            # ERC-721 has the same event with one more topic; a foreign event may have any data.
            if len(log["topics"]) != _ERC20_TOPICS or len(log["data"]) != 32:
                continue
            deadline.check("reading a token's name")
            name, decimals = tokens.setdefault(token, self._metadata(token, tokens))
            amount = Decimal(int.from_bytes(log["data"], "big")).scaleb(-decimals)
            yield TokenMove(
                sender=Address.from_bytes(bytes(log["topics"][1])[12:]),
                recipient=Address.from_bytes(bytes(log["topics"][2])[12:]),
                token=token,
                token_name=name,
                amount=amount,
            )

    def _metadata(self, token: Address, known: dict[Address, tuple[str, int]]) -> tuple[str, int]:
        """Return a token's own name, escaped, and its decimals; "" and 0 where it does not tell them."""
        if token in known:
            return known[token]
        contract: Any = self._web3.eth.contract(Web3.to_checksum_address(token), abi=_METADATA_ABI)
        try:
            name = escape_untrusted(contract.functions.name().call(), limit=64)
            return name, contract.functions.decimals().call()
        except Exception:  # noqa: BLE001  a token may answer anything at all; it then has no name and no unit
            return "", 0
