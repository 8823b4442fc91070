"""Otterscan's pages: read to the end, in order, and refused when they are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from web3 import Web3
from web3.providers.base import BaseProvider

from guard.adapters.node_history import NodeHistory
from guard.adapters.otterscan import Otterscan, offers_otterscan
from guard.adapters.web3_chain import connect
from guard.core.address import Address
from guard.core.evidence import Fact, Missing, Observed
from guard.core.history import AccountHistory, AccountTransaction
from guard.deadline import Deadline
from tests.adapters.values import address

ME, ANNA, COIN = address(1), address(2), address(3)
Reply = Callable[[str, Any], Any]


class Node(BaseProvider):
    """Answers from a function: method and parameters to a result, or an exception's text as a refusal."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply
        self.asked: list[tuple[str, Any]] = []

    def make_request(self, method: Any, params: Any) -> Any:
        self.asked.append((method, params))
        result = self.reply(method, params)
        if isinstance(result, Exception):
            return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": str(result)}}
        return {"jsonrpc": "2.0", "id": 1, "result": result}


def transaction(block: int, index: int = 0, **changes: object) -> dict[str, object]:
    return {
        "hash": f"0x{block:032x}{index:032x}",
        "blockNumber": hex(block),
        "transactionIndex": hex(index),
        "from": ANNA.lower(),
        "to": ME.lower(),
        "value": hex(10**18),
    } | changes


def receipt(of: dict[str, object], **changes: object) -> dict[str, object]:
    block = int(str(of["blockNumber"]), 16)
    told = {"transactionHash": of["hash"], "timestamp": hex(1000 + block), "contractAddress": None}
    return told | changes


def page(*transactions: dict[str, object], last: bool, **changes: object) -> dict[str, object]:
    return {
        "txs": list(transactions),
        "receipts": [receipt(one) for one in transactions],
        "lastPage": last,
    } | changes


def chain(pages: dict[int, Any], *, nonce: int = 0, code: str = "0x", height: int = 99) -> Node:
    """Return a node that tells these pages, by the block before which they end."""

    def reply(method: str, parameters: Any) -> Any:
        if method == "ots_searchTransactionsBefore":
            return pages[parameters[1]]
        return {
            "ots_getApiLevel": 8,
            "eth_blockNumber": hex(height),
            "eth_getCode": code,
            "eth_getTransactionCount": hex(nonce),
            "eth_getLogs": [],
        }[method]

    return Node(reply)


def read(node: Node, **limits: int) -> Fact[AccountHistory]:
    return Otterscan(Web3(node), **limits).history(ME, Deadline.after(20))


def entry(block: int, sender: Address = ANNA, recipient: Address | None = ME) -> AccountTransaction:
    return AccountTransaction(timestamp=1000 + block, sender=sender, recipient=recipient, value_wei=10**18)


def told(fact: Fact[AccountHistory]) -> tuple[AccountTransaction, ...]:
    assert isinstance(fact, Observed), fact
    return fact.value.transactions


def test_pages_are_asked_for_from_the_latest_block_down_and_told_oldest_first() -> None:
    node = chain(
        {
            100: page(transaction(60, 1), transaction(60, 0), transaction(50), last=False),
            50: page(transaction(49), transaction(7), last=False),
            7: page(transaction(3), last=True),
        }
    )
    fact = read(node, page_size=2)
    assert fact == Observed(
        AccountHistory(
            account=ME,
            transactions=tuple(entry(block) for block in (3, 7, 49, 50, 60, 60)),
            token_moves=(),
            source="Otterscan",
        ),
        "Otterscan",
        99,
    )
    asked = [parameters for method, parameters in node.asked if method == "ots_searchTransactionsBefore"]
    assert asked == [[ME, 100, 2], [ME, 50, 2], [ME, 7, 2]]


def test_an_empty_page_is_the_last_one_whatever_it_says() -> None:
    assert told(read(chain({100: page(transaction(8), last=False), 8: page(last=False)}))) == (entry(8),)


def test_what_only_mentions_the_account_is_left_out_and_its_page_still_counts() -> None:
    inside = transaction(60, **{"from": ANNA.lower(), "to": COIN.lower()})
    node = chain({100: page(inside, last=False), 60: page(transaction(5), last=True)})
    assert told(read(node)) == (entry(5),)


def test_creations_by_the_account_and_of_it_are_in_it_and_others_are_not() -> None:
    rows = [
        transaction(9, **{"from": ME.lower(), "to": None}),
        transaction(8, to=None),
        transaction(7, to=None),
    ]
    made = [receipt(rows[0], contractAddress=COIN), receipt(rows[1], contractAddress=ME)]
    made.append(receipt(rows[2], contractAddress=COIN))
    node = chain({100: page(*rows, last=True, receipts=made)}, nonce=1)
    assert told(read(node)) == (entry(8, ANNA, None), entry(9, ME, None))


def test_erigon_tells_the_time_of_a_block_as_a_bare_number() -> None:
    row = transaction(8)
    node = chain({100: page(row, last=True, receipts=[receipt(row, timestamp=1008)])})
    assert told(read(node)) == (entry(8),)


def test_receipts_in_another_order_are_matched_by_hash() -> None:
    rows = [transaction(9), transaction(8)]
    node = chain({100: page(*rows, last=True, receipts=[receipt(rows[1]), receipt(rows[0])])})
    assert told(read(node)) == (entry(8), entry(9))


def test_a_past_that_is_too_long_is_missing_and_never_a_part() -> None:
    rows = [transaction(number) for number in (9, 8, 7)]
    assert len(told(read(chain({100: page(*rows, last=True)}), max_transactions=3))) == 3
    assert read(chain({100: page(*rows, last=True)}), max_transactions=2) == Missing(
        "the account has more than 2 transactions, more than are read"
    )


def test_an_account_that_has_sent_more_than_is_told_is_missing() -> None:
    sent = transaction(9, **{"from": ME.lower(), "to": ANNA.lower()})
    pages = {100: page(sent, last=True)}
    assert len(told(read(chain(pages, nonce=1)))) == 1
    assert read(chain(pages, nonce=2)) == Missing(
        "the node tells 1 of the 2 transactions that the account has sent", is_failure=True
    )


def test_a_contracts_nonce_counts_what_it_created_and_is_not_compared() -> None:
    assert len(told(read(chain({100: page(transaction(9), last=True)}, nonce=7, code="0x60")))) == 1


BAD_PAGES = [
    None,
    [],
    "page",
    {},
    page(transaction(9), last=True, lastPage="yes"),
    page(transaction(9), last=True, txs=None),
    page(transaction(9), last=True, receipts=None),
    page(transaction(9), last=True, receipts=[]),
    page(transaction(100), last=True),
    page(transaction(9, value="x"), last=True),
    page(transaction(9, value=None), last=True),
    page(transaction(9, value=True), last=True),
    page(transaction(9, value=hex(2**256)), last=True),
    page(transaction(9, value="-0x1"), last=True),
    page(transaction(9, **{"from": "0x12"}), last=True),
    page(transaction(9, **{"from": None}), last=True),
    page(transaction(9, to=5), last=True),
    page({"hash": "0x1", "blockNumber": "0x1"}, last=True),
    page(transaction(9), last=True, receipts=[receipt(transaction(9), timestamp=None)]),
    page(transaction(9), last=True, receipts=[receipt(transaction(9), timestamp=-1)]),
]


@pytest.mark.parametrize("answer", BAD_PAGES, ids=range(len(BAD_PAGES)))
def test_what_is_no_page_is_missing_with_a_reason(answer: Any) -> None:
    fact = read(chain({100: answer}))
    assert isinstance(fact, Missing)
    assert fact.is_failure
    assert fact.reason.startswith("the node was asked for an account's history and ")
    assert fact.reason.isprintable()


def test_pages_that_do_not_go_down_are_refused() -> None:
    node = chain({100: page(transaction(9), last=False), 9: page(transaction(9), last=False)})
    assert read(node) == Missing(
        "the node was asked for an account's history and answered a page that goes back on itself",
        is_failure=True,
    )


def test_without_time_and_without_a_node_it_is_missing() -> None:
    late = Otterscan(Web3(chain({}))).history(ME, Deadline.after(0))
    assert late == Missing("no time was left while asking for the latest block", is_failure=True)
    fact = Otterscan(connect("http://127.0.0.1:1/secret-key")).history(ME, Deadline.after(5))
    assert fact == Missing(
        "the node could not be asked for an account's history (ConnectionError)", is_failure=True
    )


@pytest.mark.parametrize(
    ("level", "offered"),
    [(8, True), (9, True), (7, False), ("8", False), (ValueError("no such method"), False)],
)
def test_a_node_offers_the_calls_from_their_level_on(level: Any, offered: bool) -> None:
    assert offers_otterscan(Web3(Node(lambda method, parameters: level))) is offered


def test_what_a_node_offers_is_asked_once() -> None:
    node = chain({100: page(transaction(9), last=True)})
    source = NodeHistory(Web3(node))
    for _ in range(2):
        fact = source.history(ME, Deadline.after(20))
        assert isinstance(fact, Observed)
        assert fact.source == "Otterscan"
    assert [method for method, _ in node.asked].count("ots_getApiLevel") == 1


def test_a_node_without_the_calls_has_its_blocks_scanned() -> None:
    def reply(method: str, parameters: Any) -> Any:
        return hex(30_000) if method == "eth_blockNumber" else ValueError("no such method")

    assert NodeHistory(Web3(Node(reply))).history(ME, Deadline.after(20)) == Missing(
        "the chain has 30000 blocks; without an explorer at most 20000 are scanned"
    )


def test_a_node_that_cannot_be_asked_what_it_offers_is_missing_and_asked_again() -> None:
    source = NodeHistory(connect("http://127.0.0.1:1/secret-key"))
    for _ in range(2):
        assert source.history(ME, Deadline.after(5)) == Missing(
            "the node could not be asked for the calls of an account index (ConnectionError)", is_failure=True
        )
