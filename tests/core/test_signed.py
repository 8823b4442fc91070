from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import rlp as oracle
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.adapters.recover import recover
from guard.core.access_list import AccessEntry
from guard.core.address import Address
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.request import LegacyFee, TransactionRequest
from guard.core.rules.examples import FRIEND, STRANGER
from guard.core.signature import Signature
from guard.core.signed import check_signed, decode_signed, encode_signed
from guard.errors import DigestMismatch, InvalidRequest
from tests.core.oracle import eth_account_fields
from tests.core.strategies import requests
from tests.core.values import KEY, LEGACY, MARKET, RAW_LEGACY, RAW_MARKET, SIGNER

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

# https://eips.ethereum.org/EIPS/eip-155#example
EIP_155_KEY = b"\x46" * 32
EIP_155_RAW = bytes.fromhex(
    "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939"
    "bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297f"
    "b1966a3b6d83"
)

DELEGATION = Delegation(chain_id=1, delegate=STRANGER, nonce=8)
AUTHORIZATION = SignedAuthorization(
    delegation=DELEGATION, signature=Signature(y_parity=0, r=CURVE_ORDER - 1, s=CURVE_ORDER // 2)
)
SET_CODE = replace(MARKET, authorizations=(AUTHORIZATION,))
WITH_BLOBS = replace(MARKET, blob_versioned_hashes=(b"\x01" + bytes(31),), max_fee_per_blob_gas=5)
RAW_SET_CODE = SIGNER.sign(SET_CODE)
RAW_BLOBS = SIGNER.sign(WITH_BLOBS)
TUPLE = oracle.decode(RAW_SET_CODE[1:])[9][0]


def market(**changes: Any) -> bytes:
    """Return the signed type 2 bytes with fields changed by place, as the rlp library writes them."""
    return b"\x02" + altered(oracle.decode(RAW_MARKET[1:]), changes)


def legacy(**changes: Any) -> bytes:
    return altered(oracle.decode(RAW_LEGACY), changes)


def altered(fields: Any, changes: dict[str, Any]) -> bytes:
    changed = list(fields)
    for place, field in changes.items():
        changed[int(place[1:])] = field
    return oracle.encode(changed)


def blobs(**changes: Any) -> bytes:
    return b"\x03" + altered(oracle.decode(RAW_BLOBS[1:]), changes)


def set_code(**changes: Any) -> bytes:
    return b"\x04" + altered(oracle.decode(RAW_SET_CODE[1:]), changes)


def changed_tuple(place: int, field: bytes) -> list[Any]:
    return [*TUPLE[:place], field, *TUPLE[place + 1 :]]


def number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def test_the_example_of_eip_155_is_read() -> None:
    signed = decode_signed(EIP_155_RAW)
    sender = Address.parse(Account.from_key(EIP_155_KEY).address)
    assert recover(signed) == sender
    assert signed.request(sender) == TransactionRequest(
        sender=sender,
        to=Address.parse("0x3535353535353535353535353535353535353535"),
        value=10**18,
        chain_id=1,
        nonce=9,
        gas_limit=21_000,
        fee=LegacyFee(gas_price=20 * 10**9),
    )
    assert signed.signing_hash.hex() == "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"


@settings(max_examples=100)
@given(requests(complete=True), st.binary(min_size=32, max_size=32))
def test_what_eth_account_signs_is_read_back_to_the_request_and_its_signer(
    request: TransactionRequest, key: bytes
) -> None:
    if not 0 < int.from_bytes(key, "big") < CURVE_ORDER:
        key = KEY
    request = replace(request, sender=Address.parse(Account.from_key(key).address))
    raw = bytes(Account.sign_transaction(eth_account_fields(request), key).raw_transaction)
    signed = decode_signed(raw)
    sender = recover(signed)
    assert (sender, signed.request(sender), signed.raw) == (request.sender, request, raw)
    assert encode_signed(request, signed.signature) == raw
    check_signed(signed, sender, request)


def test_no_signature_outside_its_range_and_no_incomplete_request_is_encoded() -> None:
    signature = decode_signed(RAW_MARKET).signature
    assert encode_signed(MARKET, signature) == RAW_MARKET
    with pytest.raises(InvalidRequest, match="not in its canonical range"):
        encode_signed(MARKET, replace(signature, s=CURVE_ORDER - signature.s))
    with pytest.raises(InvalidRequest, match="parity is not 0 or 1"):
        encode_signed(LEGACY, replace(signature, y_parity=27))
    with pytest.raises(InvalidRequest, match="the transaction is not complete"):
        encode_signed(replace(MARKET, nonce=None), signature)


@pytest.mark.parametrize(("raw", "request_"), [(RAW_MARKET, MARKET), (RAW_LEGACY, LEGACY)])
def test_the_hash_is_the_one_that_eth_account_gives(raw: bytes, request_: TransactionRequest) -> None:
    signed = decode_signed(raw)
    assert signed.hash == "0x" + Account.sign_transaction(eth_account_fields(request_), KEY).hash.hex()
    assert signed.unattributed == replace(request_, sender=Address.from_bytes(bytes(20)))


def test_the_helpers_without_a_change_give_the_bytes_unchanged() -> None:
    assert (market(), legacy()) == (RAW_MARKET, RAW_LEGACY)
    assert (blobs(), set_code()) == (RAW_BLOBS, RAW_SET_CODE)


def test_a_type_1_transaction_with_an_empty_list_is_not_one_of_type_0() -> None:
    listed = replace(LEGACY, has_empty_access_list=True)
    raw = bytes(Account.sign_transaction(eth_account_fields(listed), KEY).raw_transaction)
    assert raw[0] == 1
    assert decode_signed(raw).request(SIGNER.address) == listed != LEGACY


@pytest.mark.parametrize("kind", [0x00, 0x05, 0x7F, 0x80, 0xBF])
def test_every_other_type_is_refused_by_name(kind: int) -> None:
    with pytest.raises(InvalidRequest, match=f"type 0x{kind:02x} are not supported"):
        decode_signed(bytes([kind]) + RAW_MARKET[1:])


def test_no_bytes_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="signed bytes of empty are not supported"):
        decode_signed(b"")


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (RAW_MARKET + b"\x00", "1 bytes follow its end"),
        (RAW_LEGACY + b"\x00", "1 bytes follow its end"),
        (RAW_MARKET[:-1], "it is cut off"),
        (RAW_LEGACY[:-1], "it is cut off"),
        (b"\x02", "it is cut off"),
        (b"\x02\x80", "a list of 12 fields"),
        (b"\x02" + RAW_LEGACY, "a list of 12 fields"),
        (RAW_MARKET[1:], "a list of 9 fields"),
        (b"\xc0", "a list of 9 fields"),
        (market(p0=b"\x00\x01"), "a field has a leading zero"),
        (market(p1=b"\x00"), "a field has a leading zero"),
        (market(p6=b"\x00\x05"), "a field has a leading zero"),
        (market(p9=b"\x00"), "a field has a leading zero"),
        (market(p10=b"\x00" + b"\x01" * 31), "a field has a leading zero"),
        (market(p1=[]), "a field is a list"),
        (legacy(p0=b"\x00\x07"), "a field has a leading zero"),
        (legacy(p4=[]), "a field is a list"),
        (legacy(p8=b"\x00" + b"\x01" * 31), "a field has a leading zero"),
        (market(p8=b""), "the access list is not a list"),
        (market(p8=[b""]), "an entry of the access list is not a list of 2 fields"),
        (market(p8=[[FRIEND.to_bytes()]]), "an entry of the access list is not a list of 2 fields"),
        (market(p8=[[b"", []]]), "the access list's address is not an address"),
        (market(p8=[[FRIEND.to_bytes(), b""]]), "the storage keys is not a list"),
        (market(p8=[[FRIEND.to_bytes(), [bytes(31)]]]), "the access list's storage key cannot be"),
        (market(p8=[[FRIEND.to_bytes(), [[]]]]), "a storage key is not bytes"),
        (b"\x01" + RAW_MARKET[1:], "a list of 11 fields"),
        (b"\x03" + RAW_MARKET[1:], "a list of 14 fields"),
        (b"\x04" + RAW_MARKET[1:], "a list of 13 fields"),
        (b"\x03\x80", "a list of 14 fields"),
        (b"\x03\xc0", "a list of 14 fields"),
        (b"\x03" + oracle.encode([oracle.decode(RAW_BLOBS[1:]), [], [], []]), "these are a transaction and"),
        (blobs(p9=[]), "a field is a list"),
        (blobs(p9=b"\x00"), "a field has a leading zero"),
        (blobs(p10=[]), "the list of blobs is empty"),
        (blobs(p10=b""), "the list of blobs is not a list"),
        (blobs(p10=[bytes(32)]), "blob hash cannot be"),
        (blobs(p10=[[]]), "a blob hash is not bytes"),
        (blobs(p5=b""), "cannot create a contract"),
        (blobs(p11=b"\x02"), "parity is not 0 or 1"),
        (set_code(p9=[]), "the authorization list is empty"),
        (set_code(p9=b""), "the authorization list is not a list"),
        (set_code(p9=[[]]), "an authorization is not a list of 6 fields"),
        (set_code(p9=[b""]), "an authorization is not a list of 6 fields"),
        (set_code(p9=[[*TUPLE, b""]]), "an authorization is not a list of 6 fields"),
        (set_code(p9=[changed_tuple(0, b"\x00")]), "a field has a leading zero"),
        (set_code(p9=[changed_tuple(0, number(2**63 - 36))]), "the authorization's chain id cannot be"),
        (set_code(p9=[changed_tuple(1, b"")]), "the authorization's address is not an address"),
        (set_code(p9=[changed_tuple(2, number(2**63))]), "the authorization's nonce cannot be"),
        (set_code(p9=[changed_tuple(3, b"\x02")]), "parity is not 0 or 1"),
        (set_code(p9=[changed_tuple(4, b"")]), "not in its canonical range"),
        (set_code(p9=[changed_tuple(5, number(CURVE_ORDER // 2 + 1))]), "not in its canonical range"),
        (set_code(p5=b""), "cannot create a contract"),
        (set_code(p12=number(CURVE_ORDER // 2 + 1)), "not in its canonical range"),
        (bytes(256 * 1024 + 1), "signed bytes of 262145 bytes are larger than any node takes"),
        (market(p5=bytes(19)), "`to` is not an address"),
        (market(p5=bytes(21)), "`to` is not an address"),
        (market(p5=[]), "`to` is not an address"),
        (legacy(p3=bytes(32)), "`to` is not an address"),
        (market(p7=[]), "`data` is not bytes"),
        (legacy(p5=[b""]), "`data` is not bytes"),
        (market(p9=b"\x02"), "parity is not 0 or 1"),
        (market(p9=b"\x1b"), "parity is not 0 or 1"),
        (market(p10=b""), "not in its canonical range"),
        (market(p11=b""), "not in its canonical range"),
        (market(p10=number(CURVE_ORDER)), "not in its canonical range"),
        (market(p11=number(CURVE_ORDER // 2 + 1)), "not in its canonical range"),
        (legacy(p8=number(CURVE_ORDER - 1)), "not in its canonical range"),
        (legacy(p6=b"\x1b"), "v is 27: the bytes are not bound to a chain"),
        (legacy(p6=b"\x1c"), "v is 28: the bytes are not bound to a chain"),
        (legacy(p6=b""), "v is 0: the bytes are not bound to a chain"),
        (legacy(p6=b"\x23"), "v is 35: the bytes are not bound to a chain"),
        (legacy(p6=b"\x24"), "v is 36: the bytes are not bound to a chain"),
        (legacy(p6=number(2**64 - 36)), "chain id cannot be"),
        (market(p0=b""), "chain id cannot be 0"),
        (market(p4=b""), "gas limit cannot be 0"),
        (market(p1=number(2**63)), "nonce cannot be"),
        (market(p6=number(2**256)), "value cannot be"),
        (market(p2=number(21 * 10**9)), "the priority fee"),
    ],
)
def test_every_form_but_the_canonical_one_is_refused_with_its_reason(raw: bytes, problem: str) -> None:
    """D13: field by field."""
    with pytest.raises(InvalidRequest) as caught:
        decode_signed(raw)
    assert problem in caught.value.message


def test_the_same_signature_with_its_s_turned_over_is_refused() -> None:
    signed = decode_signed(RAW_MARKET)
    turned = market(p9=number(1 - signed.signature.y_parity), p11=number(CURVE_ORDER - signed.signature.s))
    # Other clients take it for the same payment under another hash: it must not come back as ours.
    with pytest.raises(InvalidRequest, match="EIP-2"):
        decode_signed(turned)


def test_the_last_s_and_r_of_their_ranges_are_taken() -> None:
    signed = decode_signed(market(p10=number(CURVE_ORDER - 1), p11=number(CURVE_ORDER // 2)))
    parity = decode_signed(RAW_MARKET).signature.y_parity
    assert signed.signature == Signature(y_parity=parity, r=CURVE_ORDER - 1, s=CURVE_ORDER // 2)


def test_a_creation_has_no_recipient() -> None:
    creation = replace(MARKET, to=None, data=b"\x60\x80")
    assert decode_signed(SIGNER.sign(creation)).request(SIGNER.address) == creation


def test_a_v_of_37_is_chain_1_and_parity_0() -> None:
    signed = decode_signed(legacy(p6=b"\x25"))
    assert (signed.unattributed.chain_id, signed.signature.y_parity) == (1, 0)
    signed = decode_signed(legacy(p6=b"\x28"))
    assert (signed.unattributed.chain_id, signed.signature.y_parity) == (2, 1)


def test_a_signature_of_no_key_is_refused_by_recover() -> None:
    # No point of the curve has this x coordinate.
    with pytest.raises(InvalidRequest, match="belongs to no key"):
        recover(decode_signed(market(p10=b"\x05")))


def test_bytes_that_carry_out_the_request_pass() -> None:
    check_signed(decode_signed(RAW_MARKET), SIGNER.address, MARKET)


def test_bytes_of_another_signer_do_not_pass() -> None:
    with pytest.raises(DigestMismatch, match=f"used the key of {STRANGER}, not of {SIGNER.address}"):
        check_signed(decode_signed(RAW_MARKET), STRANGER, MARKET)


@pytest.mark.parametrize(
    "change",
    [
        {"to": STRANGER},
        {"to": None},
        {"value": MARKET.value + 1},
        {"data": b"\x00"},
        {"chain_id": 2},
        {"nonce": 8},
        {"gas_limit": 21_001},
        {"fee": LEGACY.fee},
        {"access_list": (AccessEntry(address=STRANGER),)},
        {"authorizations": (AUTHORIZATION,)},
    ],
)
def test_bytes_that_differ_from_the_request_in_one_field_do_not_pass(change: dict[str, Any]) -> None:
    with pytest.raises(DigestMismatch, match="not the transaction that was scored"):
        check_signed(decode_signed(RAW_MARKET), SIGNER.address, replace(MARKET, **change))


@settings(max_examples=300)
@given(st.sampled_from([RAW_MARKET, RAW_LEGACY, RAW_BLOBS, RAW_SET_CODE]), st.data())
def test_one_changed_byte_is_refused_or_read_as_other_bytes_with_another_hash(
    raw: bytes, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:place] + bytes([raw[place] ^ data.draw(st.integers(1, 255))]) + raw[place + 1 :]
    try:
        signed = decode_signed(changed)
    except InvalidRequest:
        return
    assert signed.hash != decode_signed(raw).hash
    assert (signed.unattributed, signed.signature) != (
        decode_signed(raw).unattributed,
        decode_signed(raw).signature,
    )


def test_a_list_of_ten_thousand_addresses_and_the_largest_calldata_are_read() -> None:
    entries = tuple(
        AccessEntry(address=Address.from_bytes(place.to_bytes(20, "big"))) for place in range(10_000)
    )
    listed = replace(MARKET, access_list=entries)
    assert decode_signed(SIGNER.sign(listed)).request(SIGNER.address) == listed
    largest = replace(MARKET, data=bytes(128 * 1024))
    assert decode_signed(SIGNER.sign(largest)).request(SIGNER.address) == largest
