"""Private keys: their range, their address, and signatures as eth-account makes them."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.adapters.private_key import PrivateKey
from guard.core.address import NOBODY
from guard.core.authorization import Delegation
from guard.core.request import LegacyFee, MarketFee, TransactionRequest
from guard.core.rules.examples import STRANGER
from guard.core.signature import Signature
from guard.core.signature_request import BareHash, PersonalMessage
from guard.core.signed import decode_signed
from guard.core.typed_data import parse_typed_data
from guard.errors import InvalidRequest, KeystoreError
from tests.adapters.key_files import forms, told_by
from tests.adapters.values import KEY, address, request, signature_request
from tests.core.typed_documents import mail

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def as_eth_account_takes_it(of: TransactionRequest) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "chainId": of.chain_id,
        "nonce": of.nonce,
        "gas": of.gas_limit,
        "to": of.to or b"",
        "value": of.value,
        "data": of.data,
    }
    if isinstance(of.fee, MarketFee):
        fields["maxFeePerGas"] = of.fee.max_fee_per_gas
        fields["maxPriorityFeePerGas"] = of.fee.max_priority_fee_per_gas
    elif of.fee is not None:
        fields["gasPrice"] = of.fee.gas_price
    return fields


@settings(max_examples=100, deadline=None)
@given(
    key=st.integers(1, ORDER - 1),
    value=st.integers(0, 2**256 - 1),
    nonce=st.integers(0, 2**63 - 1),
    data=st.binary(max_size=64),
    chain_id=st.integers(1, 2**32),
    legacy=st.booleans(),
)
def test_address_and_signed_bytes_are_those_of_eth_account(
    key: int, value: int, nonce: int, data: bytes, chain_id: int, legacy: bool
) -> None:
    of = request(value=value, nonce=nonce, data=data, chain_id=chain_id)
    if legacy:
        of = request(value=value, nonce=nonce, data=data, chain_id=chain_id, fee=LegacyFee(gas_price=10**9))
    oracle = Account.from_key(key.to_bytes(32, "big"))
    ours = PrivateKey(key.to_bytes(32, "big"))
    assert ours.address == oracle.address
    assert ours.sign(of) == bytes(oracle.sign_transaction(as_eth_account_takes_it(of)).raw_transaction)


@pytest.mark.parametrize(
    "of",
    [
        request(),
        request(fee=LegacyFee(gas_price=10**9)),
        request(to=None, data=b"\x60\x00", value=0),
        request(data=b"\x01\x02", value=0, nonce=0),
        request(value=2**256 - 1),
    ],
)
def test_the_signed_bytes_say_exactly_what_was_asked(of: TransactionRequest) -> None:
    key = PrivateKey(KEY)
    assert decode_signed(key.sign(of)).request(key.address) == of


@pytest.mark.parametrize(
    "key",
    [b"", bytes(32), ORDER.to_bytes(32, "big"), (ORDER + 1).to_bytes(32, "big"), KEY[1:], KEY + b"\0"],
    ids=["none", "0", "N", "N+1", "31 bytes", "33 bytes"],
)
def test_e9_what_is_no_private_key_is_refused_and_not_repeated(key: bytes) -> None:
    with pytest.raises(KeystoreError, match="that is not a private key") as caught:
        PrivateKey(key)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    if any(key):
        assert not [form for form in forms(key) if form in told_by(caught.value)]


def test_an_incomplete_request_is_not_signed() -> None:
    with pytest.raises(InvalidRequest, match="the transaction is not complete"):
        PrivateKey(KEY).sign(request(nonce=None))


def test_a_key_shows_its_address_alone() -> None:
    key = PrivateKey(KEY)
    shown = repr([key, vars(key)]).encode()
    assert key.address.encode() in shown
    assert not [form for form in forms(KEY) if form in shown]


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=100))
def test_the_signature_under_a_text_is_that_of_eth_account(text: bytes) -> None:
    of = signature_request(content=PersonalMessage(data=text))
    assert PrivateKey(KEY).sign_content(of) == bytes(
        Account.sign_message(encode_defunct(text), KEY).signature
    )


def test_the_signature_under_typed_data_is_that_of_eth_account() -> None:
    content = parse_typed_data(mail())
    expected = Account.sign_typed_data(KEY, full_message=mail()).signature
    signature = PrivateKey(KEY).sign_content(signature_request(content=content))
    assert signature == bytes(expected)
    assert (len(signature), signature[64] in (27, 28)) == (65, True)


def test_d11_a_bare_hash_and_an_authorization_are_not_signed() -> None:
    for content in (BareHash(data=b"\x11" * 32), Delegation(chain_id=1, delegate=STRANGER, nonce=0)):
        with pytest.raises(InvalidRequest, match="is never signed here"):
            PrivateKey(KEY).sign_content(signature_request(content=content))


@pytest.mark.parametrize("chain_id", [0, 1])
def test_the_authorization_that_takes_a_delegation_back_is_that_of_eth_account(chain_id: int) -> None:
    delegation = Delegation(chain_id=chain_id, delegate=NOBODY, nonce=8)
    oracle = Account.from_key(KEY).sign_authorization({"chainId": chain_id, "address": NOBODY, "nonce": 8})
    assert PrivateKey(KEY).sign_authorization(delegation) == Signature(
        y_parity=oracle.y_parity, r=oracle.r, s=oracle.s
    )


def test_no_key_signs_its_account_over_to_code() -> None:
    delegation = Delegation(chain_id=1, delegate=address(9), nonce=8)
    with pytest.raises(KeystoreError, match=f"the code of {address(9)} is never signed here"):
        PrivateKey(KEY).sign_authorization(delegation)
