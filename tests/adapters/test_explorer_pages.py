"""What an explorer answers: Etherscan's and Blockscout's forms, and everything that is neither."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.adapters.explorer_pages import MAX_PAGE_BYTES, PageReader, Row, read_page
from guard.core.history import AccountTransaction, TokenMove
from guard.core.rules.examples import SENDER
from guard.errors import RateLimited, ServiceInvalid
from tests.adapters.explorer_rows import ANNA, COIN, GENESIS, ME, move, payment
from tests.adapters.values import address


def body(status: object, message: object, result: object) -> bytes:
    return json.dumps({"status": status, "message": message, "result": result}).encode()


def transactions(*rows: Any) -> list[Row[AccountTransaction | None]]:
    return PageReader(ME).transactions(rows)


def moves(*rows: Any) -> list[Row[TokenMove | None]]:
    return PageReader(ME).token_moves(rows)


def test_a_page_with_rows_is_its_rows() -> None:
    assert read_page(body("1", "OK", [{"a": "b"}])) == [{"a": "b"}]


@pytest.mark.parametrize(
    ("message", "result"),
    [
        ("No transactions found", []),
        ("No token transfers found", []),
        ("No transactions found", None),
        ("No records found", ""),
        ("No transactions found-Missing/Invalid API Key, rate limit of 1/5sec applied", []),
    ],
)
def test_an_account_without_rows_has_an_empty_page(message: str, result: object) -> None:
    assert read_page(body("0", message, result)) == []


@pytest.mark.parametrize(
    ("message", "result"),
    [
        ("NOTOK", "Max rate limit reached, please use API Key for higher rate limit"),
        ("NOTOK", "Max calls per sec rate limit reached (3/sec)"),
        ("Too Many Requests", None),
        ("NOTOK-Max rate limit reached", []),
    ],
)
def test_questions_that_come_too_fast_may_come_again(message: str, result: object) -> None:
    with pytest.raises(RateLimited, match=r"^the explorer says that it was asked too often: "):
        read_page(body("0", message, result))


def test_a_limit_of_a_day_is_not_waited_for() -> None:
    with pytest.raises(ServiceInvalid, match=r"^the explorer refuses: Max daily rate limit reached"):
        read_page(body("0", "NOTOK", "Max daily rate limit reached. 100000 (100%) of 100000 day/limit"))


def test_a_refusal_is_told_in_its_own_words_escaped_and_cut() -> None:
    with pytest.raises(ServiceInvalid) as caught:
        read_page(body("0", "NOTOK", "Invalid\x1b[2J " + "x" * 1000))
    assert caught.value.message.startswith("the explorer refuses: Invalid\\x1b[2J xxx")
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"status": "1"}',
        b'{"status": "1", "result": []',
        b'{"status": "1", "status": "1", "message": "OK", "result": []}',
        body("1", "OK", None),
        body("1", "OK", {}),
        body(1, "OK", []),
        body("2", "OK", []),
        body("0", None, None),
        body("0", 5, []),
        body("0", "No transactions found", [{}]),
        body("0", "OK", []),
        body("0", "No transactions found, please", []),
        b'{"status": "1", "message": "OK", "result": [NaN]}',
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b" " * MAX_PAGE_BYTES + b"{}",
    ],
    ids=range(18),
)
def test_whatever_else_is_answered_is_no_page(answer: bytes) -> None:
    with pytest.raises(ServiceInvalid, match=r"^the explorer "):
        read_page(answer)


def test_a_transaction_is_read() -> None:
    assert transactions(payment(5)) == [
        Row(
            5,
            AccountTransaction(timestamp=GENESIS + 60, sender=ANNA, recipient=ME, value_wei=10**18),
        )
    ]


def test_a_failed_transaction_counts_like_any_other() -> None:
    assert transactions(payment(5, isError="1")) == transactions(payment(5))


@pytest.mark.parametrize("to", ["", None])
def test_a_creation_has_no_recipient(to: Any) -> None:
    by_me = payment(5, to=to, **{"from": ME.lower()}, contractAddress=COIN.lower())
    of_me = payment(6, to=to, contractAddress=ME.lower())
    told = [row.value for row in transactions(by_me, of_me)]
    assert [(entry.sender, entry.recipient) for entry in told if entry] == [(ME, None), (ANNA, None)]


def test_a_checksummed_address_is_read_too_and_a_wrong_checksum_is_not() -> None:
    right, lower, wrong = SENDER, SENDER.lower(), "0x" + SENDER[2:].swapcase()
    assert transactions(payment(5, **{"from": right})) == transactions(payment(5, **{"from": lower}))
    with pytest.raises(ServiceInvalid, match=r"^the explorer answered no address as from$"):
        transactions(payment(5, **{"from": wrong}))


def test_the_largest_amount_is_read_to_the_wei_and_a_larger_one_is_refused() -> None:
    (row,) = transactions(payment(5, value=str(2**256 - 1)))
    assert row.value is not None
    assert row.value.value_wei == 2**256 - 1
    with pytest.raises(ServiceInvalid, match="no number as value"):
        transactions(payment(5, value=str(2**256)))


def test_the_balance_that_etherscan_tells_of_the_first_block_is_no_transaction() -> None:
    first = payment(0, hash="GENESIS_1111", **{"from": "GENESIS"}, isError="0")
    assert transactions(first) == [Row(0, None)]
    with pytest.raises(ServiceInvalid):
        transactions(payment(1, **{"from": "GENESIS"}))


@pytest.mark.parametrize(
    "changes",
    [
        {"blockNumber": "-1"},
        {"blockNumber": "0x5"},
        {"blockNumber": " 5"},
        {"blockNumber": "٥"},
        {"blockNumber": "5_0"},
        {"blockNumber": ""},
        {"blockNumber": "9" * 79},
        {"blockNumber": str(2**53)},
        {"blockNumber": 5},
        {"timeStamp": "1e9"},
        {"timeStamp": str(2**40)},
        {"timeStamp": None},
        {"value": "1.5"},
        {"value": "-1"},
        {"value": True},
        {"isError": "2"},
        {"isError": ""},
        {"isError": None},
        {"hash": "0x12"},
        {"hash": ""},
        {"from": ""},
        {"from": "0x12"},
        {"from": None},
        {"from": ["0x"]},
        {"to": 5},
        {"to": {}, "from": ME.lower()},
        {"to": COIN.lower()},
        {"contractAddress": COIN.lower(), "to": ""},
        {"contractAddress": 7, "to": ""},
    ],
    ids=str,
)
def test_a_row_with_a_field_that_is_wrong_or_about_another_account_is_refused(changes: Any) -> None:
    with pytest.raises(ServiceInvalid, match=r"^the explorer answered ") as caught:
        transactions(payment(4), payment(5, 1) | changes)
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("name", ["blockNumber", "timeStamp", "value", "isError", "hash", "from"])
def test_a_row_without_a_field_is_refused(name: str) -> None:
    row = payment(5)
    del row[name]
    with pytest.raises(ServiceInvalid, match=f"a row without {name}"):
        transactions(row)


@pytest.mark.parametrize("row", [None, [], "row", 5])
def test_a_row_that_is_none_is_refused(row: object) -> None:
    for read in (transactions, moves):
        with pytest.raises(ServiceInvalid, match="a row that is none"):
            read(row)


def test_a_transaction_told_twice_is_refused() -> None:
    with pytest.raises(ServiceInvalid, match="a transaction told twice"):
        transactions(payment(5), payment(5))


def test_a_token_move_is_read() -> None:
    assert moves(move(5)) == [
        Row(
            5,
            TokenMove(sender=ANNA, recipient=ME, token=COIN, token_name="Coin", amount=Decimal("1.5")),
        )
    ]


@pytest.mark.parametrize(
    ("decimals", "value", "amount"),
    [
        ("", "7", "7"),
        ("0", "7", "7"),
        (
            "18",
            str(2**256 - 1),
            "115792089237316195423570985008687907853269984665640564039457.584007913129639935",
        ),
        ("255", "1", "1E-255"),
    ],
)
def test_an_amount_is_exact_for_every_number_of_decimals(decimals: str, value: str, amount: str) -> None:
    (row,) = moves(move(5, tokenDecimal=decimals, value=value))
    assert row.value is not None
    assert row.value.amount == Decimal(amount)


@pytest.mark.parametrize(
    "decimals", ["256", "-1", "1e2", "x", " 6", "٦", str(2**256 - 1), "9" * 79, "9" * 9_000]
)
def test_decimals_that_no_token_can_have_count_as_none_and_hide_no_other_move(decimals: str) -> None:
    assert moves(move(5, tokenDecimal=decimals), move(6)) == [
        *moves(move(5, tokenDecimal="0")),
        *moves(move(6)),
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", ""),
        ("a\x1b[2J\nb", "a\\x1b[2J\\x0ab"),
        ("\u202enioC", "\\u202enioC"),
        ("x" * 65, "x" * 61 + "..."),
    ],
)
def test_a_tokens_name_is_escaped_and_cut(name: str, told: str) -> None:
    (row,) = moves(move(5, tokenName=name))
    assert row.value is not None
    assert row.value.token_name == told


@pytest.mark.parametrize("field", ["tokenID", "tokenIDs", "values"])
def test_a_move_of_a_token_with_an_id_counts_for_nothing_but_keeps_its_place(field: str) -> None:
    row = move(5) | {field: "7"}
    del row["value"]
    assert moves(row) == [Row(5, None)]


@pytest.mark.parametrize(
    "changes",
    [
        {"from": COIN.lower(), "to": ANNA.lower()},
        {"contractAddress": ""},
        {"value": ""},
        {"value": None},
        {"tokenName": 5},
        {"tokenDecimal": 6},
        {"to": ""},
        {"blockNumber": "x"},
    ],
    ids=str,
)
def test_a_token_move_with_a_wrong_field_is_refused(changes: Any) -> None:
    with pytest.raises(ServiceInvalid, match=r"^the explorer answered "):
        moves(move(5) | changes)


def test_a_move_to_oneself_is_read_once() -> None:
    row = move(5, **{"from": ME.lower()})
    assert [(told.value.sender, told.value.recipient) for told in moves(row) if told.value] == [(ME, ME)]
    assert address(1) == ME


FIELDS = [*payment(1), "tokenDecimal", "tokenName"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([ME, "0", "1" * 90]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3), st.sampled_from([payment, move]))
def test_no_row_whatsoever_ends_in_anything_but_a_row_or_a_refusal(changes: Any, of: Any) -> None:
    row = of(5) | changes
    for read in (transactions, moves):
        with contextlib.suppress(ServiceInvalid):
            read(row)
