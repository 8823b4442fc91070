"""The node behind a loopback server: what it says is translated, and its address is never repeated."""

from __future__ import annotations

import json
import socket
import threading
import time
import traceback
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from guard.adapters import bounded_session, web3_chain
from guard.adapters.web3_chain import Web3Chain, connect
from guard.core.receipt import Receipt
from guard.core.request import LegacyFee, MarketFee
from guard.deadline import Deadline
from guard.errors import ConfigurationError, NodeError
from tests.adapters.values import address, request, signed
from tests.hostile_service import (
    Fault,
    HostileService,
    drip_body,
    drip_continue,
    drip_headers,
    drip_status,
    flood_body,
    flood_chunks,
    gzip_bomb,
    silent,
)
from tests.loopback import LoopbackServer, body_of, http_answer

SECRET = "s3cr3t-pr0ject-key"
SIGNED = signed(request())
ACCOUNT = address(1)


class Turns(list[Any]):
    """What a node answers to one question, one time after another."""


class Node(LoopbackServer):
    """Answers each method with what `results` holds for it, or with `raw` bytes, whatever was asked."""

    path = f"/v3/{SECRET}"

    def __init__(self) -> None:
        super().__init__()
        self.results: dict[str, Any] = {}
        self.errors: dict[str, Any] = {}
        self.raw: bytes | None = None
        self.hangs = False
        self.asked_for: list[str] = []

    def handle(self, client: socket.socket, request: bytes) -> None:
        asked = json.loads(body_of(request))
        self.asked_for.append(asked["method"])
        if self.hangs:
            self.over.wait(30)
            return
        if self.raw is not None:
            client.sendall(self.raw)
            return
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": asked["id"]}
        if asked["method"] in self.errors:
            answer["error"] = self.errors[asked["method"]]
        else:
            told = self.results.get(asked["method"])
            answer["result"] = told.pop(0) if isinstance(told, Turns) else told
        client.sendall(http_answer(json.dumps(answer).encode()))

    @property
    def chain(self) -> Web3Chain:
        """A connection to it, with a secret in the user part as well."""
        return Web3Chain(connect(f"http://user:{SECRET}@127.0.0.1:{self.port}{self.path}?k={SECRET}"))


@pytest.fixture
def node() -> Iterator[Node]:
    with Node() as running:
        yield running


def test_each_question_is_asked_once_and_answered_in_our_own_types(node: Node) -> None:
    node.results = {
        "eth_chainId": "0x5",
        "eth_getBalance": "0xde0b6b3a7640000",
        "eth_getCode": "0x6001",
        "eth_getTransactionCount": "0x7",
        "eth_estimateGas": "0x5208",
        "eth_gasPrice": "0x3b9aca00",
        "eth_getTransactionReceipt": None,
    }
    chain = node.chain
    assert chain.chain_id() == 5
    assert chain.balance(ACCOUNT) == 10**18
    assert chain.code(ACCOUNT) == b"\x60\x01"
    assert chain.next_nonce(ACCOUNT) == 7
    assert chain.mined_nonce(ACCOUNT) == 7
    assert chain.estimate_gas(request()) == 21_000
    assert chain.suggest_fee(legacy=True) == LegacyFee(gas_price=10**9)
    assert chain.receipt(SIGNED.hash) is None
    bodies = [json.loads(body_of(asked)) for asked in node.requests]
    # web3 asks for the chain id again, to check the call whose gas is estimated.
    asked_for = [(body["method"], body["params"]) for body in bodies]
    assert [asked for asked in asked_for if asked[0] != "eth_chainId"] == [
        ("eth_getBalance", [ACCOUNT, "latest"]),
        ("eth_getCode", [ACCOUNT, "latest"]),
        ("eth_getTransactionCount", [ACCOUNT, "pending"]),
        ("eth_getTransactionCount", [ACCOUNT, "latest"]),
        (
            "eth_estimateGas",
            [
                {"from": request().sender, "to": request().to, "value": hex(request().value), "data": "0x"},
                "latest",
            ],
        ),
        ("eth_gasPrice", []),
        ("eth_getTransactionReceipt", [SIGNED.hash]),
    ]


BLOCK = {"number": "0x1", "hash": "0x" + "00" * 32, "timestamp": "0x1", "transactions": []}


def test_the_suggested_fee_is_the_tip_above_twice_the_base_fee(node: Node) -> None:
    node.results = {
        "eth_getBlockByNumber": {**BLOCK, "baseFeePerGas": "0x64"},
        "eth_maxPriorityFeePerGas": "0x3",
    }
    assert node.chain.suggest_fee(legacy=False) == MarketFee(max_fee_per_gas=203, max_priority_fee_per_gas=3)


def test_a_chain_without_a_base_fee_gets_one_price(node: Node) -> None:
    node.results = {"eth_getBlockByNumber": BLOCK, "eth_gasPrice": "0x9"}
    assert node.chain.suggest_fee(legacy=False) == LegacyFee(gas_price=9)


def test_a_receipt_is_read_as_far_as_a_payer_needs_it(node: Node) -> None:
    node.results = {
        "eth_getTransactionReceipt": {
            "status": "0x0",
            "blockNumber": "0x10",
            "gasUsed": "0x5208",
            "effectiveGasPrice": "0x7",
            "transactionHash": SIGNED.hash,
            "logs": [],
        }
    }
    expected = Receipt(hash=SIGNED.hash, status=0, block_number=16, gas_used=21_000, effective_gas_price=7)
    assert node.chain.receipt(SIGNED.hash) == expected
    assert node.chain.within(Deadline.after(5)).receipt(SIGNED.hash) == expected


RECEIPT = {
    "status": "0x1",
    "blockNumber": "0x10",
    "gasUsed": "0x5208",
    "effectiveGasPrice": "0x7",
    "transactionHash": SIGNED.hash,
    "logs": [],
}
MINED = Receipt(hash=SIGNED.hash, status=1, block_number=16, gas_used=21_000, effective_gas_price=7)


def test_a_receipt_without_a_block_is_none_yet(node: Node) -> None:
    node.results = {"eth_getTransactionReceipt": {**RECEIPT, "blockNumber": None}}
    assert node.chain.receipt(SIGNED.hash) is None


def test_a_chain_before_fee_markets_names_no_effective_price(node: Node) -> None:
    told = {name: value for name, value in RECEIPT.items() if name != "effectiveGasPrice"}
    node.results = {"eth_getTransactionReceipt": told}
    assert node.chain.receipt(SIGNED.hash) == replace(MINED, effective_gas_price=0)


UNTOLD = object()


@pytest.mark.parametrize(
    ("field", "told"),
    [
        *[("status", told) for told in ("0x2", "-0x1", 2, -1, 0.5, 1.0, True, None, "", "0x", [1], UNTOLD)],
        *[
            (name, told)
            for name in ("blockNumber", "gasUsed", "effectiveGasPrice")
            for told in ("-0x1", -1, 1.5, True, "x", [], {})
        ],
        *[("gasUsed", told) for told in (None, UNTOLD)],
        ("effectiveGasPrice", None),
        ("blockNumber", UNTOLD),
        *[
            ("transactionHash", told)
            for told in (None, UNTOLD, "0x" + "1" * 64, SIGNED.hash[:-1], SIGNED.hash + "00", "", 5)
        ],
    ],
)
def test_what_is_not_plainly_this_payments_receipt_ends_nothing(node: Node, field: str, told: object) -> None:
    answer = {**RECEIPT, field: told}
    if told is UNTOLD:
        del answer[field]
    node.results = {"eth_getTransactionReceipt": answer}
    with pytest.raises(NodeError) as caught:
        node.chain.receipt(SIGNED.hash)
    assert caught.value.code == "node_invalid"


def test_a_wait_pauses_longer_each_time_and_ends_with_the_deadline(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(web3_chain.time, "sleep", pauses.append)
    chain = node.chain
    assert [chain.wait(Deadline.after(60)) for _ in range(7)] == [True] * 7
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert chain.wait(Deadline.after(0)) is False


def test_a_silent_node_is_left_behind_at_the_deadline_that_was_given(node: Node) -> None:
    deadline = Deadline.after(0.2)
    node.hangs = True
    asked_at = time.monotonic()
    with pytest.raises(NodeError) as caught:
        node.chain.within(deadline).receipt(SIGNED.hash)
    assert caught.value.code == "node_unreachable"
    assert deadline.remaining() == 0
    assert time.monotonic() - asked_at < web3_chain.REQUEST_TIMEOUT_S


def test_the_count_at_a_depth_is_asked_of_the_block_that_has_it(node: Node) -> None:
    node.results = {"eth_blockNumber": "0x14", "eth_getTransactionCount": "0x5"}
    assert node.chain.mined_nonce(request().sender, confirmations=12) == 5
    asked = json.loads(body_of(node.requests[-1]))
    assert (asked["method"], asked["params"][1]) == ("eth_getTransactionCount", "0x9")
    node.results["eth_blockNumber"] = "0xa"
    assert node.chain.mined_nonce(request().sender, confirmations=12) == 0


def test_bytes_that_were_taken_give_the_hash_that_the_node_names(node: Node) -> None:
    node.results = {"eth_sendRawTransaction": SIGNED.hash}
    assert node.chain.broadcast(SIGNED.raw) == SIGNED.hash
    assert json.loads(body_of(node.requests[0]))["params"] == ["0x" + SIGNED.raw.hex()]


@pytest.mark.parametrize(
    "words",
    [
        "already known",
        "Already known",
        "ALREADY_EXISTS: already known",
        "Transaction with the same hash was already imported.",
        "AlreadyKnown",
        "known transaction: 0xabc",
        "Known transaction",
    ],
)
def test_bytes_that_the_node_already_has_are_a_success_under_their_own_hash(node: Node, words: str) -> None:
    node.errors = {"eth_sendRawTransaction": {"code": -32000, "message": words}}
    assert node.chain.broadcast(SIGNED.raw) == SIGNED.hash
    assert node.asked_for == ["eth_sendRawTransaction"]


@pytest.mark.parametrize(
    "words",
    [
        "nonce too low",
        "replacement transaction underpriced",
        "insufficient funds",
        "unknown",
        "unknown transaction type: known transaction types are 0",
        "unknown transaction",
    ],
)
def test_other_refusals_are_told_in_the_nodes_words_and_asked_once(node: Node, words: str) -> None:
    node.errors = {"eth_sendRawTransaction": {"code": -32000, "message": words}}
    with pytest.raises(NodeError) as caught:
        node.chain.broadcast(SIGNED.raw)
    assert caught.value.as_mapping() == {
        "code": "node_refused",
        "message": f"the node was asked to broadcast and refused: {words}",
        "hint": "the words are the node's own",
    }
    assert node.asked_for == ["eth_sendRawTransaction"]


def test_the_nodes_words_are_escaped_and_cut(node: Node) -> None:
    node.errors = {"eth_sendRawTransaction": {"code": -32000, "message": "\x1b[2J\u202e" + "x" * 10_000}}
    with pytest.raises(NodeError) as caught:
        node.chain.broadcast(SIGNED.raw)
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 600


GOOD = b'{"jsonrpc": "2.0", "id": 0, "result": "0x1"}'

GARBAGE: list[bytes] = [
    http_answer(b"<html>" + SECRET.encode()[:6] + b"</html>"),
    http_answer(b""),
    http_answer(b"null"),
    http_answer(b"[]"),
    http_answer(b"5"),
    http_answer(b'"text"'),
    http_answer(b"{}"),
    http_answer(b'{"jsonrpc": "2.0", "id": 0}'),
    http_answer(b'{"jsonrpc": "2.0", "id": 0, "result": "not hex"}'),
    http_answer(b'{"jsonrpc": "2.0", "id": 0, "result": [1]}'),
    http_answer(b'{"jsonrpc": "2.0", "id": 0, "result": null}'),
    http_answer(b'{"jsonrpc": "2.0", "id": 0, "error": "a string"}'),
    http_answer(b'{"jsonrpc": "2.0", "id": 0, "error": {"code": -1}}'),
    http_answer(b"\xff\xfe\xff"),
    http_answer(b"oops", status="500 Internal Server Error"),
    http_answer(b"", status="403 Forbidden"),
    http_answer(b"", status="429 Too Many Requests"),
    http_answer(b"", status="302 Found", headers=("Location: http://127.0.0.1:1/elsewhere",)),
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut",
    b"not http at all\r\n\r\n",
    http_answer(b"[" * 100_000),
    http_answer(b'{"a":' * 100_000),
    http_answer(b"[" * 60 + b"]" * 60),
    http_answer(b"", headers=("Content-Encoding: gzip",)),
    http_answer(zlib.compress(GOOD, wbits=31), headers=("Content-Encoding: gzip",)),
    http_answer(zlib.compress(GOOD), headers=("Content-Encoding: deflate",)),
    http_answer(zlib.compress(GOOD, wbits=31), headers=("Content-Encoding: identity, gzip",)),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"",
]

QUESTIONS: dict[str, Callable[[Web3Chain], object]] = {
    "chain_id": lambda chain: chain.chain_id(),
    "balance": lambda chain: chain.balance(ACCOUNT),
    "code": lambda chain: chain.code(ACCOUNT),
    "next_nonce": lambda chain: chain.next_nonce(ACCOUNT),
    "estimate_gas": lambda chain: chain.estimate_gas(request()),
    "suggest_fee": lambda chain: chain.suggest_fee(legacy=False),
    "legacy_fee": lambda chain: chain.suggest_fee(legacy=True),
    "broadcast": lambda chain: chain.broadcast(SIGNED.raw),
}


@pytest.mark.parametrize("raw", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.parametrize("question", QUESTIONS)
def test_whatever_else_it_answers_is_an_error_of_the_node_that_does_not_repeat_its_address(
    node: Node, raw: bytes, question: str
) -> None:
    node.raw = raw
    with pytest.raises(NodeError) as caught:
        QUESTIONS[question](node.chain)
    trace = "".join(traceback.format_exception(caught.value))
    assert SECRET not in f"{trace} {caught.value!r} {caught.value.as_mapping()}"
    assert len(set(node.asked_for) - {"eth_chainId"} or node.asked_for) == 1
    assert len(node.asked_for) == len(set(node.asked_for)) or question == "estimate_gas"


def test_a_host_that_cannot_be_parsed_is_an_error_that_does_not_repeat_it() -> None:
    with pytest.raises(NodeError) as caught:
        Web3Chain(connect(f"http://{SECRET}..example/")).chain_id()
    assert caught.value.message == (
        "the node was asked for its chain id and answered what cannot be read (LocationParseError)"
    )


def test_a_node_that_is_down_is_an_error_that_does_not_repeat_its_address() -> None:
    with Node() as node:
        chain = node.chain
    for ask in QUESTIONS.values():
        with pytest.raises(NodeError) as caught:
            ask(chain)
        assert caught.value.code == "node_unreachable"
        assert SECRET not in f"{caught.value!r} {caught.value.as_mapping()}"


def test_a_redirect_is_not_followed(node: Node) -> None:
    with Node() as elsewhere:
        elsewhere.results = {"eth_chainId": "0x1"}
        node.raw = http_answer(b"", status="307 Temporary Redirect", headers=(f"Location: {elsewhere.url}",))
        with pytest.raises(NodeError):
            node.chain.chain_id()
        assert elsewhere.connections == 0


def test_a_proxy_of_the_environment_is_not_used(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.results = {"eth_chainId": "0x1"}
    with Node() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert node.chain.chain_id() == 1
        assert proxy.connections == 0


def test_a_silent_node_is_given_up(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web3_chain, "REQUEST_TIMEOUT_S", 0.05)
    monkeypatch.setattr(node, "handle", lambda client, _: client.recv(1))
    with pytest.raises(NodeError, match=r"could not be asked for its chain id \(ReadTimeout\)"):
        node.chain.chain_id()


@pytest.mark.parametrize("question", ["chain_id", "broadcast"])
@pytest.mark.parametrize("fault", [drip_body, drip_headers, drip_status, drip_continue, silent])
def test_a_node_that_sends_a_byte_now_and_then_is_left_behind_at_the_total_deadline(
    fault: Fault, question: str
) -> None:
    with HostileService(fault) as service:
        chain = Web3Chain(connect(service.url), total_timeout_s=0.5)
        began = time.monotonic()
        with pytest.raises(NodeError, match=r"could not be asked .* \(Timeout\)") as caught:
            QUESTIONS[question](chain)
        # Far below the 15 s between two bytes, which this node never lets pass.
        assert 0.4 < time.monotonic() - began < 10
        assert caught.value.code == "node_unreachable"
        assert service.connections == 1


def test_a_node_that_ends_no_answer_takes_no_more_than_so_many_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(web3_chain, "MAX_OPEN", 2)
    with HostileService(drip_body) as service:
        chain = Web3Chain(connect(service.url), total_timeout_s=0.3)
        before = threading.active_count()
        for _ in range(6):
            with pytest.raises(NodeError, match=r"could not be asked for its chain id \(Timeout\)"):
                chain.within(Deadline.after(5)).chain_id()
        assert service.connections == 2
        assert sum(thread.name == "evidence-node" for thread in threading.enumerate()) == 2
        assert threading.active_count() <= before + 4


def test_a_question_that_ended_makes_room_whether_it_was_answered_or_not(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web3_chain, "MAX_OPEN", 1)
    node.results, node.errors = {"eth_chainId": "0x5"}, {"eth_gasPrice": {"code": -32000, "message": "no"}}
    chain = node.chain
    for _ in range(3):
        assert chain.chain_id() == 5
        with pytest.raises(NodeError):
            chain.suggest_fee(legacy=True)


def test_nothing_is_asked_after_the_deadline(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(web3_chain, "gather", lambda *given: asked.append(given))
    with pytest.raises(NodeError, match=r"\(Timeout\)"):
        node.chain.within(Deadline.after(0)).chain_id()
    assert asked == []


def test_a_system_without_threads_to_give_is_an_error_and_no_lost_room(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.results = {"eth_chainId": "0x5"}
    monkeypatch.setattr(web3_chain, "MAX_OPEN", 1)
    chain = node.chain

    def none_left(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as without:
        without.setattr(web3_chain, "gather", none_left)
        with pytest.raises(NodeError, match=r"\(RuntimeError\)"):
            chain.chain_id()
    assert chain.chain_id() == 5


@pytest.mark.parametrize("fault", [flood_body, flood_chunks])
def test_an_answer_above_the_limit_is_not_read_to_its_end(
    fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_session, "MAX_ANSWER_BYTES", 1_000_000)
    with HostileService(fault) as service, pytest.raises(NodeError, match="ContentDecodingError") as caught:
        Web3Chain(connect(service.url)).chain_id()
    assert caught.value.code == "node_unreachable"


def test_a_compressed_answer_is_refused_before_it_is_inflated() -> None:
    with HostileService(gzip_bomb) as service:
        with pytest.raises(NodeError, match="ContentDecodingError"):
            Web3Chain(connect(service.url)).chain_id()
        assert b"accept-encoding: identity" in service.requests[0].lower()


@pytest.mark.parametrize("base_fee", [-1, 1.5, True, [1], {}, "x", ""])
def test_a_base_fee_that_is_no_number_is_the_nodes_error(node: Node, base_fee: object) -> None:
    node.results = {
        "eth_getBlockByNumber": {**BLOCK, "baseFeePerGas": base_fee},
        "eth_maxPriorityFeePerGas": "0x3",
    }
    with pytest.raises(NodeError) as caught:
        node.chain.suggest_fee(legacy=False)
    assert caught.value.code == "node_invalid"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8545",
        f"node.example/{SECRET}",
        f"{SECRET}@node.example",
        f"ws://node.example/{SECRET}",
        f"file:///{SECRET}",
        f"http:///{SECRET}",
        "http://",
        f"http://[::1/{SECRET}",
        f"http://node.example:99999/{SECRET}",
        f"http://node.example:port/{SECRET}",
    ],
)
def test_what_is_no_address_of_a_node_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError, match="not the address of a node") as caught:
        connect(url)
    assert SECRET[:6] not in f"{caught.value!r} {caught.value.as_mapping()}"


def test_what_a_contract_says_is_returned_as_bytes(node: Node) -> None:
    node.results["eth_call"] = "0x" + "00" * 31 + "07"
    assert node.chain.view(ACCOUNT, b"\x01\x02") == bytes(31) + b"\x07"
    node.results["eth_call"] = "0x"
    assert node.chain.view(ACCOUNT, b"") == b""


@pytest.mark.parametrize(
    "error",
    [
        {"code": 3, "message": "execution reverted", "data": "0x"},
        {"code": -32000, "message": "execution reverted: no"},
        {"code": -32015, "message": "VM execution error: Reverted"},
        {"code": -32000, "message": "invalid opcode: INVALID"},
        {"code": -32000, "message": "out of gas"},
    ],
)
def test_what_a_contract_refuses_is_none(node: Node, error: dict[str, Any]) -> None:
    node.errors["eth_call"] = error
    assert node.chain.view(ACCOUNT, b"") is None


@pytest.mark.parametrize(
    "error",
    [
        {"code": -32601, "message": "the method eth_call does not exist"},
        {"code": -32005, "message": "limit exceeded"},
        {"code": -32000, "message": "header not found"},
    ],
)
def test_a_question_that_the_node_refuses_is_not_a_contracts_no(node: Node, error: dict[str, Any]) -> None:
    node.errors["eth_call"] = error
    with pytest.raises(NodeError, match="was asked for what a contract says and refused"):
        node.chain.view(ACCOUNT, b"")


@pytest.mark.parametrize("told", [5, None, "0x1", "zz", ["0x"]])
def test_what_is_no_bytes_is_no_contracts_answer(node: Node, told: object) -> None:
    node.results["eth_call"] = told
    with pytest.raises(NodeError) as error:
        node.chain.view(ACCOUNT, b"")
    assert error.value.code == "node_invalid"
