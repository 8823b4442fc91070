"""A thousand questions that only read, directly and through `guard rpc`: the same bytes come back."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from eth_account import Account
from web3 import Web3

from guard.core.address import Address
from tests.documented_service import DocumentedService
from tests.integration.node import Node
from tests.integration.proxy import post, running_proxy

COUNT = 1000
IDS = (0, 1, -7, 2**63, 10**30, 1.5, "1", "", "é\u2028", None)
FORMS = (
    json.dumps,
    lambda call: json.dumps(call, separators=(",", ":")),
    lambda call: json.dumps(dict(reversed(call.items())), indent=1, ensure_ascii=False),
)
"""How clients write the same call."""


def recorded(node: Node, payer: Address, hashes: list[str]) -> Iterator[bytes]:
    """Yield questions of every kind about a chain on which something happened, failing ones among them."""
    chance = random.Random(4711)
    head = node.web3.eth.block_number
    kinds = [
        lambda: ("eth_chainId", []),
        lambda: ("eth_blockNumber", []),
        lambda: ("net_version", []),
        lambda: ("web3_clientVersion", []),
        lambda: ("eth_accounts", []),
        lambda: ("eth_getBalance", [payer, "latest"]),
        lambda: ("eth_getBalance", [payer, hex(chance.randint(0, head + 2))]),
        lambda: ("eth_getTransactionCount", [payer, "latest"]),
        lambda: ("eth_getCode", [payer, "latest"]),
        lambda: ("eth_getStorageAt", [payer, "0x0", "latest"]),
        lambda: ("eth_getBlockByNumber", [hex(chance.randint(0, head)), chance.random() < 0.5]),
        lambda: ("eth_getBlockByNumber", ["latest", True]),
        lambda: ("eth_getBlockReceipts", [hex(chance.randint(0, head))]),
        lambda: ("eth_getTransactionByHash", [chance.choice(hashes)]),
        lambda: ("eth_getTransactionReceipt", [chance.choice(hashes)]),
        lambda: ("eth_getTransactionReceipt", ["0x" + "00" * 32]),
        lambda: ("eth_feeHistory", ["0x4", hex(head), [10, 50.5]]),
        lambda: ("eth_getLogs", [{"fromBlock": "0x0", "toBlock": hex(head)}]),
        lambda: ("eth_call", [{"to": payer, "data": "0x" + "ab" * chance.randint(0, 500)}, hex(head)]),
        lambda: ("eth_estimateGas", [{"from": payer, "to": payer, "value": "0x1"}, hex(head)]),
        lambda: ("eth_getProof", [payer, [], "latest"]),
        lambda: ("web3_sha3", ["0x" + "cd" * chance.randint(0, 50)]),
        lambda: ("debug_traceTransaction", [chance.choice(hashes), {}]),
        lambda: ("eth_getBalance", []),
        lambda: ("eth_getBalance", ["nonsense", "latest"]),
        lambda: ("eth_getBlockByNumber", [{"a": 1}]),
        lambda: ("eth_hashrate", []),
        lambda: ("eth_getUncleCountByBlockNumber", ["latest"]),
    ]

    def call() -> dict[str, object]:
        method, parameters = chance.choice(kinds)()
        return {"jsonrpc": "2.0", "id": chance.choice(IDS), "method": method, "params": parameters}

    for _ in range(COUNT):
        asked = [call() for _ in range(chance.randint(1, 9))] if chance.random() < 0.1 else call()
        form = FORMS[0] if isinstance(asked, list) else chance.choice(FORMS)
        yield form(asked).encode()  # type: ignore[arg-type]


def test_g10_a_thousand_recorded_reads_come_back_byte_for_byte(node: Node, recipient: Address) -> None:
    """G10: ids, order, numbers, errors and white space are the node's own."""
    key = "0x" + "17" * 32
    payer = Address.parse(Account.from_key(key).address)
    node.fund(payer)
    hashes = []
    for nonce in range(4):
        made = Account.sign_transaction(
            {
                "to": recipient,
                "value": 10**15,
                "nonce": node.nonce(payer) if nonce == 0 else nonce,
                "gas": 21_000,
                "gasPrice": 10**11,
                "chainId": node.web3.eth.chain_id,
            },
            key,
        )
        hashes.append(Web3.to_hex(node.web3.eth.send_raw_transaction(made.raw_transaction)))
    with DocumentedService() as service, running_proxy(node.url, service, "-q") as proxy:
        bodies = list(recorded(node, payer, hashes))
        told = [(body, post(node.url, body), proxy.post(body)) for body in bodies]
        assert [(body, direct, through) for body, direct, through in told if direct != through] == []
        assert len(told) == COUNT
        answered = [json.loads(direct) for _, direct, _ in told]
        assert sum("result" in one for one in answered if isinstance(one, dict)) > 500
        assert service.requests == []
