"""The sum that a daily limit looks at: each nonce once, as the dearest of its rivals."""

from __future__ import annotations

from dataclasses import replace

from guard.core.journal import SendRecord, SendState
from guard.core.spending import NOTHING_SPENT, Spending, spent_wei
from tests.core.test_rivals import send
from tests.core.values import MARKET

FEE = MARKET.max_fee_wei or 0


def one(state: SendState, *, nonce: int = 7, value: int = 100, is_final: bool = False) -> SendRecord:
    return send("first", state, request=replace(MARKET, nonce=nonce, value=value), is_final=is_final)


def test_nothing_costs_nothing() -> None:
    assert spent_wei([]) == 0
    assert Spending(spent_wei=0, next_nonce=None) == NOTHING_SPENT


def test_every_nonce_costs_its_value_and_its_maximum_fee() -> None:
    states = (SendState.SIGNED, SendState.REFUSED, SendState.BROADCAST, SendState.MINED, SendState.REVERTED)
    sends = [one(state, nonce=nonce) for nonce, state in enumerate(states)]
    assert spent_wei(sends) == len(states) * (100 + FEE)


def test_f8_rivals_are_counted_once_as_the_dearest_until_the_end_is_final() -> None:
    dear, cheap = one(SendState.REPLACED, value=1000), one(SendState.MINED, value=1)
    assert spent_wei([dear, cheap]) == 1000 + FEE
    assert spent_wei([replace(dear, is_final=True), replace(cheap, is_final=True)]) == 1 + FEE


def test_a_nonce_that_finally_went_to_somebody_else_costs_nothing() -> None:
    assert spent_wei([one(SendState.REPLACED)]) == 100 + FEE
    assert spent_wei([one(SendState.REPLACED, is_final=True)]) == 0


def test_a_request_without_a_fee_counts_its_value() -> None:
    assert spent_wei([send("first", request=replace(MARKET, fee=None, value=5))]) == 5
