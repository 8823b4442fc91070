"""The simulator against a node that is absent-minded, slow, broken or lying."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from eth_abi import encode

from guard.adapters import run, simulation
from guard.adapters.embedded_chain import EmbeddedChain
from guard.adapters.simulation import NodeSimulator
from guard.core.act import flatten
from guard.core.address import Address
from guard.core.decode import read
from guard.core.events import NATIVE
from guard.core.evidence import Fact, Missing, Observed
from guard.core.intent import Asset, AssetKind, Call, SafeCall, Transfer
from guard.core.request import LegacyFee, MarketFee, TransactionRequest
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN, TRANSFER, token_transfer
from guard.core.world import AssetChange, Simulation, SimulationMethod
from guard.deadline import Deadline
from tests.adapters.rpc_node import HEAD, Error, Hang, RpcNode

REQUEST = token_transfer(FRIEND, 5)
TRANSFER_TOPIC = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
REVERT_DATA = "0x08c379a0" + encode(["string"], ["not enough"]).hex()


@pytest.fixture
def node() -> Iterator[RpcNode]:
    with RpcNode({"eth_getBlockByNumber": HEAD}) as running:
        yield running


def word(value: Address | int) -> str:
    raw = bytes(12) + value.to_bytes() if isinstance(value, Address) else value.to_bytes(32, "big")
    return "0x" + raw.hex()


def log(origin: Address, target: Address, amount: int, emitter: Address = TOKEN) -> dict[str, Any]:
    topics = [TRANSFER_TOPIC, word(origin), word(target)]
    return {"address": emitter, "topics": topics, "data": word(amount)}


def ran(*logs: Any, returned: str = "0x") -> dict[str, Any]:
    return {"status": "0x1", "returnData": returned, "logs": list(logs)}


REVERTED = {"status": "0x0", "returnData": REVERT_DATA, "logs": [], "error": {"code": 3, "message": "x"}}


def block(own: Any, balances: tuple[int, int] = (5, 0)) -> Callable[[list[Any]], Any]:
    """Return what answers eth_simulateV1: `own` for the request, and balances before and after it."""

    def answer(parameters: list[Any]) -> Any:
        calls = parameters[0]["blockStateCalls"][0]["calls"]
        views = (len(calls) - 1) // 2
        before, after = (ran(returned=word(balance)) for balance in balances)
        return [{"calls": [before] * views + [own] + [after] * views}]

    return answer


def simulated(
    node: RpcNode, request: TransactionRequest = REQUEST, *, seconds: float = 20, call: Call | None = None
) -> Fact[Simulation]:
    acts = flatten(read(request) if call is None else call)
    return NodeSimulator(node.chain).simulate((request,), acts, Deadline.after(seconds))


def value(fact: Fact[Simulation]) -> Simulation:
    assert isinstance(fact, Observed), fact
    assert fact.source == "node"
    return fact.value


def change(party: Address, is_gain: bool, token: Address | None = TOKEN, amount: int = 5) -> AssetChange:
    kind = AssetKind.NATIVE if token is None else AssetKind.ERC20
    return AssetChange(party=party, asset=Asset(kind=kind, token=token, amount=amount), is_gain=is_gain)


MOVED = (change(SENDER, is_gain=False), change(FRIEND, is_gain=True))
WHOLE = Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=MOVED, variants_agree=True)


def test_two_variants_of_a_real_block_are_run_and_the_balances_read_around_one(node: RpcNode) -> None:
    node.answers["eth_simulateV1"] = block(ran(log(SENDER, FRIEND, 5)))
    assert value(simulated(node)) == WHOLE
    payloads = [parameters for method, parameters in node.calls if method == "eth_simulateV1"]
    assert len(payloads) == len(node.calls) - 1 == 2
    by_number = sorted(payloads, key=lambda one: one[0]["blockStateCalls"][0]["blockOverrides"]["number"])
    (first, second) = (one[0]["blockStateCalls"][0]["blockOverrides"] for one in by_number)
    assert (first["number"], second["number"]) == ("0x65", "0x67")
    assert (first["time"], second["time"]) == (hex(0x6553F100 + 12), hex(0x6553F100 + 36))
    assert first["feeRecipient"] == Address.parse("0x" + "2c" * 20)
    for name in first:
        assert first[name] != second[name], name
        assert int(first[name], 16) > 0
        assert int(second[name], 16) > 0
    for parameters in payloads:
        assert parameters[1] == "latest"
        assert parameters[0]["traceTransfers"] is True
        own = [call for call in parameters[0]["blockStateCalls"][0]["calls"] if call["from"] == SENDER]
        assert [call for call in own if call["data"] == "0x" + REQUEST.data.hex()] == [
            {
                "from": SENDER,
                "to": TOKEN,
                "value": "0x0",
                "data": "0x" + REQUEST.data.hex(),
                "gas": hex(65_000),
                "maxFeePerGas": hex(20 * 10**9),
                "maxPriorityFeePerGas": hex(10**9),
            }
        ]


def test_a_chain_whose_blocks_pay_nobody_and_have_no_base_fee_still_has_a_fee_recipient(
    node: RpcNode,
) -> None:
    node.answers["eth_getBlockByNumber"] = {
        **{name: told for name, told in HEAD.items() if name != "baseFeePerGas"},
        "miner": "0x" + "00" * 20,
    }
    node.answers["eth_simulateV1"] = block(ran(log(SENDER, FRIEND, 5)))
    value(simulated(node))
    for method, parameters in node.calls:
        if method == "eth_simulateV1":
            fields = parameters[0]["blockStateCalls"][0]["blockOverrides"]
            assert int(fields["feeRecipient"], 16) > 0
            assert "baseFeePerGas" not in fields


def test_a_request_without_fee_and_gas_limit_is_run_with_usual_ones(node: RpcNode) -> None:
    node.answers["eth_simulateV1"] = block(ran(log(SENDER, FRIEND, 5)))
    node.answers |= {"eth_estimateGas": hex(40_000), "eth_chainId": "0x1"}
    value(simulated(node, replace(REQUEST, fee=None, gas_limit=None)))
    (call, *_) = [
        call
        for method, parameters in node.calls
        if method == "eth_simulateV1"
        for call in parameters[0]["blockStateCalls"][0]["calls"]
        if call["data"] == "0x" + REQUEST.data.hex()
    ]
    assert (call["gas"], call["maxFeePerGas"]) == (hex(60_000), hex(3 * 10**9))


def test_a_legacy_price_is_run_as_such(node: RpcNode) -> None:
    node.answers["eth_simulateV1"] = block(ran())
    node.answers["eth_simulateV1"] = block(ran(log(SENDER, FRIEND, 5)))
    value(simulated(node, replace(REQUEST, fee=LegacyFee(gas_price=33))))
    calls = node.calls[-1][1][0]["blockStateCalls"][0]["calls"]
    assert [call["gasPrice"] for call in calls if "gasPrice" in call] == ["0x21"]


def test_a_run_that_reverts_says_why_in_the_contracts_own_words_escaped(node: RpcNode) -> None:
    node.answers["eth_simulateV1"] = block(REVERTED, (5, 5))
    assert value(simulated(node)) == replace(WHOLE, succeeded=False, revert_reason="not enough", changes=())
    silent = {**REVERTED, "returnData": "0x", "error": {"code": 3, "message": "rev\x1berted"}}
    node.answers["eth_simulateV1"] = block(silent, (5, 5))
    assert value(simulated(node)).revert_reason == "rev\\x1berted"


def test_variants_that_come_to_different_ends_are_told(node: RpcNode) -> None:
    """D17 a contract that behaves by the block it is in."""

    def two_faced(parameters: list[Any]) -> Any:
        is_first = parameters[0]["blockStateCalls"][0]["blockOverrides"]["number"] == "0x65"
        return block(ran() if is_first else ran(log(SENDER, FRIEND, 5)), (5, 5) if is_first else (5, 0))(
            parameters
        )

    node.answers["eth_simulateV1"] = two_faced
    assert value(simulated(node)) == replace(WHOLE, changes=(), variants_agree=False)

    def failing(parameters: list[Any]) -> Any:
        is_first = parameters[0]["blockStateCalls"][0]["blockOverrides"]["number"] == "0x65"
        return block(ran() if is_first else REVERTED, (5, 5))(parameters)

    node.answers["eth_simulateV1"] = failing
    assert value(simulated(node)).variants_agree is False


def test_events_that_balances_do_not_follow_are_a_contradiction(node: RpcNode) -> None:
    node.answers["eth_simulateV1"] = block(ran(log(SENDER, FRIEND, 5)), (5, 5))
    assert value(simulated(node)) == replace(WHOLE, is_contradicted=True)
    node.answers["eth_simulateV1"] = block(ran(), (5, 0))
    assert value(simulated(node)) == replace(WHOLE, changes=(), is_contradicted=True)


def test_a_token_that_only_the_run_names_is_compared_in_a_run_of_its_own(node: RpcNode) -> None:
    lying = ran(log(STRANGER, SENDER, 5))
    node.answers["eth_simulateV1"] = block(lying, (0, 0))
    call = replace(TRANSFER, to=STRANGER, data=bytes.fromhex("4e71d92d"))
    found = value(simulated(node, call))
    assert (found.is_contradicted, found.variants_agree) == (True, True)
    assert node.count("eth_simulateV1") == 3
    node.answers["eth_simulateV1"] = block(lying, (0, 5))
    assert value(simulated(node, call)).is_contradicted is False


def test_wrapped_ether_is_received_though_its_event_is_no_transfer(node: RpcNode) -> None:
    deposit = {
        "address": TOKEN,
        "topics": [
            "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c",
            word(SENDER),
        ],
        "data": word(7),
    }
    paid = log(SENDER, TOKEN, 7, NATIVE)
    node.answers["eth_simulateV1"] = block(ran(paid, deposit), (1, 8))
    wrap = replace(TRANSFER, to=TOKEN, value=7, data=bytes.fromhex("d0e30db0"))
    found = value(simulated(node, wrap))
    assert found.changes is not None
    assert change(SENDER, is_gain=True, amount=7) in found.changes
    assert change(SENDER, is_gain=False, token=None, amount=7) in found.changes
    assert not found.is_contradicted


def test_a_balance_that_is_no_number_is_not_compared(node: RpcNode) -> None:
    def odd(parameters: list[Any]) -> Any:
        calls = parameters[0]["blockStateCalls"][0]["calls"]
        if len(calls) == 1:
            return [{"calls": [ran(log(SENDER, FRIEND, 5))]}]
        return [{"calls": [ran(returned="0x"), ran(log(SENDER, FRIEND, 5)), REVERTED]}]

    node.answers["eth_simulateV1"] = odd
    assert value(simulated(node)) == WHOLE


def test_blocks_that_the_node_puts_before_ours_are_passed_over(node: RpcNode) -> None:
    honest = block(ran(log(SENDER, FRIEND, 5)))
    node.answers["eth_simulateV1"] = lambda parameters: [{"calls": []}, *honest(parameters)]
    assert value(simulated(node)) == WHOLE


FRAME = {
    "type": "CALL",
    "from": SENDER,
    "to": TOKEN,
    "value": "0x9",
    "output": "0x",
    "logs": [log(SENDER, FRIEND, 5)],
    "calls": [
        {"type": "DELEGATECALL", "from": TOKEN, "to": STRANGER, "value": "0x9", "logs": []},
        {"type": "CALL", "from": TOKEN, "to": FRIEND, "value": "0x4", "error": "execution reverted"},
        {"type": "CALL", "from": TOKEN, "to": FRIEND, "value": "0x2", "calls": [{"type": "STATICCALL"}]},
    ],
}


def test_without_the_best_method_a_trace_tells_the_changes(node: RpcNode) -> None:
    node.answers["debug_traceCall"] = FRAME
    assert value(simulated(node)) == Simulation(
        method=SimulationMethod.TRACE,
        succeeded=True,
        changes=(
            change(SENDER, is_gain=False, token=None, amount=9),
            change(TOKEN, is_gain=True, token=None, amount=7),
            *MOVED,
            change(FRIEND, is_gain=True, token=None, amount=2),
        ),
        shortfalls=("the node has no eth_simulateV1",),
    )
    assert node.calls[-1][1][2] == {"tracer": "callTracer", "tracerConfig": {"withLog": True}}


def test_a_trace_that_reverted_says_why(node: RpcNode) -> None:
    node.answers["debug_traceCall"] = {**FRAME, "error": "execution reverted", "output": REVERT_DATA}
    found = value(simulated(node))
    assert (found.succeeded, found.revert_reason, found.changes) == (False, "not enough", ())


NO_BETTER = ("the node has no eth_simulateV1", "the node has no debug_traceCall")


def test_without_both_a_call_tells_success_alone(node: RpcNode) -> None:
    node.answers["eth_call"] = "0x01"
    expected = Simulation(method=SimulationMethod.CALL, succeeded=True, shortfalls=NO_BETTER)
    assert value(simulated(node)) == expected
    node.answers["eth_call"] = Error(code=3, message="execution reverted", data=REVERT_DATA)
    assert value(simulated(node)) == replace(expected, succeeded=False, revert_reason="not enough")


def test_the_embedded_chain_runs_calls_and_no_more() -> None:
    chain = EmbeddedChain(genesis_at=1_700_000_000)
    rich = Address.parse(chain.web3.eth.accounts[0])
    request = TransactionRequest(sender=rich, to=FRIEND, value=1, data=b"\x01\x02\x03\x04")
    found = NodeSimulator(chain).simulate((request,), flatten(read(request)), Deadline.after(20))
    assert value(found).method is SimulationMethod.CALL
    assert value(found).succeeded
    reverting = TransactionRequest(sender=rich, to=None, value=0, data=bytes.fromhex("5f5ffd"))
    refused = NodeSimulator(chain).simulate((reverting,), flatten(read(reverting)), Deadline.after(20))
    assert value(refused).succeeded is False


def test_a_node_that_has_no_method_at_all_is_missing_and_no_failure(node: RpcNode) -> None:
    found = simulated(node)
    assert isinstance(found, Missing)
    assert found.reason.startswith("; ".join(NO_BETTER))


@pytest.mark.parametrize(
    "words",
    [
        "the method eth_simulateV1 does not exist/is not available",
        "Method not found",
        "Unsupported method: eth_simulateV1",
        "method not supported",
        "Method eth_simulateV1 is not whitelisted",
    ],
)
def test_a_method_that_is_absent_is_told_by_code_or_words(node: RpcNode, words: str) -> None:
    node.answers["eth_simulateV1"] = Error(code=-32000, message=words)
    node.answers["eth_call"] = "0x"
    assert value(simulated(node)).shortfalls == NO_BETTER


def test_who_cannot_pay_for_gas_is_run_without_a_price(node: RpcNode) -> None:
    honest = block(ran(log(SENDER, FRIEND, 5)))

    def poor(parameters: list[Any]) -> Any:
        calls = parameters[0]["blockStateCalls"][0]["calls"]
        if parameters[0]["validation"] or any("maxFeePerGas" in call for call in calls):
            return Error(code=-38014, message="insufficient funds for gas * price + value")
        return honest(parameters)

    node.answers["eth_simulateV1"] = poor
    assert value(simulated(node)) == WHOLE


def test_who_cannot_pay_the_value_is_told_by_the_node_and_it_is_no_failure(node: RpcNode) -> None:
    node.answers["eth_simulateV1"] = Error(code=-38014, message="insufficient funds for transfer")
    assert value(simulated(node)) == Simulation(
        method=SimulationMethod.SIMULATE, succeeded=False, revert_reason="insufficient funds for transfer"
    )


MALFORMED: list[Any] = [
    None,
    5,
    [],
    [5],
    [{}],
    [{"calls": []}],
    [{"calls": [5]}],
    [{"calls": [{}]}],
    [{"calls": [{"status": "0x2", "returnData": "0x", "logs": []}]}],
    [{"calls": [{"status": 1, "returnData": "0x", "logs": []}]}],
    [{"calls": [{"status": "0x1", "returnData": "0xz", "logs": []}]}],
    [{"calls": [{"status": "0x1", "returnData": "0x", "logs": {}}]}],
    [{"calls": [ran(5)]}],
    [{"calls": [ran({"address": TOKEN, "topics": "x", "data": "0x"})]}],
    [{"calls": [ran({"address": TOKEN, "topics": ["0x12"], "data": "0x"})]}],
    [{"calls": [ran({"address": TOKEN, "topics": [TRANSFER_TOPIC] * 5, "data": "0x"})]}],
    [{"calls": [ran({"address": "0x12", "topics": [], "data": "0x"})]}],
    [{"calls": [ran({"address": TOKEN, "topics": [], "data": None})]}],
    Error(code=-32000, message="\x1b[2Jout of memory"),
    Error(message=7),
    b"not json",
    b'{"jsonrpc":"2.0","id":1,"result":' + b"[" * 100_000,
]


@pytest.mark.parametrize("answer", MALFORMED, ids=range(len(MALFORMED)))
def test_an_answer_that_cannot_be_read_falls_back_and_says_so(node: RpcNode, answer: Any) -> None:
    node.answers["eth_simulateV1"] = answer
    node.answers["debug_traceCall"] = FRAME
    found = value(simulated(node))
    assert (found.method, found.succeeded) == (SimulationMethod.TRACE, True)
    (shortfall,) = found.shortfalls
    assert "eth_simulateV1" in shortfall
    assert shortfall.isprintable()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"type": "CALL", "output": 5},
        {"type": "CALL", "from": SENDER, "to": TOKEN, "value": "nine"},
        {"type": "CALL", "from": None, "to": TOKEN, "value": "0x9"},
        {"type": "CALL", "calls": 5},
        {"type": "CALL", "calls": [5]},
        {"type": "CALL", "logs": 5},
        Error(code=-32000, message="tracer timeout"),
    ],
)
def test_a_trace_that_cannot_be_read_falls_back_to_a_call(node: RpcNode, answer: Any) -> None:
    node.answers["debug_traceCall"] = answer
    node.answers["eth_call"] = "0x"
    found = value(simulated(node))
    assert (found.method, len(found.shortfalls)) == (SimulationMethod.CALL, 2)


@pytest.mark.parametrize("answer", [None, 5, "xyz", "0x123zz", Error(code=-32005, message="too many")])
def test_when_nothing_can_be_read_it_is_missing_and_a_failure(node: RpcNode, answer: Any) -> None:
    node.answers["eth_call"] = answer
    found = simulated(node)
    assert isinstance(found, Missing)
    assert found.is_failure


def test_a_header_that_cannot_be_read_falls_back(node: RpcNode) -> None:
    node.answers["eth_simulateV1"] = block(ran())
    node.answers["eth_call"] = "0x"
    for broken in (None, 5, {}, {**HEAD, "number": "-1"}, {**HEAD, "miner": "0x1"}, {**HEAD, "hash": 1}):
        node.answers["eth_getBlockByNumber"] = broken
        assert value(simulated(node)).method is SimulationMethod.CALL


def test_more_events_than_are_read_are_never_cut(node: RpcNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MAX_LOGS", 3)
    node.answers["eth_call"] = "0x"
    node.answers["eth_simulateV1"] = block(ran(*[log(SENDER, FRIEND, 1)] * 3))
    assert value(simulated(node)).method is SimulationMethod.SIMULATE
    node.answers["eth_simulateV1"] = block(ran(*[log(SENDER, FRIEND, 1)] * 4))
    found = value(simulated(node))
    assert (found.method, found.changes) == (SimulationMethod.CALL, None)
    assert "3 at most are read" in found.shortfalls[0]
    monkeypatch.setattr(run, "MAX_LOG_BYTES", 32)
    node.answers["eth_simulateV1"] = block(ran(*[log(SENDER, FRIEND, 1)] * 2))
    assert value(simulated(node)).method is SimulationMethod.CALL


def test_a_node_that_hangs_leaves_time_for_the_next_method(node: RpcNode) -> None:
    node.answers["eth_simulateV1"] = Hang
    node.answers["debug_traceCall"] = Hang
    node.answers["eth_call"] = "0x"
    started = time.monotonic()
    found = value(simulated(node, seconds=2))
    assert found.method is SimulationMethod.CALL
    assert time.monotonic() - started < 2
    assert len(found.shortfalls) == 2


def test_a_node_that_only_hangs_is_missing_at_the_deadline(node: RpcNode) -> None:
    node.answers["eth_getBlockByNumber"] = Hang
    node.answers["debug_traceCall"] = Hang
    node.answers["eth_call"] = Hang
    started = time.monotonic()
    found = simulated(node, seconds=0.6)
    assert time.monotonic() - started < 1.5
    assert isinstance(found, Missing)
    assert found.is_failure


WALLET = STRANGER


def inside_a_wallet(is_delegatecall: bool) -> Call:
    """Return a call that a wallet contract makes, by delegatecall or not."""
    transfer = Transfer(token=TOKEN, owner=WALLET, recipient=FRIEND, amount=5)
    inner = Call(
        actor=WALLET,
        to=TOKEN,
        value=0,
        data_size=68,
        selector="0xa9059cbb",
        intent=transfer,
        is_delegatecall=is_delegatecall,
    )
    outer = SafeCall(
        safe=WALLET, call=inner, gas_token=None, gas_price=0, refund_receiver=None, form="execTransaction"
    )
    return Call(actor=SENDER, to=WALLET, value=0, data_size=4, selector=None, intent=outer)


SLOT = "0x" + "0" * 64
OTHER_SLOT = "0x" + "0" * 63 + "5"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"storage": {SLOT: word(1)}}, {"storage": {SLOT: word(2)}}, (WALLET,)),
        ({"balance": "0x1"}, {"storage": {SLOT: word(2)}}, (WALLET,)),
        ({"storage": {SLOT: word(1)}}, {"storage": {}}, (WALLET,)),
        ({"storage": {SLOT: word(1)}}, {"nonce": 2}, (WALLET,)),
        ({"code": "0x60"}, {"code": "0x61"}, (WALLET,)),
        ({"code": "0x60"}, None, (WALLET,)),
        (None, {"code": "0x60"}, (WALLET,)),
        ({"storage": {OTHER_SLOT: word(1)}}, {"storage": {OTHER_SLOT: word(2)}}, ()),
        ({"code": "0x60", "balance": "0x1"}, {"balance": "0x2"}, ()),
        (None, None, ()),
    ],
)
def test_a_wallet_whose_code_is_exchanged_by_foreign_code_is_named(
    node: RpcNode, before: Any, after: Any, expected: tuple[Address, ...]
) -> None:
    node.answers["eth_simulateV1"] = block(ran())
    told = {
        side: {} if state is None else {WALLET.lower(): state}
        for side, state in (("pre", before), ("post", after))
    }
    node.answers["debug_traceCall"] = told

    def simple(parameters: list[Any]) -> Any:
        calls = parameters[0]["blockStateCalls"][0]["calls"]
        own = (len(calls) - 1) // 2
        return [{"calls": [ran(returned=word(1))] * own + [ran()] + [ran(returned=word(1))] * own}]

    node.answers["eth_simulateV1"] = simple
    found = value(simulated(node, call=inside_a_wallet(is_delegatecall=True)))
    assert (found.code_changed, found.shortfalls) == (expected, ())


def test_only_a_wallet_that_runs_foreign_code_is_traced_for_it(node: RpcNode) -> None:
    node.answers["eth_simulateV1"] = block(ran(), (1, 1))
    value(simulated(node, call=inside_a_wallet(is_delegatecall=False)))
    assert node.count("debug_traceCall") == 0
    found = value(simulated(node, call=inside_a_wallet(is_delegatecall=True)))
    assert found.code_changed == ()
    assert found.shortfalls == (
        "whether a wallet's code is replaced is not known: the node has no debug_traceCall",
    )


def test_a_state_difference_that_cannot_be_read_is_a_shortfall(node: RpcNode) -> None:
    node.answers["eth_simulateV1"] = block(ran(), (1, 1))
    broken: list[Any] = [None, {}, {"pre": {}, "post": 5}, {"pre": {"0x1": {}}, "post": {}}]
    for answer in broken:
        node.answers["debug_traceCall"] = answer
        found = value(simulated(node, call=inside_a_wallet(is_delegatecall=True)))
        assert len(found.shortfalls) == 1


def test_of_very_many_tokens_the_number_that_was_not_compared_is_told(
    node: RpcNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "MAX_HOLDINGS", 2)
    tokens = [Address.from_bytes(bytes([number]) * 20) for number in range(1, 6)]
    node.answers["eth_simulateV1"] = block(ran(*(log(SENDER, FRIEND, 5, token) for token in tokens)), (5, 0))
    call = replace(TRANSFER, to=STRANGER, data=bytes.fromhex("4e71d92d"))
    assert value(simulated(node, call)).shortfalls == ("3 balances were not compared with the events",)


def test_a_bundle_that_cannot_be_run_together_is_missing(node: RpcNode) -> None:
    acts = flatten(read(REQUEST))
    found = NodeSimulator(node.chain).simulate((REQUEST, REQUEST), acts, Deadline.after(10))
    assert found == Missing("the node has no eth_simulateV1")
    fee = MarketFee(max_fee_per_gas=1, max_priority_fee_per_gas=1)
    node.answers["eth_simulateV1"] = Error(code=-32000, message="max fee below the base fee")
    found = NodeSimulator(node.chain).simulate((REQUEST, replace(REQUEST, fee=fee)), acts, Deadline.after(10))
    assert isinstance(found, Missing)
    assert found.is_failure


def test_a_bundle_with_a_wallet_that_runs_foreign_code_says_what_it_did_not_look_at(node: RpcNode) -> None:
    def pair(parameters: list[Any]) -> Any:
        calls = parameters[0]["blockStateCalls"][0]["calls"]
        views = (len(calls) - 2) // 2
        view = ran(returned=word(1))
        return [{"calls": [view] * views + [ran(), REVERTED] + [view] * views}]

    node.answers["eth_simulateV1"] = pair
    acts = flatten(inside_a_wallet(is_delegatecall=True))
    found = value(NodeSimulator(node.chain).simulate((REQUEST, REQUEST), acts, Deadline.after(10)))
    assert (found.succeeded, found.revert_reason) == (False, "call 2: not enough")
    assert found.shortfalls == ("whether a wallet's code is replaced is not known: there are several calls",)
