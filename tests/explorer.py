"""A loopback explorer that speaks as Etherscan or as Blockscout does, and rows made from a node's blocks.

What belongs here: the explorers' side, written from their documentation and apart from the code under test:
receipts' own logs instead of `eth_getLogs`, dictionaries instead of our values. What must not: assertions.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from web3 import Web3

from tests.loopback import LoopbackServer, http_answer

Row = dict[str, str]
Rows = Callable[[str, str], Sequence[Row]]
"""Action (`txlist`, `tokentx`) and account, in lower case, to every row, oldest first."""

KEY = "S3CRETK3YS3CRETK3Y"
_TRANSFER = Web3.to_hex(Web3.keccak(text="Transfer(address,address,uint256)"))


@dataclass
class Behaviour:
    """What one explorer does besides answering."""

    shape: str = "etherscan"
    key: str | None = None
    """The key without which it refuses."""
    most: int = 10_000
    """Rows of a page, whatever is asked for."""
    refusals: list[bytes] = field(default_factory=list)
    """Whole HTTP answers that come before the first real one."""


class Explorer(LoopbackServer):
    """`with Explorer(rows) as explorer:` answers `module=account` at `explorer.url`."""

    def __init__(self, rows: Rows, **behaviour: Any) -> None:
        super().__init__()
        self._rows = rows
        self.behaviour = Behaviour(**behaviour)
        self.path = "/v2/api" if self.behaviour.shape == "etherscan" else "/api"
        self.questions: list[dict[str, str]] = []

    def handle(self, client: socket.socket, request: bytes) -> None:
        target = request.split(b" ", 2)[1].decode()
        asked = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        self.questions.append(asked)
        if self.behaviour.refusals:
            client.sendall(self.behaviour.refusals.pop(0))
            return
        client.sendall(http_answer(json.dumps(self._answer(asked)).encode()))

    def _answer(self, asked: Mapping[str, str]) -> object:
        if self.behaviour.shape == "etherscan" and "chainid" not in asked:
            return refusal("Missing or unsupported chainid parameter (required for v2 api)")
        if self.behaviour.key is not None and asked.get("apikey") != self.behaviour.key:
            return refusal("Invalid API Key (#err2)|" + asked.get("apikey", ""))
        page, size = int(asked["page"]), int(asked["offset"])
        if page * size > 10_000:
            window = "Result window is too large, PageNo x Offset size must be less than or equal to 10000"
            return {"status": "0", "message": window, "result": None}
        first, last = int(asked["startblock"]), int(asked["endblock"])
        rows = self._rows(asked["action"], asked["address"].lower())
        if self.behaviour.shape == "etherscan":
            # Etherscan lists tokens with an id under an action of their own.
            rows = [row for row in rows if "tokenID" not in row]
        rows = [row for row in rows if first <= int(row["blockNumber"]) <= last]
        size = min(size, self.behaviour.most)
        page_rows = rows[(page - 1) * size : page * size]
        if not page_rows:
            nothing = "No transactions found"
            if self.behaviour.shape == "blockscout" and asked["action"] == "tokentx":
                nothing = "No token transfers found"
            return {"status": "0", "message": nothing, "result": []}
        return {"status": "1", "message": "OK", "result": page_rows}


def refusal(reason: str) -> dict[str, object]:
    """Return what Etherscan says, with status 200, when it refuses."""
    return {"status": "0", "message": "NOTOK", "result": reason}


def refusing(reason: str) -> bytes:
    """Return the whole HTTP answer of a refusal."""
    return http_answer(json.dumps(refusal(reason)).encode())


class NodeRows:
    """Every row that an explorer would have of a node's chain, as it stands when this is made."""

    def __init__(self, web3: Web3, tokens: Mapping[str, tuple[str, int]], shape: str = "etherscan") -> None:
        """Read the chain; `tokens` has the name and the decimals of each, by its address in lower case."""
        self._web3 = web3
        self._tokens = tokens
        self._shape = shape
        height = int(self._ask("eth_blockNumber"), 16)
        blocks = [self._ask("eth_getBlockByNumber", hex(number), True) for number in range(height + 1)]
        self._told = [
            (block, transaction, self._ask("eth_getTransactionReceipt", transaction["hash"]))
            for block in blocks
            for transaction in block["transactions"]
        ]

    def __call__(self, action: str, account: str) -> Sequence[Row]:
        rows: list[Row] = []
        for block, transaction, receipt in self._told:
            shared = {
                "blockNumber": str(int(block["number"], 16)),
                "timeStamp": str(int(block["timestamp"], 16)),
                "hash": transaction["hash"],
                "transactionIndex": str(int(transaction["transactionIndex"], 16)),
                "confirmations": "1",
            }
            if action == "tokentx":
                rows.extend(self._moves(shared, receipt, account))
            elif account in (transaction["from"], transaction["to"], receipt.get("contractAddress")):
                rows.append(shared | self._transaction(transaction, receipt))
        return rows

    def _transaction(self, transaction: Any, receipt: Any) -> Row:
        failed = receipt["status"] == "0x0"
        return {
            "from": transaction["from"],
            "to": transaction["to"] or "",
            "value": str(int(transaction["value"], 16)),
            "contractAddress": receipt.get("contractAddress") or "",
            "isError": "1" if failed else "0",
            "txreceipt_status": "0" if failed else "1",
            "input": transaction["input"],
        }

    def _moves(self, shared: Row, receipt: Any, account: str) -> list[Row]:
        rows = []
        for log in receipt["logs"]:
            if log["topics"][0] != _TRANSFER:
                continue
            sender, recipient = ("0x" + topic[-40:] for topic in log["topics"][1:3])
            if account not in (sender, recipient):
                continue
            name, decimals = self._tokens.get(log["address"], ("", 0))
            row = shared | {
                "from": sender,
                "to": recipient,
                "contractAddress": log["address"],
                "tokenName": name,
                "tokenSymbol": name[:3],
                "tokenDecimal": str(decimals) if name else "",
            }
            if len(log["topics"]) == 4:
                row["tokenID"] = str(int(log["topics"][3], 16))
            else:
                row["value"] = str(int(log["data"], 16))
            if self._shape == "blockscout":
                row["logIndex"] = str(int(log["logIndex"], 16))
            rows.append(row)
        return rows

    def _ask(self, method: str, *parameters: object) -> Any:
        return self._web3.provider.make_request(method, list(parameters))["result"]  # type: ignore[arg-type]
