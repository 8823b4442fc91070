from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
import rlp as oracle
from eth_account._utils.legacy_transactions import serializable_unsigned_transaction_from_dict
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.core.access_list import AccessEntry
from guard.core.address import Address, keccak256
from guard.core.amounts import MAX_UINT256
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.request import LegacyFee, MarketFee, TransactionRequest, digest, unsigned_payload
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TRANSFER
from guard.core.signature import Signature
from guard.errors import InvalidRequest
from tests.core.oracle import eth_account_fields
from tests.core.strategies import (
    access_lists,
    addresses,
    authorizations,
    blob_hashes,
    requests,
    uint256,
)

LEGACY = replace(TRANSFER, fee=LegacyFee(gas_price=20 * 10**9))
OTHER_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "sender": addresses,
    "to": addresses,
    "value": uint256,
    "data": st.binary(max_size=50),
    "chain_id": st.none() | st.integers(1, 2**63 - 37),
    "nonce": st.none() | st.integers(0, 2**63 - 1),
    "gas_limit": st.none() | st.integers(1, 2**64 - 1),
    "fee": st.none(),
    "access_list": access_lists,
}


DIGESTS = {
    "market": "0xeaff9eb1cb35bb4c146f9c390d3eeb5f8b4da9589b56fc97f1ed4b0bc6576016",
    "legacy": "0xcb63395c156166d7000073b8d6d925ed62779d909b07908630d9c2a4f3f3e6ae",
    "bare creation": "0xa900269f041caec74a17f321aa3fc807f8b7cdce0fbebba4b25bf495c6043b20",
}


def _with(request: TransactionRequest, **change: Any) -> TransactionRequest:
    """Return the request with a field changed, and a flag taken back that would not go with it."""
    if request.has_empty_access_list and {"fee", "access_list"} & set(change):
        change["has_empty_access_list"] = False
    return replace(request, **change)


def test_the_digest_of_the_example_is_pinned() -> None:
    assert digest(TRANSFER) == DIGESTS["market"]
    assert digest(LEGACY) == DIGESTS["legacy"]
    assert digest(TransactionRequest(sender=SENDER, to=None)) == DIGESTS["bare creation"]


def test_the_digest_is_the_keccak_of_the_domain_and_the_fields_in_order() -> None:
    body = [SENDER.to_bytes(), FRIEND.to_bytes(), TRANSFER.value, b"", [1], [7], [21_000]]
    encoded = oracle.encode([*body, [20 * 10**9, 10**9]])
    assert digest(TRANSFER) == "0x" + keccak256(b"txguard/transaction/1\n" + encoded).hex()


@given(requests(), requests())
def test_two_requests_have_one_digest_exactly_when_they_are_equal(
    one: TransactionRequest, other: TransactionRequest
) -> None:
    assert (digest(one) == digest(other)) == (one == other)
    assert digest(replace(one)) == digest(one)


@settings(max_examples=300)
@given(requests(), st.sampled_from(sorted(OTHER_FIELDS)), st.data())
def test_a_change_of_any_one_field_changes_the_digest(
    request: TransactionRequest, name: str, data: st.DataObject
) -> None:
    changed = _with(request, **{name: data.draw(OTHER_FIELDS[name])})
    assert (digest(changed) == digest(request)) == (changed == request)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"nonce": None}, {"nonce": 0}),
        ({"fee": None}, {"fee": LegacyFee(gas_price=0)}),
        (
            {"fee": LegacyFee(gas_price=5)},
            {"fee": MarketFee(max_fee_per_gas=5, max_priority_fee_per_gas=0)},
        ),
        (
            {"fee": MarketFee(max_fee_per_gas=5, max_priority_fee_per_gas=5)},
            {"fee": LegacyFee(gas_price=5)},
        ),
        ({"to": None}, {"to": Address.from_bytes(bytes(20))}),
        ({"chain_id": None, "nonce": 1}, {"chain_id": 1, "nonce": None}),
        ({"data": b""}, {"data": b"\x00"}),
        ({"sender": FRIEND}, {"sender": STRANGER}),
    ],
)
def test_what_is_not_told_differs_from_every_value_of_it(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert digest(replace(TRANSFER, **one)) != digest(replace(TRANSFER, **other))


def test_the_class_of_the_fee_alone_changes_the_digest() -> None:
    market = MarketFee(max_fee_per_gas=0, max_priority_fee_per_gas=0)
    assert digest(replace(TRANSFER, fee=market)) != digest(replace(TRANSFER, fee=LegacyFee(gas_price=0)))


@settings(max_examples=200)
@given(requests(complete=True))
def test_the_payload_that_is_signed_is_the_one_that_eth_account_signs(request: TransactionRequest) -> None:
    unsigned = serializable_unsigned_transaction_from_dict(eth_account_fields(request))
    assert keccak256(unsigned_payload(request)) == bytes(unsigned.hash())


@pytest.mark.parametrize("name", ["chain_id", "nonce", "gas_limit", "fee"])
def test_an_incomplete_request_has_a_digest_and_no_payload(name: str) -> None:
    request = replace(TRANSFER, **{name: None})
    assert (TRANSFER.is_complete, request.is_complete) == (True, False)
    assert digest(request) != digest(TRANSFER)
    with pytest.raises(InvalidRequest, match="not complete"):
        unsigned_payload(request)


def test_the_maximum_fee_is_the_limit_times_the_ceiling_and_unknown_while_one_is_not_told() -> None:
    assert TRANSFER.max_fee_wei == 21_000 * 20 * 10**9
    assert LEGACY.max_fee_wei == 21_000 * 20 * 10**9
    assert replace(TRANSFER, gas_limit=None).max_fee_wei is None
    assert replace(TRANSFER, fee=None).max_fee_wei is None


def test_a_request_cannot_be_changed_after_it_was_made() -> None:
    with pytest.raises(FrozenInstanceError):
        TRANSFER.value = 0  # type: ignore[misc]


@pytest.mark.parametrize(
    "change",
    [
        {"value": MAX_UINT256},
        {"data": bytes(128 * 1024)},
        {"chain_id": 2**63 - 37},
        {"nonce": 0},
        {"nonce": 2**63 - 1},
        {"gas_limit": 1},
        {"gas_limit": 2**64 - 1},
        {"fee": LegacyFee(gas_price=MAX_UINT256)},
        {"fee": MarketFee(max_fee_per_gas=7, max_priority_fee_per_gas=7)},
    ],
)
def test_the_last_value_of_each_range_is_taken(change: dict[str, Any]) -> None:
    assert len(digest(replace(TRANSFER, **change))) == 66


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"value": -1}, "value cannot be -1", "value must be a whole number from 0 to 2^256-1"),
        ({"value": MAX_UINT256 + 1}, "value cannot be 1157", "from 0 to 2^256-1"),
        ({"value": 1.0}, "value cannot be 1.0", "from 0 to 2^256-1"),
        ({"value": True}, "value cannot be True", "from 0 to 2^256-1"),
        ({"value": "1"}, "value cannot be '1'", "from 0 to 2^256-1"),
        ({"chain_id": 0}, "chain id cannot be 0", "from 1 to 2^63-37"),
        ({"chain_id": 2**63 - 36}, "chain id cannot be", "from 1 to 2^63-37"),
        ({"nonce": -1}, "nonce cannot be -1", "from 0 to 2^63-1"),
        ({"nonce": 2**63}, "nonce cannot be", "from 0 to 2^63-1"),
        ({"gas_limit": 0}, "gas limit cannot be 0", "from 1 to 2^64-1"),
        ({"gas_limit": 2**64}, "gas limit cannot be", "from 1 to 2^64-1"),
        ({"gas_limit": False}, "gas limit cannot be False", "from 1 to 2^64-1"),
        ({"data": "0x"}, "data cannot be '0x'", "data must be bytes"),
        ({"data": bytearray(b"a")}, "data cannot be bytearray", "data must be bytes"),
        ({"data": bytes(128 * 1024 + 1)}, "data cannot be '131073 bytes'", "at most 131072 bytes"),
        ({"sender": str(SENDER)}, "from cannot be '0xd8dA", "Address.parse(text)"),
        ({"sender": None}, "from cannot be None", "Address.parse(text)"),
        ({"to": str(FRIEND)}, "to cannot be '0x7E5F", "Address.parse(text)"),
        ({"fee": 20}, "fee cannot be 20", "a LegacyFee or a MarketFee"),
        ({"fee": LegacyFee(gas_price=-1)}, "gas price cannot be -1", "from 0 to 2^256-1"),
        ({"fee": LegacyFee(gas_price=1.5)}, "gas price cannot be 1.5", "from 0 to 2^256-1"),  # type: ignore[arg-type]
        (
            {"fee": MarketFee(max_fee_per_gas=MAX_UINT256 + 1, max_priority_fee_per_gas=0)},
            "maximum fee cannot be",
            "from 0 to 2^256-1",
        ),
        (
            {"fee": MarketFee(max_fee_per_gas=1, max_priority_fee_per_gas=-1)},
            "priority fee cannot be -1",
            "from 0 to 2^256-1",
        ),
        (
            {"fee": MarketFee(max_fee_per_gas=1, max_priority_fee_per_gas=2)},
            "the priority fee, 2 wei, is above the maximum fee, 1 wei",
            "raise the gas price",
        ),
    ],
)
def test_a_field_out_of_its_range_is_refused_and_named(
    change: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        replace(TRANSFER, **change)
    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint


ENTRY = AccessEntry(address=FRIEND, storage_keys=(bytes(32),))
AUTHORIZATION = SignedAuthorization(
    delegation=Delegation(chain_id=1, delegate=FRIEND, nonce=8), signature=Signature(y_parity=0, r=1, s=1)
)
BLOB = b"\x01" + bytes(31)
BLOBS: dict[str, Any] = {"blob_versioned_hashes": (BLOB,), "max_fee_per_blob_gas": 3}
LISTED = replace(TRANSFER, access_list=(ENTRY,))
SET_CODE = replace(TRANSFER, authorizations=(AUTHORIZATION,))
WITH_BLOBS = replace(TRANSFER, **BLOBS)


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (TRANSFER, 2),
        (LEGACY, 0),
        (LISTED, 2),
        (replace(LEGACY, access_list=(ENTRY,)), 1),
        (replace(LEGACY, has_empty_access_list=True), 1),
        (WITH_BLOBS, 3),
        (replace(WITH_BLOBS, fee=None, max_fee_per_blob_gas=None), 3),
        (SET_CODE, 4),
        (replace(SET_CODE, fee=None), 4),
        (replace(TRANSFER, fee=None), None),
        (replace(LISTED, fee=None), None),
    ],
)
def test_the_type_follows_from_the_fields(request_: TransactionRequest, kind: int | None) -> None:
    assert request_.type_byte == kind
    assert request_.has_blobs == (kind == 3)


def test_what_the_newer_types_add_follows_the_older_fields_in_the_digest() -> None:
    body = [SENDER.to_bytes(), FRIEND.to_bytes(), TRANSFER.value, b"", [1], [7], [21_000]]
    lists = [[[FRIEND.to_bytes(), [bytes(32)]]], b"", [], [], []]
    encoded = oracle.encode([*body, [20 * 10**9, 10**9], *lists])
    assert digest(LISTED) == "0x" + keccak256(b"txguard/transaction/1\n" + encoded).hex()


@settings(max_examples=200)
@given(
    requests(),
    st.lists(authorizations, max_size=2).map(tuple),
    st.lists(blob_hashes, max_size=2).map(tuple),
    st.none() | uint256,
)
def test_lists_of_the_newer_types_are_in_the_digest(
    request: TransactionRequest, listed: Any, hashes: Any, price: int | None
) -> None:
    try:
        changed = replace(
            request, authorizations=listed, blob_versioned_hashes=hashes, max_fee_per_blob_gas=price
        )
    except InvalidRequest:
        return
    assert (digest(changed) == digest(request)) == (changed == request)


def test_whose_account_is_handed_over_follows_from_the_rest_and_is_not_in_the_digest() -> None:
    known = replace(SET_CODE, authorizations=(replace(AUTHORIZATION, authority=STRANGER),))
    assert known == SET_CODE
    assert digest(known) == digest(SET_CODE)


def test_blobs_are_paid_for_besides_the_gas_and_leave_the_request_incomplete_without_their_price() -> None:
    two = replace(TRANSFER, blob_versioned_hashes=(BLOB, BLOB), max_fee_per_blob_gas=3)
    assert two.max_fee_wei == 21_000 * 20 * 10**9 + 2 * 131_072 * 3
    unpriced = replace(two, max_fee_per_blob_gas=None)
    assert (two.is_complete, unpriced.is_complete, unpriced.max_fee_wei) == (True, False, None)
    with pytest.raises(InvalidRequest, match="not complete"):
        unsigned_payload(unpriced)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (BLOBS | {"authorizations": (AUTHORIZATION,)}, "has both authorizations and blobs"),
        ({"max_fee_per_blob_gas": 3}, "has a blob fee and no blobs"),
        ({"has_empty_access_list": True}, "says that its access list is empty"),
        ({"has_empty_access_list": True, "fee": None}, "says that its access list is empty"),
        (
            {"has_empty_access_list": True, "fee": LEGACY.fee, "access_list": (ENTRY,)},
            "says that its access list is empty",
        ),
        (BLOBS | {"to": None}, "cannot create a contract"),
        ({"authorizations": (AUTHORIZATION,), "to": None}, "cannot create a contract"),
        (BLOBS | {"fee": LEGACY.fee}, "and this one has a gas price"),
        ({"authorizations": (AUTHORIZATION,), "fee": LEGACY.fee}, "and this one has a gas price"),
        (BLOBS | {"blob_versioned_hashes": (BLOB,) * 1025}, "blobs cannot be '1025 of them'"),
        ({"authorizations": (AUTHORIZATION,) * 1025}, "authorizations cannot be '1025 of them'"),
        ({"authorizations": (1,)}, "authorizations cannot be 1"),
        (BLOBS | {"blob_versioned_hashes": (bytes(32),)}, "blob hash cannot be '0x0000"),
        (BLOBS | {"blob_versioned_hashes": (BLOB[:31],)}, "blob hash cannot be b'"),
        (BLOBS | {"blob_versioned_hashes": ("0x01",)}, "blob hash cannot be '0x01'"),
        (BLOBS | {"max_fee_per_blob_gas": 2**256}, "maximum blob fee cannot be"),
        ({"access_list": (FRIEND,)}, "access list cannot be '0x7E5F"),
        ({"access_list": (ENTRY,) * 8193}, "access list cannot be '16386 items'"),
    ],
)
def test_what_no_type_has_together_or_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        replace(TRANSFER, **change)
    assert message in caught.value.message


def test_the_longest_lists_are_taken() -> None:
    assert replace(TRANSFER, access_list=(ENTRY,) * 8192).is_complete
    assert replace(TRANSFER, authorizations=(AUTHORIZATION,) * 1024).is_complete
