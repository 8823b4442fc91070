from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from guard.core.address import Address
from guard.core.features import FEATURE_NAMES
from guard.core.history import (
    AccountHistory,
    AccountTransaction,
    TokenMove,
    account_vector,
    token_name,
    whole_tokens,
)

ME, ANNA, BERT, COIN = (Address.from_bytes(bytes(19) + bytes([number])) for number in (1, 2, 3, 4))
ETHER = 10**18


def moved(minute: float, sender: Address, recipient: Address | None, ether: float = 0) -> AccountTransaction:
    return AccountTransaction(
        timestamp=int(minute * 60), sender=sender, recipient=recipient, value_wei=int(ether * ETHER)
    )


def token(sender: Address, recipient: Address, amount: str, name: str, contract: Address = COIN) -> TokenMove:
    return TokenMove(
        sender=sender, recipient=recipient, token=contract, token_name=name, amount=Decimal(amount)
    )


def history(*transactions: AccountTransaction, moves: tuple[TokenMove, ...] = ()) -> AccountHistory:
    return AccountHistory(account=ME, transactions=transactions, token_moves=moves, source="test")


def named(past: AccountHistory) -> dict[str, float | str]:
    return dict(zip(FEATURE_NAMES, account_vector(past), strict=True))


def test_an_account_without_a_past_has_sixteen_zeros_and_no_token_names() -> None:
    assert account_vector(history()) == (0.0,) * 16 + ("", "")


def test_every_feature_of_a_small_past_is_counted_as_the_public_table_counts() -> None:
    past = history(
        moved(0, ANNA, ME, 3),
        moved(10, ME, BERT, 1),
        moved(40, ME, ANNA, 0.5),
        moved(100, BERT, ME, 1),
        moved(100, ME, None, 9),
        moved(160, ANNA, ME, 2),
        moves=(
            token(ANNA, ME, "10.5", "Tether"),
            token(BERT, ME, "1", "Dai"),
            token(ANNA, ME, "2", "Dai"),
            token(ME, ANNA, "4", "Tether"),
            token(ME, BERT, "0.25", "Dai"),
            token(ME, BERT, "7", "Mine", contract=ME),
        ),
    )
    assert named(past) == {
        "avg_min_between_sent_tnx": (10 + 30) / 2,
        "avg_min_between_received_tnx": (60 + 60) / 3,
        "time_diff_mins": 160.0,
        "sent_tnx": 2.0,
        "received_tnx": 3.0,
        "number_of_created_contracts": 1.0,
        "max_value_received": 3.0,
        "avg_val_received": 2.0,
        "avg_val_sent": 0.75,
        "total_ether_sent": 1.5,
        "total_ether_balance": 4.5,
        "erc20_total_ether_received": 13.5,
        "erc20_total_ether_sent": 11.25,
        "erc20_total_ether_sent_contract": 7.0,
        "erc20_uniq_sent_addr": 2.0,
        "erc20_uniq_rec_token_name": 2.0,
        "erc20_most_sent_token_type": "Tether",
        "erc20_most_rec_token_type": "Dai",
    }


def test_a_kind_with_one_transaction_has_no_mean_gap() -> None:
    features = named(history(moved(0, ANNA, ME, 1), moved(30, ME, ANNA, 1)))
    assert (features["avg_min_between_sent_tnx"], features["avg_min_between_received_tnx"]) == (0.0, 0.0)
    assert features["time_diff_mins"] == 30.0


def test_a_payment_to_oneself_is_counted_as_sent_and_not_as_received() -> None:
    features = named(history(moved(0, ME, ME, 2), moved(6, ME, ME, 4)))
    assert (features["sent_tnx"], features["received_tnx"], features["total_ether_balance"]) == (2, 0, -6)
    assert features["avg_min_between_sent_tnx"] == 3.0


def test_a_creation_counts_nowhere_but_in_its_own_feature() -> None:
    ordinary = (moved(0, ANNA, ME, 1), moved(60, ME, BERT, 1))
    with_creation = account_vector(history(*ordinary, moved(500, ME, None, 5)))
    assert with_creation == (
        *account_vector(history(*ordinary))[:5],
        1.0,
        *account_vector(history(*ordinary))[6:],
    )


def test_the_order_in_which_transactions_are_told_does_not_matter() -> None:
    entries = (moved(0, ANNA, ME, 1), moved(60, ME, BERT, 1), moved(90, ME, ANNA, 2))
    assert account_vector(history(*reversed(entries))) == account_vector(history(*entries))


@pytest.mark.parametrize(("names", "first"), [(("B", "A"), "B"), (("A", "B"), "A"), (("A", "B", "B"), "B")])
def test_of_two_equally_frequent_tokens_the_first_seen_is_named(names: tuple[str, ...], first: str) -> None:
    moves = tuple(token(ANNA, ME, "1", name) for name in names)
    assert account_vector(history(moves=moves))[17] == first


def test_where_a_past_was_read_changes_no_feature() -> None:
    past = history(moved(0, ANNA, ME, 1))
    assert account_vector(replace(past, source="elsewhere", is_estimate=True)) == account_vector(past)


def test_an_amount_in_whole_tokens_is_exact_to_the_last_of_78_digits() -> None:
    assert whole_tokens(2**256 - 1, 18) * 10**18 != 2**256 - 1, "the default context rounds"
    digits = str(2**256 - 1)
    assert str(whole_tokens(2**256 - 1, 18)) == f"{digits[:60]}.{digits[60:]}"
    assert whole_tokens(5, 0) == 5
    assert whole_tokens(1, 255) == Decimal("1E-255")


def test_a_tokens_name_is_one_short_line() -> None:
    assert token_name("Coin") == "Coin"
    assert token_name("a\nb") == "a\\x0ab"
    assert len(token_name("x" * 1000)) == 64
