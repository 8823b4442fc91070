"""Hypothesis strategies for the core's values."""

from __future__ import annotations

from hypothesis import strategies as st

from guard.core.address import Address
from guard.core.amounts import MAX_UINT256
from guard.core.request import Fee, LegacyFee, MarketFee, TransactionRequest
from guard.core.verdict import Confidence, Confirmation, Finding, Severity

MAX_CHAIN_ID = 2**63 - 37
MAX_NONCE = 2**63 - 1
MAX_GAS = 2**64 - 1

uint256 = st.integers(0, MAX_UINT256)
addresses = st.binary(min_size=20, max_size=20).map(Address.from_bytes)


def _market_fee(prices: tuple[int, int]) -> MarketFee:
    return MarketFee(max_fee_per_gas=max(prices), max_priority_fee_per_gas=min(prices))


legacy_fees = uint256.map(lambda price: LegacyFee(gas_price=price))
market_fees = st.tuples(uint256, uint256).map(_market_fee)
fees: st.SearchStrategy[Fee] = legacy_fees | market_fees


def requests(*, complete: bool = False) -> st.SearchStrategy[TransactionRequest]:
    """Return requests over the whole range of every field; the last four may be None unless `complete`."""
    none = st.nothing() if complete else st.none()
    return st.builds(
        TransactionRequest,
        sender=addresses,
        to=st.none() | addresses,
        value=st.integers(0, 3) | uint256,
        data=st.binary(max_size=100),
        chain_id=none | st.integers(1, 3) | st.integers(1, MAX_CHAIN_ID),
        nonce=none | st.integers(0, 3) | st.integers(0, MAX_NONCE),
        gas_limit=none | st.integers(1, 3) | st.integers(1, MAX_GAS),
        fee=none | fees,
    )


findings = st.builds(
    Finding,
    rule=st.sampled_from(["a.one", "b.two", "c.three"]),
    severity=st.sampled_from(Severity),
    confidence=st.sampled_from(Confidence),
    message=st.sampled_from(["first", "second"]),
    advice=st.just("look"),
    facts=st.just({}),
    is_unknown=st.booleans(),
    confirmation=st.sampled_from([Confirmation.ORDINARY, Confirmation.WARNING, Confirmation.TYPED]),
)
