"""An account's past by reading every block: right for a small development chain, and only for that.

What belongs here: the scan. What must not: how a past is counted; `guard.core.history` says it.
"""

from __future__ import annotations

from collections.abc import Iterator

from web3 import Web3
from web3.types import TxData

from guard.adapters.token_moves import token_moves
from guard.adapters.web3_chain import translated
from guard.core.address import Address
from guard.core.evidence import Fact, Missing, Observed
from guard.core.history import AccountHistory, AccountTransaction
from guard.deadline import Deadline
from guard.errors import OutsideError

MAX_BLOCKS = 20_000
"""The tallest chain that is scanned; a public one needs an explorer or an archive node."""


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
            return Missing(error.message, is_failure=True)

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
            token_moves=tuple(token_moves(self._web3, account, height, deadline)),
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
