"""A whole Ethereum chain in this process, for `wallet demo` and for tests: eth-tester on py-evm.

What belongs here: the chain, and payments at chosen times. What must not: anything about fraud.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.exceptions import TransactionFailed
from eth_tester.exceptions import ValidationError as InvalidForTester
from eth_utils.exceptions import ValidationError
from web3 import EthereumTesterProvider, Web3
from web3.types import RPCEndpoint, RPCResponse

from guard.adapters.keystore import MemorySigner
from guard.adapters.web3_chain import Web3Chain
from guard.core.address import Address
from guard.core.request import MarketFee, TransactionRequest

_GAS = 21_000
_TIP = 10**9
_GAS_PRICE = 2 * _TIP
"""Wei; twice the base fee that the chain starts with."""


_REVERTED = 3
"""geth's error code for a call that failed inside of the contract."""


class _Provider(EthereumTesterProvider):
    """py-evm is made for one thread and evidence is gathered by several; and refusals are answers."""

    def __init__(self, tester: EthereumTester) -> None:
        super().__init__(tester)
        self._lock = threading.Lock()

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Answer one request; what eth-tester raises becomes an error object, as a node would send."""
        with self._lock:
            try:
                return super().make_request(method, params)
            except TransactionFailed as error:
                return {"jsonrpc": "2.0", "id": 1, "error": {"code": _REVERTED, "message": str(error)}}
            except (ValidationError, InvalidForTester) as error:
                return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": str(error)}}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPayment:
    """One payment in the past of the embedded chain."""

    at: int
    """Unix seconds."""
    payer: MemorySigner | None
    """Who pays; None takes the chain's own rich account."""
    to: Address
    """Who is paid."""
    value_wei: int
    """How much, wei."""


class EmbeddedChain(Web3Chain):
    """A chain in this process. Payments after its past are put into a block at once."""

    def __init__(self, *, genesis_at: int) -> None:
        """Start the chain; `genesis_at`, in Unix seconds, is the time of its first block."""
        parameters = PyEVMBackend.generate_genesis_params({"timestamp": genesis_at})
        self._tester = EthereumTester(backend=PyEVMBackend(genesis_parameters=parameters))
        super().__init__(Web3(_Provider(self._tester)))

    def live_through(self, payments: Iterable[PastPayment]) -> None:
        """Put each payment into a block of its own at its time; the order is that of their times."""
        self._tester.disable_auto_mine_transactions()
        for payment in sorted(payments, key=lambda entry: entry.at):
            self._pay(payment)
            # A new block takes the wall clock's time; the past needs its own, set while it is being built.
            chain = self._tester.backend.chain
            chain.header = chain.header.copy(timestamp=payment.at)
            self._tester.mine_block()
        self._tester.enable_auto_mine_transactions()

    def _pay(self, payment: PastPayment) -> None:
        if payment.payer is None:
            rich = self.web3.eth.accounts[0]
            self.web3.eth.send_transaction(
                {
                    "from": rich,
                    "to": Web3.to_checksum_address(payment.to),
                    "value": Web3.to_wei(payment.value_wei, "wei"),
                    "gas": _GAS,
                    "gasPrice": Web3.to_wei(_GAS_PRICE, "wei"),
                }
            )
            return
        request = TransactionRequest(
            sender=payment.payer.address,
            to=payment.to,
            value=payment.value_wei,
            chain_id=self.chain_id(),
            nonce=self.mined_nonce(payment.payer.address),
            gas_limit=_GAS,
            fee=MarketFee(max_fee_per_gas=_GAS_PRICE, max_priority_fee_per_gas=_TIP),
        )
        self.broadcast(payment.payer.sign(request))
