"""The calls that sign or send, through the running proxy, on fakes that say what was signed and sent."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guard.adapters.keystore import MemorySigner
from guard.adapters.recover import recover, recover_content
from guard.core.journal import SendState
from guard.core.prediction import Prediction, PredictionClass, PredictionQuery
from guard.core.request import MarketFee, TransactionRequest, digest
from guard.core.rpc_methods import REFUSED, SIGNS_OR_SENDS
from guard.core.rpc_transaction import transaction_object
from guard.core.rules.examples import FRIEND
from guard.core.signature_request import PersonalMessage, SignatureRequest
from guard.core.signed import decode_signed
from guard.deadline import Deadline
from guard.errors import NodeError
from guard.proxy.answers import Fault, Result
from guard.proxy.calls import Call
from guard.proxy.guarded import IsGone
from guard.proxy.reviews import Reviews
from guard.testing import FakePredictor
from tests.proxy.running import PAYER, PAYMENT, RAW, TO_A_FRIEND, TO_A_STRANGER, CountingNode, Proxy

HASH = decode_signed(bytes.fromhex(RAW[2:])).hash


@pytest.fixture
def node() -> Iterator[CountingNode]:
    with CountingNode() as running:
        yield running


@pytest.fixture
def proxy(node: CountingNode, home: Path) -> Iterator[Proxy]:
    with Proxy(node.url, home) as running:
        yield running


def raw_of(request: TransactionRequest) -> str:
    return "0x" + PAYER.sign(request).hex()


def test_g1_signed_bytes_of_a_fraud_are_refused_with_the_reason_and_reach_no_node(
    proxy: Proxy, node: CountingNode
) -> None:
    """G1: an error with the reason in its first 80 characters, the verdict as data, nothing at the node."""
    proxy.predictor.answer = PredictionClass.FRAUD
    error = proxy.call("eth_sendRawTransaction", RAW)["error"]
    assert error["code"] == -32003
    assert error["message"][:80].startswith("BLOCK: ")
    assert "fraud" in error["message"][:80].lower()
    assert "\n" not in error["message"]
    assert (error["data"]["decision"], error["data"]["digest"]) == ("BLOCK", digest(PAYMENT))
    assert error["data"]["findings"][0]["rule"] == "model.fraud"
    assert (proxy.chain.sent, node.requests) == ([], [])
    assert [record.state for record in proxy.sends()] == [SendState.BLOCKED]


def test_signed_bytes_that_are_let_through_are_journaled_and_sent_as_they_are(proxy: Proxy) -> None:
    assert proxy.call("eth_sendRawTransaction", RAW) == {"jsonrpc": "2.0", "id": 1, "result": HASH}
    assert proxy.chain.sent == [bytes.fromhex(RAW[2:])]
    (record,) = proxy.sends()
    assert (record.state, record.hash) == (SendState.BROADCAST, HASH)


def test_integers_that_a_reader_would_round_are_texts_in_the_verdict(proxy: Proxy) -> None:
    proxy.predictor.answer = PredictionClass.FRAUD
    data = proxy.call("eth_sendRawTransaction", raw_of(replace(PAYMENT, value=10**17)))["error"]["data"]
    assert data["intent"]["amount"] == str(10**17)


@pytest.mark.parametrize("method", sorted(REFUSED))
def test_g2_what_signs_or_sends_and_cannot_be_read_is_refused(
    method: str, proxy: Proxy, node: CountingNode
) -> None:
    """G2: whatever the table names as not understood."""
    for parameters in ([], [RAW], [TO_A_FRIEND]):
        assert proxy.call(method, *parameters)["error"]["code"] == -32601
    assert (proxy.chain.sent, node.requests, proxy.predictor.queries) == ([], [], [])


GOOD: dict[str, list[Any]] = {
    "eth_sendTransaction": [TO_A_FRIEND],
    "eth_signTransaction": [TO_A_FRIEND],
    "eth_sendRawTransaction": [RAW],
    "personal_sign": ["0x68656c6c6f20776f726c64", PAYER.address],
}
"""Parameters with which a reviewed method has a result."""
PERMIT = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Mail": [{"name": "text", "type": "string"}],
    },
    "primaryType": "Mail",
    "domain": {"name": "mail", "chainId": 1},
    "message": {"text": "hello"},
}
BUNDLE = {
    "version": "2.0.0",
    "from": PAYER.address,
    "chainId": "0x1",
    "atomicRequired": False,
    "calls": [{"to": FRIEND, "value": "0x1"}],
}
WAITING: dict[str, tuple[list[Any], int]] = {
    "eth_signTypedData": ([PAYER.address, PERMIT], -32003),
    "eth_signTypedData_v3": ([PAYER.address, PERMIT], -32003),
    "eth_signTypedData_v4": ([PAYER.address, json.dumps(PERMIT)], -32003),
    "eth_signTypedData_v1": ([[{"type": "string", "name": "a", "value": "b"}], PAYER.address], -32602),
    "eth_sign": ([PAYER.address, "0x" + "11" * 32], -32602),
    "wallet_signAuthorization": (
        [{"from": PAYER.address, "address": FRIEND, "chainId": "0x1", "nonce": "0x7"}],
        -32602,
    ),
    "wallet_sendCalls": ([BUNDLE], -32601),
}
"""Parameters with which one has none, and the code."""


def test_g2_every_method_of_the_table_is_tried_here() -> None:
    """G2: forty names and more, and none of the table's is left out."""
    assert set(GOOD) | set(WAITING) == SIGNS_OR_SENDS
    assert len(SIGNS_OR_SENDS | REFUSED) >= 40


@pytest.mark.parametrize("method", sorted(GOOD))
def test_g2_what_is_reviewed_and_let_through_has_its_result(
    method: str, proxy: Proxy, node: CountingNode
) -> None:
    """G2: with Safe it happens, with Fraud it does not, with the scorer broken it does not."""
    proxy.predictor.answer = PredictionClass.FRAUD
    refused = proxy.call(method, *GOOD[method])["error"]
    assert (refused["code"], refused["data"]["decision"]) == (-32003, "BLOCK")
    proxy.predictor.answer = RuntimeError("broken")
    silent = proxy.call(method, *GOOD[method])["error"]
    assert (silent["code"], silent["data"]["decision"]) == (-32003, None)
    assert silent["message"].startswith("NO VERDICT: ")
    assert proxy.chain.sent == []
    proxy.predictor.answer = PredictionClass.SAFE
    assert "result" in proxy.call(method, *GOOD[method])
    assert node.requests == []


@pytest.mark.parametrize("method", sorted(WAITING))
def test_g2_what_is_reviewed_and_not_let_through_tells_why(
    method: str, proxy: Proxy, node: CountingNode
) -> None:
    """G2: typed data nobody knows, bare hashes, delegations, bundles."""
    parameters, code = WAITING[method]
    assert proxy.call(method, *parameters)["error"]["code"] == code
    assert (proxy.chain.sent, node.requests) == ([], [])


def test_g8_a_scorer_that_is_down_lets_nothing_through(proxy: Proxy, node: CountingNode) -> None:
    """G8: no verdict is a refusal, whatever fails while scoring."""
    for failure in (TimeoutError(), MemoryError(), RecursionError(), NodeError("x"), Exception("y")):
        proxy.predictor.answer = failure
        error = proxy.call("eth_sendRawTransaction", RAW)["error"]
        assert (error["code"], error["data"]["decision"]) == (-32003, None)
    assert (proxy.chain.sent, node.requests) == ([], [])


def test_g8_a_fault_of_ours_lets_nothing_through(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """G8: an exception that nobody expected is an internal error, told without its values."""

    def explode(*_: object, **__: object) -> None:
        raise ZeroDivisionError("0xsecret")

    monkeypatch.setattr("guard.proxy.guarded.intercept_send", explode)
    error = proxy.call("eth_sendRawTransaction", RAW)["error"]
    assert (error["code"], "secret" in json.dumps(error)) == (-32603, False)
    assert proxy.chain.sent == []
    assert [line for line in proxy.lines if "ZeroDivisionError" in line and "secret" not in line]


class _SlowPredictor(FakePredictor):
    """Answers once it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = threading.Event(), threading.Event()

    def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
        self.asked.set()
        assert self.go.wait(20)
        return super().predict(query, deadline)


def test_g11_the_same_bytes_twice_at_once_are_scored_once_and_sent_once(
    node: CountingNode, home: Path
) -> None:
    """G11: one score, one broadcast, the same hash to both, in whatever case the hex is."""
    predictor = _SlowPredictor()
    with Proxy(node.url, home, predictor=predictor) as proxy, ThreadPoolExecutor(8) as pool:
        forms = [RAW, "0x" + RAW[2:].upper()] * 4
        answers = [
            pool.submit(proxy.call, "eth_sendRawTransaction", raw, identity=i) for i, raw in enumerate(forms)
        ]
        assert predictor.asked.wait(10)
        predictor.go.set()
        told = [answer.result() for answer in answers]
    assert told == [{"jsonrpc": "2.0", "id": i, "result": HASH} for i in range(8)]
    assert (len(predictor.queries), len(proxy.chain.sent), len(proxy.sends())) == (1, 1, 1)


def test_g11_the_same_bytes_twice_at_once_are_refused_by_one_score(
    node: CountingNode, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G11: a refusal is shared as a hash is."""
    begun: list[Call] = []
    answer = Reviews.answer

    async def counted(self: Reviews, call: Call, is_gone: IsGone) -> Result | Fault:
        begun.append(call)
        return await answer(self, call, is_gone)

    monkeypatch.setattr(Reviews, "answer", counted)
    predictor = _SlowPredictor()
    predictor.answer = PredictionClass.FRAUD
    with Proxy(node.url, home, predictor=predictor) as proxy, ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(proxy.call, "eth_sendRawTransaction", RAW) for _ in range(4)]
        assert predictor.asked.wait(10)
        while len(begun) < 4:
            threading.Event().wait(0.01)
        predictor.go.set()
        assert {answer.result()["error"]["code"] for answer in answers} == {-32003}
    assert (len(predictor.queries), len(proxy.sends())) == (1, 1)


def test_g11_the_same_bytes_again_later_are_not_scored_again_and_have_the_same_hash(
    node: CountingNode, home: Path
) -> None:
    """G11: by another process too; they go to the node once more, which may have lost them."""
    with Proxy(node.url, home) as proxy:
        assert proxy.call("eth_sendRawTransaction", RAW)["result"] == HASH
    proxy.chain.mines = False
    with Proxy(node.url, home, chain=proxy.chain) as again:
        again.predictor.answer = PredictionClass.FRAUD
        assert again.call("eth_sendRawTransaction", RAW)["result"] == HASH
        assert (again.predictor.queries, len(again.chain.sent), len(again.sends())) == ([], 1, 1)


def test_refused_bytes_are_scored_again_when_they_come_again(proxy: Proxy) -> None:
    proxy.predictor.answer = PredictionClass.FRAUD
    proxy.call("eth_sendRawTransaction", RAW)
    proxy.predictor.answer = PredictionClass.SAFE
    assert proxy.call("eth_sendRawTransaction", RAW)["result"] == HASH


def test_bytes_in_any_form_but_the_canonical_one_are_refused(proxy: Proxy, node: CountingNode) -> None:
    for raw in (RAW + "00", RAW[:-1], RAW[2:], "0x", RAW + " ", "0x01" + RAW[2:], 1, None, [RAW]):
        assert proxy.call("eth_sendRawTransaction", raw)["error"]["code"] == -32602
    assert proxy.call("eth_sendRawTransaction", RAW, RAW)["error"]["code"] == -32602
    assert proxy.call("eth_sendRawTransaction")["error"]["code"] == -32602
    assert (proxy.chain.sent, node.requests, proxy.predictor.queries) == ([], [], [])


def test_a_replacement_takes_the_place_of_what_the_journal_knows(proxy: Proxy) -> None:
    proxy.chain.mines = False
    proxy.call("eth_sendRawTransaction", RAW)
    dearer = replace(PAYMENT, fee=MarketFee(max_fee_per_gas=30 * 10**9, max_priority_fee_per_gas=2 * 10**9))
    assert "result" in proxy.call("eth_sendRawTransaction", raw_of(dearer))
    second, first = proxy.sends()
    assert (second.replaces, len(proxy.chain.sent)) == (first.id, 2)


@pytest.mark.parametrize("method", ["eth_sendTransaction", "eth_signTransaction"])
def test_by_the_nodes_keys_a_payment_takes_the_place_of_the_same_payment_alone(
    method: str, proxy: Proxy
) -> None:
    """A caller without a key could put another's payment aside by a wei to somebody else and a dear fee."""
    proxy.chain.mines = False
    proxy.call("eth_sendRawTransaction", RAW)
    dearer = replace(PAYMENT, fee=MarketFee(max_fee_per_gas=60 * 10**9, max_priority_fee_per_gas=3 * 10**9))
    error = proxy.call(method, transaction_object(replace(dearer, value=1)))["error"]
    assert (error["code"], error["data"]["error"]["code"]) == (-32000, "journal_conflict")
    assert [record.hash for record in proxy.sends()] == [HASH]
    assert "result" in proxy.call(method, transaction_object(dearer))
    second, first = proxy.sends()
    assert second.replaces == first.id


def test_a_node_that_refuses_the_bytes_is_told_in_its_own_words_with_the_hash(proxy: Proxy) -> None:
    proxy.chain.fails["broadcast"] = NodeError(
        "the node was asked to broadcast and refused: insufficient funds",
        code="node_refused",
        words="insufficient funds",
    )
    error = proxy.call("eth_sendRawTransaction", RAW)["error"]
    assert (error["code"], "insufficient funds" in error["message"]) == (-32000, True)
    assert error["data"]["hash"] == HASH


def test_an_open_request_is_completed_signed_by_the_node_and_sent_by_us(proxy: Proxy) -> None:
    told = proxy.call("eth_sendTransaction", TO_A_FRIEND)["result"]
    (raw,) = proxy.chain.sent
    signed = decode_signed(raw)
    assert (signed.hash, recover(signed)) == (told, PAYER.address)
    assert signed.request(PAYER.address) == PAYMENT


class _Cheat:
    """Keys of a node that signs something else."""

    def sign(self, request: TransactionRequest) -> bytes:
        return PAYER.sign(replace(request, value=request.value + 1))

    def sign_content(self, request: SignatureRequest) -> bytes:
        return PAYER.sign_content(replace(request, content=PersonalMessage(data=b"other")))


def test_a_node_that_signs_something_else_is_found_out_and_nothing_is_sent(
    node: CountingNode, home: Path
) -> None:
    with Proxy(node.url, home, keys=_Cheat()) as proxy:
        sent = proxy.call("eth_sendTransaction", TO_A_FRIEND)["error"]
        signed = proxy.call("personal_sign", "0x68656c6c6f", PAYER.address)["error"]
    assert (sent["code"], "not the transaction that was scored" in sent["message"]) == (-32000, True)
    assert (signed["code"], "not one of" in signed["message"]) == (-32000, True)
    assert proxy.chain.sent == []


def test_what_is_signed_alone_is_handed_back_and_not_sent_and_counts_as_signed(proxy: Proxy) -> None:
    raw = proxy.call("eth_signTransaction", TO_A_FRIEND)["result"]
    signed = decode_signed(bytes.fromhex(raw[2:]))
    assert (signed.request(recover(signed)), proxy.chain.sent) == (PAYMENT, [])
    (record,) = proxy.sends()
    assert (record.state, record.hash, "not broadcast" in record.note) == (
        SendState.SIGNED,
        signed.hash,
        True,
    )
    # Its publication is the same payment: it is not scored again.
    asked = len(proxy.predictor.queries)
    assert proxy.call("eth_sendRawTransaction", raw)["result"] == signed.hash
    assert (len(proxy.predictor.queries), len(proxy.chain.sent), len(proxy.sends())) == (asked, 1, 1)


def test_a_signature_is_one_under_exactly_the_text(proxy: Proxy) -> None:
    told = proxy.call("personal_sign", "0x68656c6c6f20776f726c64", PAYER.address)["result"]
    request = SignatureRequest(sender=PAYER.address, content=PersonalMessage(data=b"hello world"))
    assert recover_content(request, bytes.fromhex(told[2:])) == PAYER.address
    with proxy.journal() as journal:
        assert [record.state for record in journal.latest_signatures(9)] == [SendState.SIGNED]


def test_a_bundle_that_nothing_speaks_against_is_handed_back_to_be_made_call_by_call(proxy: Proxy) -> None:
    error = proxy.call("wallet_sendCalls", BUNDLE)["error"]
    assert (error["code"], "one by one" in error["message"]) == (-32601, True)
    proxy.predictor.answer = PredictionClass.FRAUD
    refused = proxy.call("wallet_sendCalls", BUNDLE)["error"]
    assert (refused["code"], refused["data"]["decision"]) == (-32003, "BLOCK")
    # What is blocked is put to nobody.
    assert proxy.approvals.questions() == []
    assert [record.state for record in proxy.sends()] == [SendState.BLOCKED, SendState.ABANDONED]


def test_a_bundle_that_is_asked_about_is_handed_back_after_a_yes(proxy: Proxy) -> None:
    bundle = {**BUNDLE, "calls": [{"to": TO_A_STRANGER["to"], "value": TO_A_STRANGER["value"]}]}
    refused = proxy.call("wallet_sendCalls", bundle)["error"]
    assert (refused["code"], refused["data"]["decision"]) == (-32003, "WARN")
    approve(proxy)
    assert proxy.call("wallet_sendCalls", bundle)["error"]["code"] == -32601
    assert proxy.chain.sent == []
    assert [(record.state, record.request.value) for record in proxy.sends()] == [
        (state, int(TO_A_STRANGER["value"], 16)) for state in (SendState.ABANDONED, SendState.DECLINED)
    ]


def approve(proxy: Proxy) -> str:
    (question,) = proxy.approvals.questions()
    proxy.approvals.grant(question)
    return question.digest


def test_a_warning_is_refused_with_the_way_to_accept_it_and_passes_once_after_that(proxy: Proxy) -> None:
    error = proxy.call("eth_sendTransaction", TO_A_STRANGER)["error"]
    assert (error["code"], error["data"]["decision"]) == (-32003, "WARN")
    assert error["message"].startswith("WARN: ")
    assert f"guard approve {error['data']['digest'][:10]}" in error["message"]
    assert approve(proxy) == error["data"]["digest"]
    assert "result" in proxy.call("eth_sendTransaction", TO_A_STRANGER)
    assert len(proxy.chain.sent) == 1
    # Once: the next one is another payment, with the next nonce.
    proxy.chain.nonce += 1
    again = proxy.call("eth_sendTransaction", TO_A_STRANGER)["error"]
    assert again["data"]["decision"] == "WARN"
    assert again["data"]["digest"] != error["data"]["digest"]
    assert len(proxy.chain.sent) == 1
    assert any("guard approve" in line for line in proxy.lines)


def test_the_request_that_is_asked_about_stays_the_same_when_the_market_moves(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = proxy.call("eth_sendTransaction", TO_A_STRANGER)["error"]["data"]["digest"]
    dearer = MarketFee(max_fee_per_gas=21 * 10**9, max_priority_fee_per_gas=10**9)
    monkeypatch.setattr(proxy.chain, "suggest_fee", lambda *, legacy: dearer)
    assert proxy.call("eth_sendTransaction", TO_A_STRANGER)["error"]["data"]["digest"] == first
    # Unless its nonce is used meanwhile: then it is another payment.
    proxy.chain.nonce += 1
    assert proxy.call("eth_sendTransaction", TO_A_STRANGER)["error"]["data"]["digest"] != first


def test_a_signature_that_is_asked_about_passes_once_after_a_yes(proxy: Proxy) -> None:
    assert proxy.call("eth_signTypedData_v4", PAYER.address, PERMIT)["error"]["data"]["decision"] == "WARN"
    approve(proxy)
    assert "result" in proxy.call("eth_signTypedData_v4", PAYER.address, PERMIT)
    assert "error" in proxy.call("eth_signTypedData_v4", PAYER.address, PERMIT)


def test_gas_that_cannot_be_told_is_the_nodes_error_and_nothing_is_signed(proxy: Proxy) -> None:
    proxy.chain.codes[FRIEND] = b"\x60"
    proxy.chain.fails["estimate_gas"] = NodeError(
        "the node was asked for a gas estimate and refused: execution reverted", code="node_refused"
    )
    error = proxy.call("eth_sendTransaction", TO_A_FRIEND)["error"]
    assert (error["code"], "execution reverted" in error["message"]) == (-32000, True)
    proxy.predictor.answer = PredictionClass.FRAUD
    assert proxy.call("eth_sendTransaction", TO_A_FRIEND)["error"]["data"]["decision"] == "BLOCK"


def test_nothing_is_signed_for_a_caller_that_has_hung_up(node: CountingNode, home: Path) -> None:
    predictor = _SlowPredictor()
    with Proxy(node.url, home, predictor=predictor) as proxy:
        line = _half_asked(proxy, "eth_sendTransaction", [TO_A_FRIEND])
        assert predictor.asked.wait(10)
        line.close()
        # The close is seen once the loop has turned; a later request's answer proves that it has.
        assert proxy.call("eth_blockNumber")["result"]
        predictor.go.set()
    assert proxy.chain.sent == []
    assert [record.state for record in proxy.sends()] == [SendState.ABANDONED]


def _half_asked(proxy: Proxy, method: str, parameters: list[Any]) -> socket.socket:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
    line = socket.create_connection(("127.0.0.1", proxy.port))
    head = (
        f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    line.sendall(head.encode() + b"\r\n\r\n" + body)
    return line


def test_reads_go_on_while_a_review_waits(node: CountingNode, home: Path) -> None:
    predictor = _SlowPredictor()
    with Proxy(node.url, home, predictor=predictor) as proxy, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(proxy.call, "eth_sendRawTransaction", RAW)
        assert predictor.asked.wait(10)
        for number in range(20):
            assert proxy.call("eth_blockNumber", identity=number)["id"] == number
        assert not waiting.done()
        predictor.go.set()
        assert waiting.result()["result"] == HASH


def test_a_stop_waits_for_what_was_begun(
    node: CountingNode, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guard.proxy.serving._SHUTDOWN_S", 0.01)
    predictor = _SlowPredictor()
    with Proxy(node.url, home, predictor=predictor) as proxy, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(proxy.call, "eth_sendRawTransaction", RAW)
        assert predictor.asked.wait(10)
        proxy.serving.stop()
        while not any(line.startswith("stopping: ") for line in proxy.lines):
            threading.Event().wait(0.01)
        predictor.go.set()
        assert waiting.result()["result"] == HASH


def test_nothing_is_begun_while_what_was_begun_is_brought_to_its_end(
    node: CountingNode, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guard.proxy.serving._SHUTDOWN_S", 0.01)
    predictor = _SlowPredictor()
    with Proxy(node.url, home, predictor=predictor) as proxy, ThreadPoolExecutor(1) as pool:
        with closing(http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)) as line:
            line.connect()
            waiting = pool.submit(proxy.call, "eth_sendRawTransaction", RAW)
            assert predictor.asked.wait(10)
            proxy.serving.stop()
            while not any(one.startswith("stopping: ") for one in proxy.lines):
                threading.Event().wait(0.01)
            body = json.dumps({"id": 1, "method": "eth_sendTransaction", "params": [TO_A_FRIEND]})
            line.request("POST", "/", body, {"Content-Type": "application/json"})
            refused = json.loads(line.getresponse().read())["error"]
            assert (refused["code"], "being stopped" in refused["message"]) == (-32000, True)
        predictor.go.set()
        assert waiting.result()["result"] == HASH
    assert len(proxy.chain.sent) == 1


def test_another_accounts_key_signs_nothing(node: CountingNode, home: Path) -> None:
    with Proxy(node.url, home, keys=MemorySigner(bytes(31) + b"\x04")) as proxy:
        error = proxy.call("eth_sendTransaction", TO_A_FRIEND)["error"]
    assert (error["code"], proxy.chain.sent) == (-32000, [])


@pytest.mark.parametrize(
    "fields",
    [
        {"value": "1"},
        {"data": "0x1"},
        {"data": "0x", "input": "0x01"},
        {"gasPrice": "0x1", "maxFeePerGas": "0x1"},
        {"from": None},
        {"extra": "0x1"},
    ],
)
def test_an_object_that_can_be_read_in_two_ways_is_refused(fields: dict[str, Any], proxy: Proxy) -> None:
    error = proxy.call("eth_sendTransaction", {**TO_A_FRIEND, **fields})["error"]
    assert (error["code"], proxy.chain.sent, proxy.predictor.queries) == (-32602, [], [])


def test_another_chain_than_the_nodes_is_refused(proxy: Proxy) -> None:
    error = proxy.call("eth_sendRawTransaction", raw_of(replace(PAYMENT, chain_id=5)))["error"]
    assert (error["code"], error["data"]["decision"]) == (-32003, "BLOCK")
    assert transaction_object(PAYMENT)["chainId"] == "0x1"
