from __future__ import annotations

from dataclasses import replace

import pytest

from guard.completion import PLAIN_TRANSFER_GAS, Completion, complete
from guard.core.request import LegacyFee, MarketFee, TransactionRequest
from guard.core.rules.examples import FRIEND, SENDER, TOKEN, TRANSFER, token_transfer
from guard.errors import NodeError
from guard.testing import FakeChain

BARE = TransactionRequest(sender=SENDER, to=FRIEND, value=5)
MARKET = MarketFee(max_fee_per_gas=20 * 10**9, max_priority_fee_per_gas=10**9)
DOWN = NodeError("the node is down")


def test_what_was_left_open_is_told_by_the_node() -> None:
    completed = replace(BARE, chain_id=1, nonce=7, gas_limit=PLAIN_TRANSFER_GAS, fee=MARKET)
    assert complete(BARE, FakeChain()) == Completion(request=completed, problem=None)


def test_a_legacy_fee_is_asked_for_where_it_is_wanted() -> None:
    completion = complete(BARE, FakeChain(), legacy=True)
    assert completion.request.fee == LegacyFee(gas_price=20 * 10**9)


def test_what_was_given_is_untouched_and_not_asked_for() -> None:
    everything = FakeChain(fails=dict.fromkeys(("chain_id", "next_nonce", "suggest_fee", "code"), DOWN))
    assert complete(TRANSFER, everything, legacy=True) == Completion(request=TRANSFER, problem=None)


@pytest.mark.parametrize("fields", [{"chain_id": 5}, {"nonce": 0}, {"fee": LegacyFee(gas_price=0)}])
def test_a_given_zero_is_a_given_value(fields: dict[str, object]) -> None:
    given = replace(BARE, **fields)  # type: ignore[arg-type]
    completed = complete(given, FakeChain()).request
    assert completed == replace(completed, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "request_",
    [
        replace(BARE, to=TOKEN),
        token_transfer(FRIEND),
        replace(BARE, to=None, data=b"\x60"),
        replace(BARE, to=None),
    ],
)
def test_a_call_a_contract_and_a_creation_get_the_estimate_and_a_fifth(request_: TransactionRequest) -> None:
    chain = FakeChain(gas=50_001, codes={TOKEN: b"\x60"})
    assert complete(replace(request_, gas_limit=None), chain).request.gas_limit == 60_001


def test_a_plain_transfer_is_not_estimated() -> None:
    chain = FakeChain(fails={"estimate_gas": DOWN})
    assert complete(BARE, chain).request.gas_limit == 21_000


@pytest.mark.parametrize("method", ["estimate_gas", "code"])
def test_gas_that_cannot_be_told_leaves_a_request_to_review_and_the_reason(method: str) -> None:
    asked = replace(BARE, to=TOKEN, data=b"" if method == "code" else b"\x01")
    completed = replace(asked, chain_id=1, nonce=7, fee=MARKET)
    completion = complete(asked, FakeChain(fails={method: DOWN}))
    assert completion == Completion(request=completed, problem=DOWN)
    assert not completion.request.is_complete


@pytest.mark.parametrize("method", ["chain_id", "next_nonce", "suggest_fee"])
def test_without_chain_nonce_or_fees_there_is_no_request(method: str) -> None:
    with pytest.raises(NodeError) as caught:
        complete(BARE, FakeChain(fails={method: DOWN}))
    assert caught.value is DOWN


FEES: list[object] = [
    LegacyFee(gas_price=-1),
    LegacyFee(gas_price=2**256),
    LegacyFee(gas_price=1.5),  # type: ignore[arg-type]
    MarketFee(max_fee_per_gas=-1, max_priority_fee_per_gas=0),
    MarketFee(max_fee_per_gas=2**256, max_priority_fee_per_gas=0),
    MarketFee(max_fee_per_gas=1, max_priority_fee_per_gas=2),
]


@pytest.mark.parametrize(
    ("method", "told"),
    [
        *[("chain_id", number) for number in (0, -1, 2**63 - 36, 2**256, True, "1")],
        *[("next_nonce", number) for number in (-1, 2**63, 1.0)],
        *[("suggest_fee", fee) for fee in FEES],
    ],
)
def test_what_no_transaction_can_hold_is_the_nodes_error_and_not_the_callers(
    monkeypatch: pytest.MonkeyPatch, method: str, told: object
) -> None:
    chain = FakeChain()
    monkeypatch.setattr(chain, method, lambda *_, **__: told)
    with pytest.raises(NodeError) as caught:
        complete(BARE, chain)
    assert caught.value.code == "node_invalid"
    assert caught.value.message.startswith("the node told something that no transaction can hold: ")
    assert caught.value.hint == "check --rpc-url, or give the field yourself"


@pytest.mark.parametrize("gas", [0, -5, 2**64])
def test_a_gas_estimate_out_of_every_range_leaves_a_request_to_review_and_the_reason(gas: int) -> None:
    asked = replace(BARE, data=b"\x01")
    completion = complete(asked, FakeChain(gas=gas))
    assert completion.request == replace(asked, chain_id=1, nonce=7, fee=MARKET)
    assert completion.problem is not None
    assert completion.problem.code == "node_invalid"
