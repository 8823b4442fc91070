"""Accounts, tokens and fees by a node: few questions, and hostile answers taken for what they are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from eth_abi import encode

from guard.adapters.chain_facts import AT_ONCE, NodeFacts
from guard.adapters.embedded_chain import EmbeddedChain, PastPayment
from guard.core.address import Address, keccak256
from guard.core.intent import AssetKind
from guard.core.involved import TokenQuestion
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from guard.core.world import AccountState, FeeMarket, TokenState
from guard.deadline import Deadline
from guard.errors import NodeError, OutsideError
from tests.adapters.rpc_node import HEAD, Error, Hang, RpcNode

DAY = 86_400
NEWCOMER = Address.from_bytes(b"\x5a" * 20)
REVERTED = Error(code=3, message="execution reverted", data="0x")


def head(number: int, timestamp: int) -> dict[str, Any]:
    return {**HEAD, "number": hex(number), "timestamp": hex(timestamp)}


@pytest.fixture
def node() -> Iterator[RpcNode]:
    answers = {
        "eth_getBalance": "0x5",
        "eth_getTransactionCount": "0x2",
        "eth_getCode": "0x",
        "eth_gasPrice": "0x9",
        "eth_maxPriorityFeePerGas": "0x3",
        "eth_getBlockByNumber": head(100_000, 100_000 * 12),
    }
    with RpcNode(answers) as running:
        yield running


def soon() -> Deadline:
    return Deadline.after(20)


def accounts(node: RpcNode, *addresses: Address) -> dict[Address, AccountState]:
    return NodeFacts(node.chain).accounts(addresses, young_days=3, deadline=soon())


def test_an_account_without_code_takes_three_questions(node: RpcNode) -> None:
    empty = AccountState(code=b"", nonce=2, balance=5, is_young=None)
    assert accounts(node, SENDER, FRIEND) == {SENDER: empty, FRIEND: empty}
    assert sorted(method for method, _ in node.calls) == sorted(
        2 * ["eth_getBalance", "eth_getCode", "eth_getTransactionCount"]
    )


def deployed_at(block: int) -> Callable[[list[Any]], str]:
    """Return what answers eth_getCode for a contract that was put into this block."""
    return lambda given: "0x60" if given[1] == "latest" or int(given[1], 16) >= block else "0x"


def steady(given: list[Any]) -> dict[str, Any]:
    """Answer a block of a chain with one every 12 s, 100,000 of them so far."""
    number = 100_000 if given[0] == "latest" else int(given[0], 16)
    return head(number, number * 12)


@pytest.mark.parametrize(("days", "is_young"), [(1, True), (2, True), (4, False), (12, False)])
def test_a_contract_is_young_if_it_had_no_code_three_days_ago(
    node: RpcNode, days: int, is_young: bool
) -> None:
    node.answers |= {
        "eth_getCode": deployed_at(100_000 - days * DAY // 12),
        "eth_getBlockByNumber": steady,
    }
    assert accounts(node, TOKEN)[TOKEN].is_young is is_young
    assert [call for call in node.calls if call[0] == "eth_getBlockByNumber"] == [
        ("eth_getBlockByNumber", ["latest", False]),
        ("eth_getBlockByNumber", [hex(80_000), False]),
    ]


def test_on_a_chain_younger_than_three_days_all_but_its_first_contracts_are_young(node: RpcNode) -> None:
    node.answers |= {
        "eth_getCode": deployed_at(1),
        "eth_getBlockByNumber": lambda given: head(5, 60) if given[0] == "latest" else head(0, 0),
    }
    assert accounts(node, TOKEN)[TOKEN].is_young is True
    node.answers["eth_getCode"] = deployed_at(0)
    assert accounts(node, TOKEN)[TOKEN].is_young is False
    node.answers["eth_getBlockByNumber"] = head(0, 0)
    assert accounts(node, TOKEN)[TOKEN].is_young is False


def test_a_node_without_a_past_says_nothing_of_age_and_all_else(node: RpcNode) -> None:
    node.answers["eth_getCode"] = lambda given: (
        "0x60" if given[1] == "latest" else Error(code=-32000, message="missing trie node")
    )
    assert accounts(node, TOKEN) == {TOKEN: AccountState(code=b"\x60", nonce=2, balance=5, is_young=None)}
    node.answers |= {"eth_getCode": "0x60", "eth_getBlockByNumber": Error(code=-32000, message="no")}
    assert accounts(node, TOKEN)[TOKEN].is_young is None


@pytest.mark.parametrize("method", ["eth_getBalance", "eth_getCode", "eth_getTransactionCount"])
@pytest.mark.parametrize("answer", [Error(code=-32000, message="no"), None, "zzz", 5.5, b"junk"])
def test_one_answer_that_fails_leaves_no_part(node: RpcNode, method: str, answer: Any) -> None:
    node.answers[method] = answer
    with pytest.raises(NodeError):
        accounts(node, SENDER, FRIEND)


def test_a_node_that_hangs_is_left_at_the_deadline(node: RpcNode) -> None:
    node.answers |= {"eth_getBalance": Hang, "eth_call": Hang, "eth_gasPrice": Hang}
    facts = NodeFacts(node.chain)
    questions = [TokenQuestion(token=TOKEN)]
    asks: list[Callable[[Deadline], object]] = [
        lambda deadline: facts.accounts([SENDER], young_days=3, deadline=deadline),
        lambda deadline: facts.tokens(questions, deadline),
        facts.fee_market,
    ]
    for ask in asks:
        started = time.monotonic()
        with pytest.raises(OutsideError):
            ask(Deadline.after(0.3))
        assert time.monotonic() - started < 1
    with pytest.raises(OutsideError):
        facts.accounts([SENDER], young_days=3, deadline=Deadline.after(0))


def test_no_more_than_so_many_questions_are_on_their_way_at_once(node: RpcNode) -> None:
    lock = threading.Lock()
    now, most = 0, 0

    def slow(_: list[Any]) -> str:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1
        return "0x1"

    node.answers |= dict.fromkeys(("eth_getBalance", "eth_getTransactionCount"), slow)
    addresses = [Address.from_bytes(bytes([number]) * 20) for number in range(1, 17)]
    assert len(accounts(node, *addresses)) == 16
    assert most <= AT_ONCE


def answering(told: dict[str, Any]) -> Callable[[list[Any]], Any]:
    """Return what answers eth_call by the function's signature, and reverts for every other."""
    by_selector = {
        "0x" + keccak256(name.partition(" ")[0].encode())[:4].hex() + name.partition(" ")[2]: answer
        for name, answer in told.items()
    }

    def answer(given: list[Any]) -> Any:
        data = given[0]["data"]
        return next((told for start, told in by_selector.items() if data.startswith(start)), REVERTED)

    return answer


def hexed(types: list[str], values: list[Any]) -> str:
    return "0x" + encode(types, values).hex()


def number(value: int) -> str:
    return hexed(["uint256"], [value])


ERC20 = {
    "symbol()": hexed(["string"], ["USDC"]),
    "name()": hexed(["string"], ["USD Coin"]),
    "decimals()": number(6),
    "totalSupply()": number(10**15),
    "balanceOf(address)": number(77),
    "allowance(address,address)": number(2**256 - 1),
}
QUESTION = TokenQuestion(token=TOKEN, owners=(SENDER,), allowances=((SENDER, STRANGER),))


def token(node: RpcNode, told: Any, question: TokenQuestion = QUESTION) -> TokenState:
    node.answers["eth_call"] = answering(told) if isinstance(told, dict) and not told.get("code") else told
    return NodeFacts(node.chain).tokens([question], soon())[TOKEN]


def test_a_token_tells_itself_and_what_its_owners_have_and_gave(node: RpcNode) -> None:
    assert token(node, ERC20) == TokenState(
        kind=AssetKind.ERC20,
        symbol="USDC",
        name="USD Coin",
        decimals=6,
        total_supply=10**15,
        balances={SENDER: 77},
        allowances={(SENDER, STRANGER): 2**256 - 1},
    )
    assert {method for method, _ in node.calls} == {"eth_call"}
    assert len(node.calls) == 8
    assert {call[1][0]["gas"] for call in node.calls} == {hex(2_000_000)}


def test_old_tokens_tell_their_symbol_in_one_word(node: RpcNode) -> None:
    told = {**ERC20, "symbol()": "0x" + b"MKR".ljust(32, b"\0").hex(), "name()": "0x" + "00" * 32}
    assert (token(node, told).symbol, token(node, told).name) == ("MKR", None)


def kinds(erc721: Any, erc1155: Any) -> dict[str, Any]:
    return {
        **ERC20,
        "supportsInterface(bytes4) 80ac58cd": erc721,
        "supportsInterface(bytes4) d9b67a26": erc1155,
    }


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (kinds(number(1), number(0)), AssetKind.ERC721),
        (kinds(number(0), number(1)), AssetKind.ERC1155),
        (kinds(number(1), number(1)), None),
        (kinds(number(0), number(0)), AssetKind.ERC20),
        (kinds(number(2), "0x01"), AssetKind.ERC20),
        ({**ERC20, "decimals()": "0x"}, None),
        ({**ERC20, "totalSupply()": REVERTED}, None),
        ({}, None),
    ],
)
def test_what_kind_a_token_is_is_its_own_word_and_yes_to_everything_is_none(
    node: RpcNode, told: dict[str, Any], kind: AssetKind | None
) -> None:
    assert token(node, told).kind is kind


MUTE = TokenState(kind=None)
FLOOD = "0x" + "41" * (1024 * 1024)


@pytest.mark.parametrize(
    "answer",
    [
        REVERTED,
        "0x",
        "0x01",
        FLOOD,
        "0x" + "ff" * 33,
        "0x" + "ff" * 96,
        Error(code=-32000, message="out of gas"),
        Error(code=-32000, message="invalid opcode: INVALID"),
        Error(code=-32000, message="stack underflow (0 <=> 1)"),
        Error(code=-32003, message="EVM error OutOfGas"),
        Error(code=-32015, message="VM execution error."),
        Error(code=-32603, message="VM Exception while processing transaction: reverted"),
        Error(code=-32000, message="failed", data="0x08c379a0"),
        Error(code=3, message="execution reverted", data="0x08c379a0" + "ff" * 64),
        Error(code=3, message="execution reverted", data="0x556f1830" + "00" * 160),
        Error(message="execution reverted", data={"message": "x"}),
    ],
    ids=range(16),
)
def test_a_hostile_token_is_mute_and_no_failure(node: RpcNode, answer: Any) -> None:
    assert token(node, lambda _: answer) == MUTE


@pytest.mark.parametrize(("decimals", "expected"), [(0, 0), (255, 255), (256, None), (2**256 - 1, None)])
def test_impossible_decimals_are_none(node: RpcNode, decimals: int, expected: int | None) -> None:
    assert token(node, {**ERC20, "decimals()": number(decimals)}).decimals == expected


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        (b"\xff\xfe\xfa", None),
        (b"", None),
        (b"\x1b[31mRED", "\\x1b[31mRED"),
        ("\u202eCDSU".encode(), "\\u202eCDSU"),
        ("US\u200bDC".encode(), "US\\u200bDC"),
        ("U\u0405DC".encode(), "U\u0405DC"),
        (b"A" * 5000, "A" * 29 + "..."),
        (("a" + "\u0301" * 99).encode(), "a\u0301\u0301\\u0301\\u0301\\u0301\\u0301..."),
    ],
)
def test_a_symbol_is_escaped_and_cut(node: RpcNode, symbol: bytes, expected: str | None) -> None:
    """D14 token symbol with RTL override, zero-width, combining flood, Cyrillic letters, ESC."""
    told = {**ERC20, "symbol()": hexed(["bytes"], [symbol])}
    found = token(node, told).symbol
    assert found == expected
    assert found is None or len(found) <= 32


@pytest.mark.parametrize(
    "answer",
    [
        Error(code=-32005, message="limit exceeded"),
        Error(code=-32601, message="no such method"),
        Error(code=-32603, message="Internal error"),
        Error(code=-32000, message="missing trie node 1b2c (path ) state is not available"),
        Error(code=-32000, message="header not found"),
        Error(code=-32097, message="too many requests", data="see the plans"),
        Error(code=-32000, message="execution aborted (timeout = 5s)"),
        Error(message=None),
        None,
        5,
        10**15,
        "zz",
        b"junk",
        [],
    ],
)
def test_a_node_that_does_not_answer_is_no_mute_token(node: RpcNode, answer: Any) -> None:
    with pytest.raises(NodeError):
        token(node, lambda _: answer)


def test_gas_costs_three_questions(node: RpcNode) -> None:
    assert NodeFacts(node.chain).fee_market(soon()) == FeeMarket(base_fee=10**9, priority_fee=3, gas_price=9)
    assert sorted(method for method, _ in node.calls) == [
        "eth_gasPrice",
        "eth_getBlockByNumber",
        "eth_maxPriorityFeePerGas",
    ]


def test_a_chain_without_base_fees_or_tips_says_so(node: RpcNode) -> None:
    node.answers["eth_getBlockByNumber"] = {
        name: told for name, told in HEAD.items() if name != "baseFeePerGas"
    }
    node.answers["eth_maxPriorityFeePerGas"] = Error(code=-32000, message="not before London")
    assert NodeFacts(node.chain).fee_market(soon()) == FeeMarket(
        base_fee=None, priority_fee=None, gas_price=9
    )


@pytest.mark.parametrize("block", [None, 5, {**HEAD, "number": None}, {**HEAD, "timestamp": "x"}])
def test_a_block_that_is_none_is_the_nodes_fault(node: RpcNode, block: Any) -> None:
    node.answers["eth_getBlockByNumber"] = block
    with pytest.raises(NodeError):
        NodeFacts(node.chain).fee_market(soon())


def test_a_tip_that_is_no_number_is_the_nodes_fault(node: RpcNode) -> None:
    node.answers["eth_maxPriorityFeePerGas"] = 1.5
    with pytest.raises(NodeError):
        NodeFacts(node.chain).fee_market(soon())


def test_the_embedded_chain_tells_all_of_it() -> None:
    chain = EmbeddedChain(genesis_at=1_700_000_000)
    chain.live_through([PastPayment(at=1_700_000_100, payer=None, to=NEWCOMER, value_wei=7)])
    facts = NodeFacts(chain)
    assert facts.accounts([NEWCOMER], young_days=3, deadline=soon()) == {
        NEWCOMER: AccountState(code=b"", nonce=0, balance=7)
    }
    assert facts.tokens([TokenQuestion(token=NEWCOMER)], soon()) == {NEWCOMER: MUTE}
    assert facts.fee_market(soon()).gas_price > 0
