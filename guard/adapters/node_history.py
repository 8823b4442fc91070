"""An account's past from whatever a node offers for it.

What belongs here: choosing. What must not: reading a past.
"""

from __future__ import annotations

from web3 import Web3

from guard.adapters.block_scan import BlockScan
from guard.adapters.otterscan import Otterscan, offers_otterscan
from guard.adapters.web3_chain import translated
from guard.core.address import Address
from guard.core.evidence import Fact, Missing
from guard.core.history import AccountHistory
from guard.deadline import Deadline
from guard.errors import OutsideError
from guard.ports import HistorySource


class NodeHistory:
    """Implements the HistorySource port with what a node offers: Otterscan's calls, or its blocks."""

    def __init__(self, web3: Web3) -> None:
        self._web3 = web3
        self._source: HistorySource | None = None

    def history(self, account: Address, deadline: Deadline) -> Fact[AccountHistory]:
        """Return the whole past of `account`, or Missing; the node is asked once what it offers."""
        if self._source is None:
            try:
                with translated("for the calls of an account index"):
                    offered = offers_otterscan(self._web3)
            except OutsideError as error:
                return Missing(error.message, is_failure=True)
            self._source = Otterscan(self._web3) if offered else BlockScan(self._web3)
        return self._source.history(account, deadline)
