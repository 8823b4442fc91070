"""An account's past, read from the blocks of a real chain in this process, and counted by hand beside it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from guard.adapters.block_scan import BlockScan
from guard.adapters.embedded_chain import EmbeddedChain
from guard.adapters.keystore import MemorySigner
from guard.adapters.web3_chain import connect
from guard.core.address import Address
from guard.core.evidence import Fact, Missing, Observed
from guard.core.features import FEATURE_NAMES
from guard.core.history import AccountHistory, AccountTransaction, TokenMove, account_vector
from guard.deadline import Deadline
from tests.adapters.token import REVERTER, SILENT_TOKEN, TOKEN, contract_of, mine, receive, transfer_call
from tests.adapters.values import address

GENESIS = 1_700_000_000
ETHER = 10**18
ALICE, BOB = MemorySigner(b"\x0a" * 32), MemorySigner(b"\x0b" * 32)


@dataclass(frozen=True)
class Past:
    chain: EmbeddedChain
    rich: Address
    reverter: Address
    token: Address


def minute(number: int) -> int:
    return GENESIS + 60 * number


@pytest.fixture(scope="module")
def past() -> Past:
    """Minutes after genesis: 5, 10, 30 payments from outside; then what Alice and Bob did."""
    chain = EmbeddedChain(genesis_at=GENESIS)
    receive(chain, minute(5), BOB.address, ETHER)
    receive(chain, minute(10), ALICE.address, 2 * ETHER)
    receive(chain, minute(30), ALICE.address, ETHER)
    reverter = contract_of(chain, mine(chain, minute(40), BOB, None, data=REVERTER))
    mine(chain, minute(60), ALICE, BOB.address, ETHER // 2)
    mine(chain, minute(90), ALICE, reverter, ETHER // 4)
    token = contract_of(chain, mine(chain, minute(120), ALICE, None, data=TOKEN))
    mine(chain, minute(150), ALICE, token, data=transfer_call(BOB.address, 1_500_000))
    mine(chain, minute(180), BOB, token, data=transfer_call(ALICE.address, 250_000))
    return Past(chain, Address.parse(chain.web3.eth.accounts[0]), reverter, token)


def scan(past: Past, account: Address, seconds: float = 60, **limits: int) -> Fact[AccountHistory]:
    return BlockScan(past.chain.web3, **limits).history(account, Deadline.after(seconds))


def observed(fact: Fact[AccountHistory]) -> AccountHistory:
    assert isinstance(fact, Observed)
    return fact.value


def entry(at: int, sender: Address, recipient: Address | None, value: int) -> AccountTransaction:
    return AccountTransaction(timestamp=minute(at), sender=sender, recipient=recipient, value_wei=value)


def test_everything_that_an_account_took_part_in_is_read_in_order(past: Past) -> None:
    a, b = ALICE.address, BOB.address
    expected = AccountHistory(
        account=a,
        transactions=(
            entry(10, past.rich, a, 2 * ETHER),
            entry(30, past.rich, a, ETHER),
            entry(60, a, b, ETHER // 2),
            entry(90, a, past.reverter, ETHER // 4),
            entry(120, a, None, 0),
            entry(150, a, past.token, 0),
        ),
        token_moves=(
            TokenMove(sender=a, recipient=b, token=past.token, token_name="Coin", amount=Decimal("1.5")),
            TokenMove(sender=b, recipient=a, token=past.token, token_name="Coin", amount=Decimal("0.25")),
        ),
        source="block scan",
    )
    height = past.chain.web3.eth.block_number
    assert scan(past, a) == Observed(expected, "block scan", height)


def test_the_failed_payment_is_among_them_and_did_not_move_anything(past: Past) -> None:
    assert past.chain.balance(past.reverter) == 0
    assert (
        entry(90, ALICE.address, past.reverter, ETHER // 4)
        in observed(scan(past, ALICE.address)).transactions
    )


def test_the_vector_is_the_one_that_was_counted_by_hand(past: Past) -> None:
    assert dict(zip(FEATURE_NAMES, account_vector(observed(scan(past, ALICE.address))), strict=True)) == {
        "avg_min_between_sent_tnx": (30 + 30 + 60) / 3,
        "avg_min_between_received_tnx": 20 / 2,
        "time_diff_mins": 140.0,
        "sent_tnx": 3.0,
        "received_tnx": 2.0,
        "number_of_created_contracts": 1.0,
        "max_value_received": 2.0,
        "avg_val_received": 1.5,
        "avg_val_sent": 0.25,
        "total_ether_sent": 0.75,
        "total_ether_balance": 2.25,
        "erc20_total_ether_received": 0.25,
        "erc20_total_ether_sent": 1.5,
        "erc20_total_ether_sent_contract": 0.0,
        "erc20_uniq_sent_addr": 1.0,
        "erc20_uniq_rec_token_name": 1.0,
        "erc20_most_sent_token_type": "Coin",
        "erc20_most_rec_token_type": "Coin",
    }


def test_a_contract_has_its_creation_and_its_calls_as_its_past(past: Past) -> None:
    assert observed(scan(past, past.token)).transactions == (
        entry(120, ALICE.address, None, 0),
        entry(150, ALICE.address, past.token, 0),
        entry(180, BOB.address, past.token, 0),
    )


def test_an_account_that_did_nothing_has_an_empty_past_and_not_a_missing_one(past: Past) -> None:
    nobody = address(1234)
    assert observed(scan(past, nobody)) == AccountHistory(
        account=nobody, transactions=(), token_moves=(), source="block scan"
    )


def test_a_token_that_tells_no_name_has_none_and_counts_in_its_smallest_unit(past: Past) -> None:
    silent = contract_of(past.chain, mine(past.chain, minute(200), BOB, None, data=SILENT_TOKEN))
    mine(past.chain, minute(201), BOB, silent, data=transfer_call(address(77), 5))
    assert observed(scan(past, address(77))).token_moves == (
        TokenMove(sender=BOB.address, recipient=address(77), token=silent, token_name="", amount=Decimal(5)),
    )


def test_a_chain_that_is_too_tall_is_missing_and_never_a_part(past: Past) -> None:
    height = past.chain.web3.eth.block_number
    assert scan(past, ALICE.address, max_blocks=3) == Missing(
        f"the chain has {height} blocks; without an explorer at most 3 are scanned"
    )


def test_when_time_runs_out_it_is_missing_and_never_a_part(past: Past) -> None:
    height = past.chain.web3.eth.block_number
    assert scan(past, ALICE.address, seconds=0) == Missing(
        f"no time was left while reading block 0 of {height} for an account's history", is_failure=True
    )


def test_a_node_that_is_down_is_missing_with_its_reason() -> None:
    scanner = BlockScan(connect("http://127.0.0.1:1/secret-key"))
    fact = scanner.history(ALICE.address, Deadline.after(5))
    assert fact == Missing(
        "the node could not be asked for an account's history (ConnectionError)", is_failure=True
    )


def test_a_node_that_fails_half_way_gives_nothing_of_what_it_told(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = past.chain.web3.eth.get_block

    def get_block(number: Any, **arguments: Any) -> Any:
        if number == 4:
            raise ValueError("cut off")
        return real(number, **arguments)

    monkeypatch.setattr(past.chain.web3.eth, "get_block", get_block)
    assert scan(past, ALICE.address) == Missing(
        "the node was asked for an account's history and answered what cannot be read (ValueError)",
        is_failure=True,
    )
