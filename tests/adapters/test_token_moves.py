"""Token moves from a node's logs: which logs are moves, and what a token may say of itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import requests
from eth_abi.abi import encode
from web3 import Web3

from guard.adapters.token_moves import token_moves
from guard.core.address import Address
from guard.core.history import TokenMove
from guard.deadline import Deadline
from guard.errors import DeadlineExceeded
from tests.adapters.test_otterscan import Node
from tests.adapters.values import address

ME, ANNA, COIN = address(1), address(2), address(3)
TOPIC = Web3.to_hex(Web3.keccak(text="Transfer(address,address,uint256)"))
NAME, DECIMALS = "0x06fdde03", "0x313ce567"


def padded(account: Address) -> str:
    return "0x" + "00" * 12 + account[2:].lower()


def log(block: int, index: int, sender: Address, recipient: Address, **changes: object) -> dict[str, object]:
    return {
        "address": COIN.lower(),
        "topics": [TOPIC, padded(sender), padded(recipient)],
        "data": "0x" + (1_500_000).to_bytes(32, "big").hex(),
        "blockNumber": hex(block),
        "logIndex": hex(index),
        "transactionIndex": "0x0",
        "transactionHash": "0x" + "11" * 32,
        "blockHash": "0x" + "22" * 32,
        "removed": False,
    } | changes


def node(logs: list[dict[str, object]], name: Any = None, decimals: Any = None) -> Node:
    told = {NAME: "0x" + encode(["string"], ["Coin"]).hex() if name is None else name}
    told[DECIMALS] = "0x" + (6).to_bytes(32, "big").hex() if decimals is None else decimals

    def reply(method: str, parameters: Any) -> Any:
        if method == "eth_call":
            return told[parameters[0]["data"]]
        if method == "eth_chainId":
            return "0x1"
        assert method == "eth_getLogs"
        wanted = parameters[0]["topics"]
        return [
            one
            for one in logs
            if all(want is None or want == have for want, have in zip(wanted, one["topics"], strict=False))  # type: ignore[call-overload]
        ]

    return Node(reply)


def moves(of: Node, seconds: float = 20) -> list[TokenMove]:
    return list(token_moves(Web3(of), ME, 100, Deadline.after(seconds)))


def move(sender: Address, recipient: Address, amount: str = "1.5", name: str = "Coin") -> TokenMove:
    return TokenMove(sender=sender, recipient=recipient, token=COIN, token_name=name, amount=Decimal(amount))


def test_moves_in_and_out_come_in_the_order_of_the_chain_and_one_to_oneself_once() -> None:
    logs = [log(9, 0, ANNA, ME), log(3, 2, ME, ANNA), log(3, 1, ME, ME), log(4, 0, ANNA, address(9))]
    assert moves(node(logs)) == [move(ME, ME), move(ME, ANNA), move(ANNA, ME)]


def test_a_tokens_name_and_decimals_are_asked_once() -> None:
    asked = node([log(number, 0, ANNA, ME) for number in range(5)])
    moves(asked)
    assert [method for method, _ in asked.asked].count("eth_call") == 2


def test_collectibles_and_foreign_events_are_no_moves() -> None:
    four = log(1, 0, ANNA, ME, topics=[TOPIC, padded(ANNA), padded(ME), padded(ME)])
    odd = log(2, 0, ANNA, ME, data="0x")
    long = log(3, 0, ANNA, ME, data="0x" + "00" * 64)
    assert moves(node([four, odd, long])) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("0x", ""),
        ("0x" + b"Maker".ljust(32, b"\0").hex(), "Maker"),
        ("0x" + b"\xff\xfe".ljust(32, b"\0").hex(), ""),
        ("0x" + encode(["string"], ["a\x1b[2J"]).hex(), "a\\x1b[2J"),
        ("0x" + encode(["string"], ["x" * 5000]).hex(), "x" * 61 + "..."),
        ("0x" + encode(["bytes"], [b"\xff\xff"]).hex(), ""),
        ("0x" + "ff" * 64, ""),
        ("0x" + "00" * 64, ""),
        ("0x" + "00" * 31 + "20" + "ff" * 32, ""),
        ("0x1234", ""),
        (ValueError("execution reverted"), ""),
    ],
    ids=range(11),
)
def test_a_token_may_call_itself_anything(name: Any, told: str) -> None:
    by_revert = node([log(1, 0, ANNA, ME)], name=name)
    if isinstance(name, Exception):
        refuse(by_revert, {"code": 3, "message": "execution reverted", "data": "0x"})
    assert [one.token_name for one in moves(by_revert)] == [told]


@pytest.mark.parametrize(
    ("decimals", "amount"),
    [
        ("0x", "1500000"),
        ("0x" + (0).to_bytes(32, "big").hex(), "1500000"),
        ("0x" + (255).to_bytes(32, "big").hex(), "1.5E-249"),
        ("0x" + (256).to_bytes(32, "big").hex(), "1500000"),
        ("0x" + "ff" * 32, "1500000"),
        ("0x06", "1500000"),
    ],
)
def test_decimals_that_are_none_count_as_none(decimals: str, amount: str) -> None:
    assert moves(node([log(1, 0, ANNA, ME)], decimals=decimals)) == [move(ANNA, ME, amount)]


def refuse(of: Node, error: dict[str, object]) -> None:
    """Make every call of a contract fail with this error object."""
    answer = of.make_request

    def make_request(method: Any, params: Any) -> Any:
        if method == "eth_call":
            return {"jsonrpc": "2.0", "id": 1, "error": error}
        return answer(method, params)

    of.make_request = make_request  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "error",
    [
        {"code": 3, "message": "execution reverted", "data": "0x"},
        {"code": -32000, "message": "invalid opcode: INVALID"},
        {"code": -32003, "message": "EVM error InvalidFEOpcode"},
        {"code": -32015, "message": "VM execution error."},
    ],
    ids=str,
)
def test_a_token_whose_call_fails_has_no_name_and_counts_in_its_smallest_unit(
    error: dict[str, object],
) -> None:
    failing = node([log(1, 0, ANNA, ME)])
    refuse(failing, error)
    assert moves(failing) == [move(ANNA, ME, "1500000", "")]


@pytest.mark.parametrize("code", [-32005, -32601, 429])
def test_a_node_that_refuses_the_call_is_no_token_without_decimals(code: int) -> None:
    refusing = node([log(1, 0, ANNA, ME)])
    refuse(refusing, {"code": code, "message": "limit exceeded"})
    with pytest.raises(Exception, match="limit exceeded"):
        moves(refusing)


def test_a_node_that_goes_away_is_no_token_without_decimals() -> None:
    gone = node([log(1, 0, ANNA, ME)])
    answer = gone.make_request

    def make_request(method: Any, params: Any) -> Any:
        if method == "eth_call":
            raise requests.exceptions.ConnectionError("gone")
        return answer(method, params)

    gone.make_request = make_request  # type: ignore[method-assign]
    with pytest.raises(requests.exceptions.ConnectionError):
        moves(gone)


def test_a_token_cannot_make_this_process_fetch_an_address() -> None:
    """A revert with OffchainLookup makes web3 ask the addresses in it, unless it is told not to."""
    data = (
        "556f1830"
        + encode(
            ["address", "string[]", "bytes", "bytes4", "bytes"],
            [COIN, ["http://127.0.0.1:1/{sender}/{data}"], b"", b"\0" * 4, b""],
        ).hex()
    )
    luring = node([log(1, 0, ANNA, ME)])
    refuse(luring, {"code": 3, "message": "execution reverted", "data": "0x" + data})
    assert moves(luring) == [move(ANNA, ME, "1500000", "")]


def test_without_time_nothing_is_told() -> None:
    with pytest.raises(DeadlineExceeded):
        moves(node([log(1, 0, ANNA, ME)]), seconds=0)
