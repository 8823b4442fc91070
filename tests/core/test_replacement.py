"""Outbidding: a tenth more in every field, rounded up, and at least the market."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from guard.core.replacement import cancellation, outbidding, speed_up
from guard.core.request import LegacyFee, MarketFee, TransactionRequest
from tests.core.values import LEGACY, MARKET

LOW = MarketFee(max_fee_per_gas=2, max_priority_fee_per_gas=1)
wei = st.integers(0, 10**13)
market_fees = st.tuples(wei, wei).map(
    lambda pair: MarketFee(max_fee_per_gas=max(pair), max_priority_fee_per_gas=min(pair))
)
legacy_fees = wei.map(lambda price: LegacyFee(gas_price=price))


@given(st.lists(market_fees, min_size=1, max_size=4), market_fees)
def test_f8_both_fee_fields_are_at_least_a_tenth_higher_than_every_rivals_and_at_the_market(
    fees: list[MarketFee], market: MarketFee
) -> None:
    fee = outbidding([replace(MARKET, fee=fee) for fee in fees], market)
    assert isinstance(fee, MarketFee)
    for rival in fees:
        assert fee.max_fee_per_gas * 100 >= rival.max_fee_per_gas * 110
        assert fee.max_priority_fee_per_gas * 100 >= rival.max_priority_fee_per_gas * 110
        assert fee.max_fee_per_gas > rival.max_fee_per_gas
        assert fee.max_priority_fee_per_gas > rival.max_priority_fee_per_gas
    assert fee.max_fee_per_gas >= market.max_fee_per_gas
    assert fee.max_priority_fee_per_gas >= market.max_priority_fee_per_gas


@given(legacy_fees, legacy_fees | market_fees)
def test_a_single_price_stays_one_and_outbids_both_fields(old: LegacyFee, market: LegacyFee) -> None:
    fee = outbidding([replace(LEGACY, fee=old)], market)
    assert isinstance(fee, LegacyFee)
    assert fee.gas_price > old.gas_price
    assert fee.gas_price * 100 >= old.gas_price * 110
    assert fee.gas_price >= market.ceiling


def test_the_tenth_is_rounded_up() -> None:
    fee = outbidding([replace(MARKET, fee=MarketFee(max_fee_per_gas=101, max_priority_fee_per_gas=11))], LOW)
    assert fee == MarketFee(max_fee_per_gas=112, max_priority_fee_per_gas=13)


def test_a_payment_sped_up_is_the_same_but_for_its_fees() -> None:
    faster = replace(MARKET, fee=MarketFee(max_fee_per_gas=10**11, max_priority_fee_per_gas=10**10))
    made = speed_up(MARKET, [MARKET, faster], LOW)
    assert made == replace(MARKET, fee=outbidding([MARKET, faster], LOW))


def test_a_payment_sped_up_after_its_cancellation_is_the_payment_and_outbids_both() -> None:
    nothing = cancellation(MARKET, [MARKET], LOW)
    made = speed_up(MARKET, [MARKET, nothing], LOW)
    assert made == replace(MARKET, fee=outbidding([MARKET, nothing], LOW))


def test_a_cancellation_pays_nothing_to_oneself_with_the_same_nonce() -> None:
    assert cancellation(MARKET, [MARKET], LOW) == TransactionRequest(
        sender=MARKET.sender,
        to=MARKET.sender,
        chain_id=MARKET.chain_id,
        nonce=MARKET.nonce,
        fee=outbidding([MARKET], LOW),
    )


def test_a_rival_without_a_fee_is_outbid_by_the_market() -> None:
    assert outbidding([replace(MARKET, fee=None)], LOW) == LOW
