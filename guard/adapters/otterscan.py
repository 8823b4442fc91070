"""An account's past from a node that indexes by account: Otterscan's calls, which Erigon and anvil answer.

What belongs here: the pages of `ots_searchTransactionsBefore`, and the check that they leave nothing out.
What must not: how a past is counted; `guard.core.history` says it.

Source: https://docs.otterscan.io/api-docs/ots-api
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web3 import Web3
from web3.exceptions import Web3RPCError
from web3.types import RPCEndpoint

from guard.adapters.token_moves import token_moves
from guard.adapters.web3_chain import translated
from guard.core.address import Address
from guard.core.evidence import Fact, Missing, Observed
from guard.core.history import AccountHistory, AccountTransaction
from guard.deadline import Deadline
from guard.errors import NodeError, OutsideError

API_LEVEL = 8
"""The level of the calls that this module speaks."""
MAX_TRANSACTIONS = 20_000
"""Transactions of one account that are read; a longer past is told as too long, never cut."""
PAGE_SIZE = 250
"""Transactions asked for at once; a page may hold more, because it ends with a whole block."""

_MAX_NUMBER = 2**256
_SOURCE = "Otterscan"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One transaction that mentions the account."""

    place: tuple[int, int]
    """Its block, and its index in it."""
    hash: str
    created: Address | None
    """The contract that it created."""
    transaction: AccountTransaction

    def is_of(self, account: Address) -> bool:
        """Tell whether the account takes part itself; what contracts paid it is mentioned as well."""
        return account in (self.transaction.sender, self.transaction.recipient, self.created)


def offers_otterscan(web3: Web3) -> bool:
    """Tell whether the node answers Otterscan's calls; raises what web3 raises when it does not answer."""
    try:
        level = web3.manager.request_blocking(RPCEndpoint("ots_getApiLevel"), [])
    except Web3RPCError:
        return False
    return isinstance(level, int) and level >= API_LEVEL


class Otterscan:
    """Implements the HistorySource port over one node."""

    def __init__(
        self, web3: Web3, *, max_transactions: int = MAX_TRANSACTIONS, page_size: int = PAGE_SIZE
    ) -> None:
        self._web3 = web3
        self._max_transactions = max_transactions
        self._page_size = page_size

    def history(self, account: Address, deadline: Deadline) -> Fact[AccountHistory]:
        """Return the whole past of `account`, or Missing when it is too long, or cut, or time runs out."""
        try:
            with translated("for an account's history"):
                return self._read(account, deadline)
        except OutsideError as error:
            return Missing(error.message, is_failure=True)

    def _read(self, account: Address, deadline: Deadline) -> Fact[AccountHistory]:
        deadline.check("asking for the latest block")
        height = self._web3.eth.block_number
        entries: dict[str, _Entry] = {}
        for page in self._pages(account, height, deadline):
            entries.update((entry.hash, entry) for entry in page if entry.is_of(account))
            if len(entries) > self._max_transactions:
                return Missing(
                    f"the account has more than {self._max_transactions} transactions, more than are read"
                )
        ordered = sorted(entries.values(), key=lambda entry: entry.place)
        transactions = tuple(entry.transaction for entry in ordered)
        if (problem := self._cut(account, transactions, height)) is not None:
            return Missing(problem, is_failure=True)
        history = AccountHistory(
            account=account,
            transactions=transactions,
            token_moves=tuple(token_moves(self._web3, account, height, deadline)),
            source=_SOURCE,
        )
        return Observed(history, _SOURCE, height)

    def _pages(self, account: Address, height: int, deadline: Deadline) -> Iterator[list[_Entry]]:
        """Yield what mentions the account, newest page first, down to the first block."""
        before = height + 1
        while before > 0:
            deadline.check(f"reading an account's transactions before block {before}")
            parameters = [account, before, self._page_size]
            answer = self._web3.manager.request_blocking(
                RPCEndpoint("ots_searchTransactionsBefore"), parameters
            )
            page, is_last = _page(answer)
            if any(entry.place[0] >= before for entry in page):
                raise _invalid("a page that goes back on itself")
            yield page
            # anvil does not call an empty page the last one.
            if is_last or not page:
                return
            before = min(entry.place[0] for entry in page)

    def _cut(self, account: Address, transactions: Sequence[AccountTransaction], height: int) -> str | None:
        """Return what is missing of an account without code: its nonce counts what it has ever sent.

        A node that has forgotten old blocks, or a chain forked from another, tells a part as if it were all.
        """
        address = Web3.to_checksum_address(account)
        if self._web3.eth.get_code(address, height):
            return None
        sent = sum(entry.sender == account for entry in transactions)
        nonce = self._web3.eth.get_transaction_count(address, height)
        if sent >= nonce:
            return None
        return f"the node tells {sent} of the {nonce} transactions that the account has sent"


def _page(answer: Any) -> tuple[list[_Entry], bool]:
    """Read one page; raises NodeError for whatever is not one."""
    if not isinstance(answer, Mapping):
        raise _invalid("no page")
    transactions, receipts, is_last = answer.get("txs"), answer.get("receipts"), answer.get("lastPage")
    if not isinstance(transactions, list) or not isinstance(receipts, list) or not isinstance(is_last, bool):
        raise _invalid("a page without transactions and their receipts")
    by_hash = {receipt["transactionHash"]: receipt for receipt in receipts}
    return [_entry(one, by_hash[one["hash"]]) for one in transactions], is_last


def _entry(transaction: Mapping[str, Any], receipt: Mapping[str, Any]) -> _Entry:
    to, created = transaction["to"], receipt.get("contractAddress")
    return _Entry(
        place=(_number(transaction["blockNumber"]), _number(transaction["transactionIndex"])),
        hash=str(transaction["hash"]),
        created=None if to or not created else Address.parse(created),
        transaction=AccountTransaction(
            timestamp=_number(receipt["timestamp"]),
            sender=Address.parse(transaction["from"]),
            recipient=Address.parse(to) if to else None,
            value_wei=_number(transaction["value"]),
        ),
    )


def _number(quantity: object) -> int:
    """Return a number, told as 0x and hex digits or, for the time of a block, as Erigon tells it: bare."""
    number = int(quantity, 16) if isinstance(quantity, str) and quantity.startswith("0x") else quantity
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < _MAX_NUMBER:
        raise _invalid("a number that is none")
    return number


def _invalid(what: str) -> NodeError:
    return NodeError(
        f"the node was asked for an account's history and answered {what}",
        hint="check that --rpc-url is an Ethereum node",
        code="node_invalid",
    )
