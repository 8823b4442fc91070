"""Hypothesis strategies for the core's values."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from guard.core.access_list import AccessEntry
from guard.core.address import Address
from guard.core.amounts import MAX_UINT256
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.request import Fee, LegacyFee, MarketFee, TransactionRequest
from guard.core.signature import CURVE_ORDER, Signature
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


words = st.binary(min_size=32, max_size=32)
access_lists = st.lists(
    st.builds(AccessEntry, address=addresses, storage_keys=st.lists(words, max_size=2).map(tuple)),
    max_size=2,
).map(tuple)
delegations = st.builds(
    Delegation,
    chain_id=st.integers(0, 3) | st.integers(0, MAX_CHAIN_ID),
    delegate=addresses,
    nonce=st.integers(0, 3) | st.integers(0, MAX_NONCE),
)
signatures = st.builds(
    Signature,
    y_parity=st.integers(0, 1),
    r=st.integers(1, CURVE_ORDER - 1),
    s=st.integers(1, CURVE_ORDER // 2),
)
authorizations = st.builds(SignedAuthorization, delegation=delegations, signature=signatures)
blob_hashes = st.binary(min_size=31, max_size=31).map(lambda rest: b"\x01" + rest)


def requests(*, complete: bool = False) -> st.SearchStrategy[TransactionRequest]:
    """Return requests of every type over the whole range of every field.

    What the sender may leave to a node may be None, unless `complete`.
    """
    none = st.nothing() if complete else st.none()
    shared: dict[str, st.SearchStrategy[Any]] = {
        "sender": addresses,
        "to": addresses,
        "value": st.integers(0, 3) | uint256,
        "data": st.binary(max_size=100),
        "chain_id": none | st.integers(1, 3) | st.integers(1, MAX_CHAIN_ID),
        "nonce": none | st.integers(0, 3) | st.integers(0, MAX_NONCE),
        "gas_limit": none | st.integers(1, 3) | st.integers(1, MAX_GAS),
        "fee": none | market_fees,
        "access_list": access_lists,
    }
    older = shared | {"to": st.none() | addresses, "fee": none | fees}
    plain = st.builds(TransactionRequest, **(older | {"access_list": st.just(())}))
    empty = shared | {"fee": legacy_fees, "access_list": st.just(()), "has_empty_access_list": st.just(True)}
    setting = shared | {"authorizations": st.lists(authorizations, min_size=1, max_size=3).map(tuple)}
    blobs = shared | {
        "blob_versioned_hashes": st.lists(blob_hashes, min_size=1, max_size=3).map(tuple),
        "max_fee_per_blob_gas": none | uint256,
    }
    extended = [st.builds(TransactionRequest, **fields) for fields in (older, empty, setting, blobs)]
    return plain | plain | st.one_of(extended)


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
