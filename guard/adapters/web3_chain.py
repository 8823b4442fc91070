"""The node, by way of web3.py: what is read from it, and the way to the network.

What belongs here: calls, and the translation of everything that can go wrong with one into NodeError.
What must not: the wording of a verdict, or any retry of a broadcast.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self, TypeVar, cast
from urllib.parse import urlsplit

import requests
from eth_typing import BlockNumber, ChecksumAddress, HexAddress, HexStr
from web3 import HTTPProvider, Web3
from web3.exceptions import TransactionNotFound, Web3RPCError
from web3.types import BlockIdentifier, TxParams

from guard.adapters.bounded_session import bounded_session
from guard.adapters.contract_view import asked
from guard.core.address import Address
from guard.core.node_answers import NodeAnswer, read_answer
from guard.core.receipt import Receipt
from guard.core.request import Fee, LegacyFee, MarketFee, TransactionRequest
from guard.core.rpc_transaction import transaction_object
from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.errors import ConfigurationError, NodeError, OutsideError
from guard.gather import Failed, Late, gather
from guard.ports import ChainFacts, Simulator

T = TypeVar("T")

REQUEST_TIMEOUT_S = 15.0
"""Seconds between two bytes of a node's answer."""
TOTAL_TIMEOUT_S = 30.0
"""Seconds for one question to a node, however it is answered."""
MAX_OPEN = 256
"""Questions on their way at one time. One that was left behind counts until its connection ends: a node that
never ends one is asked no more, and takes no more threads."""

_VIEW_GAS = 2_000_000
"""Units of gas of a question to a contract: more than honest answers take, too few for an endless one."""

_POLL_S = (0.05, 1.0)
"""The first and the longest pause between two looks for a receipt, seconds."""


def connect(url: str) -> Web3:
    """Return a connection to the node at `url`, http or https; raises ConfigurationError for another form."""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        # The text is not repeated: its path or user part may be a key.
        raise ConfigurationError(
            "what was given is not the address of a node",
            hint="give an http or https URL, such as http://127.0.0.1:8545",
        )
    arguments = {"timeout": REQUEST_TIMEOUT_S, "allow_redirects": False}
    provider = HTTPProvider(
        url, request_kwargs=arguments, session=bounded_session(), exception_retry_configuration=None
    )
    return Web3(provider)


class Web3Chain:
    """Implements the Node and Broadcaster ports on a web3 connection, the embedded chain's included."""

    def __init__(self, web3: Web3, *, total_timeout_s: float = TOTAL_TIMEOUT_S) -> None:
        self.web3 = web3
        self._total_timeout_s = total_timeout_s
        self._deadline: Deadline | None = None
        self._pause_s = _POLL_S[0]
        self._open = threading.BoundedSemaphore(MAX_OPEN)

    def chain_id(self) -> int:
        """Return the EIP-155 chain id."""
        return self.ask_number("its chain id", lambda: self.web3.eth.chain_id)

    def balance(self, account: Address) -> int:
        """Return the balance at the latest block, wei."""
        return self.ask_number("a balance", lambda: self.web3.eth.get_balance(checked(account)))

    def code(self, account: Address) -> bytes:
        """Return the code at the latest block; empty where there is none."""
        return self.ask("an account's code", lambda: bytes(self.web3.eth.get_code(checked(account))))

    def next_nonce(self, account: Address) -> int:
        """Return the transaction count, pending ones included."""
        return self.ask_number(
            "a nonce", lambda: self.web3.eth.get_transaction_count(checked(account), "pending")
        )

    def mined_nonce(self, account: Address, *, confirmations: int = 1) -> int:
        """Return the transaction count at the block that has so many confirmations: 1 is the latest."""
        if confirmations == 1:
            block: BlockIdentifier = "latest"
        else:
            number = self.block_number() - confirmations + 1
            if number < 0:
                return 0
            block = BlockNumber(number)
        return self.ask_number(
            "a nonce", lambda: self.web3.eth.get_transaction_count(checked(account), block)
        )

    def block_number(self) -> int:
        """Return the number of the latest block."""
        return self.ask_number("the latest block", lambda: self.web3.eth.block_number)

    def estimate_gas(self, request: TransactionRequest) -> int:
        """Return the units of gas that the request would use."""
        call = transaction_object(request)
        # The fee would make the node check the balance, which is a rule's business and not the estimate's.
        fields = {name: call[name] for name in ("from", "to", "value", "data") if name in call}
        return self.ask_number("a gas estimate", lambda: self.web3.eth.estimate_gas(cast(TxParams, fields)))

    def view(self, contract: Address, data: bytes) -> bytes | None:
        """Return what a call with this calldata would return, or None where the contract refuses it."""
        return self.ask("what a contract says", lambda: asked(self.web3, contract, data, gas=_VIEW_GAS))

    def suggest_fee(self, *, legacy: bool) -> Fee:
        """Return fees with which a transaction is likely to be mined soon.

        Fee-market: the node's tip, and twice the base fee above it, which outlasts six full blocks in a row.
        """
        if legacy:
            return LegacyFee(gas_price=self.ask_number("a gas price", lambda: self.web3.eth.gas_price))
        block = self.ask("the latest block", lambda: self.web3.eth.get_block("latest"))
        if self.ask("the base fee", lambda: block.get("baseFeePerGas")) is None:
            return LegacyFee(gas_price=self.ask_number("a gas price", lambda: self.web3.eth.gas_price))
        base_fee = self.ask_number("the base fee", lambda: block["baseFeePerGas"])
        tip = self.ask_number("a priority fee", lambda: self.web3.eth.max_priority_fee)
        return MarketFee(max_fee_per_gas=2 * base_fee + tip, max_priority_fee_per_gas=tip)

    def receipt(self, transaction_hash: str) -> Receipt | None:
        """Return the receipt, or None while the transaction is in no block."""
        return self.ask("a receipt", lambda: self._receipt(transaction_hash))

    def wait(self, deadline: Deadline) -> bool:
        """Return True after a pause, False once `deadline` has passed."""
        remaining = deadline.remaining()
        if remaining == 0:
            return False
        time.sleep(min(self._pause_s, remaining))
        self._pause_s = min(2 * self._pause_s, _POLL_S[1])
        return True

    def within(self, deadline: Deadline) -> Self:
        """Return the same chain, each of whose answers comes by `deadline` or not at all."""
        bounded = copy.copy(self)
        bounded._deadline = deadline
        return bounded

    def facts(self) -> ChainFacts:
        """Return what asks the same node about accounts, tokens and fees."""
        # Here, because it is made on top of this module.
        from guard.adapters.chain_facts import NodeFacts

        return NodeFacts(self)

    def simulator(self) -> Simulator:
        """Return what runs requests on the same node."""
        from guard.adapters.simulation import NodeSimulator

        return NodeSimulator(self)

    def broadcast(self, raw: bytes) -> str:
        """Hand the signed bytes over once and return the hash that the node names."""
        try:
            with translated("to broadcast"):
                return Web3.to_hex(self._in_time(lambda: self.web3.eth.send_raw_transaction(raw)))
        except NodeError as error:
            if error.code == "node_refused" and read_answer(error.words) is NodeAnswer.KNOWN:
                return Web3.to_hex(Web3.keccak(raw))
            raise

    def _receipt(self, transaction_hash: str) -> Receipt | None:
        try:
            found = self.web3.eth.get_transaction_receipt(HexStr(transaction_hash))
        except TransactionNotFound:
            return None
        if found["blockNumber"] is None:
            return None
        receipt = Receipt(
            hash=Web3.to_hex(found["transactionHash"]),
            status=found["status"],
            block_number=found["blockNumber"],
            gas_used=found["gasUsed"],
            effective_gas_price=found.get("effectiveGasPrice", 0),
        )
        numbers = (receipt.status, receipt.block_number, receipt.gas_used, receipt.effective_gas_price)
        is_whole = all(type(number) is int and number >= 0 for number in numbers)
        # A receipt ends a payment for good: one that is not plainly this payment's is no receipt.
        if not is_whole or receipt.status not in (0, 1) or receipt.hash != transaction_hash:
            raise NodeError(
                f"the node answered what is no receipt of {transaction_hash}",
                hint="look the payment up on another node",
                code="node_invalid",
            )
        return receipt

    def ask_number(self, what: str, question: Callable[[], int]) -> int:
        """Return a number from 0; web3 passes on whatever else a node put in its place."""
        number: object = self.ask(what, question)
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise NodeError(
                f"the node was asked for {what} and answered no number",
                hint="check that --rpc-url is an Ethereum node",
                code="node_invalid",
            )
        return number

    def ask(self, what: str, question: Callable[[], T]) -> T:
        """Return what a question to the node is answered; raises NodeError, which names `what`."""
        with translated(f"for {what}"):
            return self._in_time(question)

    def _in_time(self, question: Callable[[], T]) -> T:
        """Return the answer, or raise what asking raised; a node that drips is left behind in time."""
        limit_s = self._total_timeout_s
        if self._deadline is not None:
            limit_s = min(limit_s, self._deadline.remaining())
        deadline = Deadline.after(limit_s)
        if limit_s == 0 or not self._open.acquire(timeout=limit_s):
            raise requests.exceptions.Timeout

        def counted() -> T:
            try:
                return question()
            finally:
                self._open.release()

        try:
            answer = gather({"node": counted}, deadline)["node"]
        except RuntimeError:
            # The system has no thread to give, so that nothing was asked.
            self._open.release()
            raise
        if isinstance(answer, Failed):
            raise answer.error
        if isinstance(answer, Late):
            raise requests.exceptions.Timeout
        return cast(T, answer)


def checked(address: Address) -> ChecksumAddress:
    return ChecksumAddress(HexAddress(HexStr(address)))


@contextmanager
def translated(purpose: str) -> Iterator[None]:
    """Turn whatever a node, its client or the network raises into NodeError, without the node's URL."""
    try:
        yield
    except Web3RPCError as error:
        # str(error) repeats the whole answer; rpc_response holds the one sentence that matters.
        answer = error.rpc_response or {}
        detail = answer.get("error", {})
        message = detail.get("message") if isinstance(detail, dict) else None
        words = escape_untrusted(str(message or error.message))
        raise NodeError(
            f"the node was asked {purpose} and refused: {words}",
            hint="the words are the node's own",
            code="node_refused",
            words=words,
        ) from None
    except requests.RequestException as error:
        # The exception's text holds the URL, whose path or user part may be a key.
        raise NodeError(
            f"the node could not be asked {purpose} ({type(error).__name__})",
            hint="check that it runs, and --rpc-url",
            code="node_unreachable",
        ) from None
    except (OutsideError, ConfigurationError):
        raise
    except Exception as error:  # noqa: BLE001  RecursionError, for one: what an answer can cause has no end
        # Its text is not repeated either: urllib3 puts a host that it cannot parse into it.
        raise NodeError(
            f"the node was asked {purpose} and answered what cannot be read ({type(error).__name__})",
            hint="check that --rpc-url is an Ethereum node",
            code="node_invalid",
        ) from None
