"""The node as the light driver sees it: the Chain and Broadcaster ports over the standard library alone."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any

from guard.core.address import Address
from guard.core.receipt import Receipt
from guard.core.request import Fee, MarketFee, TransactionRequest
from guard.deadline import Deadline
from guard.errors import NodeError

FEE = MarketFee(max_fee_per_gas=20 * 10**9, max_priority_fee_per_gas=10**9)


def ask(port: int, method: str, *parameters: object) -> Any:
    """Return the node's answer; raises NodeError as the web3 adapter does."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/", body, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException) as error:
        raise NodeError(f"no answer ({type(error).__name__})", code="node_unreachable") from error
    finally:
        connection.close()
    if "error" in answer:
        words = answer["error"]["message"]
        raise NodeError(f"the node refused: {words}", code="node_refused", words=words)
    return answer["result"]


@dataclass(frozen=True)
class LightChain:
    """Implements Chain and Broadcaster."""

    port: int

    def chain_id(self) -> int:
        return int(ask(self.port, "eth_chainId"), 16)

    def balance(self, account: Address) -> int:
        return int(ask(self.port, "eth_getBalance", account, "latest"), 16)

    def code(self, account: Address) -> bytes:
        return bytes.fromhex(ask(self.port, "eth_getCode", account, "latest")[2:])

    def next_nonce(self, account: Address) -> int:
        return int(ask(self.port, "eth_getTransactionCount", account, "pending"), 16)

    def mined_nonce(self, account: Address, *, confirmations: int = 1) -> int:
        return int(ask(self.port, "eth_getTransactionCount", account, "latest"), 16)

    def block_number(self) -> int:
        return int(ask(self.port, "eth_blockNumber"), 16)

    def estimate_gas(self, request: TransactionRequest) -> int:
        return 21_000

    def suggest_fee(self, *, legacy: bool) -> Fee:
        return FEE

    def receipt(self, transaction_hash: str) -> Receipt | None:
        found = ask(self.port, "eth_getTransactionReceipt", transaction_hash)
        if found is None:
            return None
        return Receipt(
            hash=found["transactionHash"],
            status=int(found["status"], 16),
            block_number=int(found["blockNumber"], 16),
            gas_used=int(found["gasUsed"], 16),
            effective_gas_price=int(found["effectiveGasPrice"], 16),
        )

    def wait(self, deadline: Deadline) -> bool:
        if deadline.remaining() == 0:
            return False
        time.sleep(0.005)
        return True

    def within(self, deadline: Deadline) -> LightChain:
        return self

    def broadcast(self, raw: bytes) -> str:
        try:
            return str(ask(self.port, "eth_sendRawTransaction", "0x" + raw.hex()))
        except NodeError as error:
            from guard.core.node_answers import NodeAnswer, read_answer
            from guard.core.signed import decode_signed

            if error.code == "node_refused" and read_answer(error.words) is NodeAnswer.KNOWN:
                return decode_signed(raw).hash
            raise
