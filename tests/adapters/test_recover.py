"""Whose key made a signature."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account import Account

from guard.adapters.recover import recover, recover_authorities
from guard.core.address import Address
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.request import LegacyFee
from guard.core.signature import Signature
from guard.core.signed import decode_signed
from guard.errors import InvalidRequest
from tests.adapters.values import SIGNER, request, signed


@pytest.mark.parametrize(
    "of", [request(), request(fee=LegacyFee(gas_price=1)), request(to=None, data=b"\x60", value=0)]
)
def test_the_signer_is_recovered(of: object) -> None:
    assert recover(signed(of)) == SIGNER.address  # type: ignore[arg-type]


def test_the_example_of_the_replay_protection_standard_is_its_authors() -> None:
    """https://eips.ethereum.org/EIPS/eip-155#example: the key is 0x4646…46."""
    raw = bytes.fromhex(
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a7640000802"
        "5a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb"
        "703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
    )
    assert recover(decode_signed(raw)) == Address.parse("0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F")


def test_another_parity_is_another_account_or_none() -> None:
    of = signed(request())
    flipped = replace(of, signature=replace(of.signature, y_parity=1 - of.signature.y_parity))
    assert recover(flipped) != SIGNER.address


def test_a_signature_that_no_key_could_have_made_is_refused() -> None:
    of = signed(request())
    # No point of the curve has this x coordinate.
    with pytest.raises(InvalidRequest, match="belongs to no key"):
        recover(replace(of, signature=replace(of.signature, r=5)))


def test_whose_accounts_a_transaction_hands_over_is_recovered() -> None:
    made = Account.from_key(b"\x46" * 32).sign_authorization(
        {"chainId": 0, "address": SIGNER.address, "nonce": 1}
    )
    authorization = SignedAuthorization(
        delegation=Delegation(chain_id=0, delegate=SIGNER.address, nonce=1),
        signature=Signature(y_parity=made.y_parity, r=made.r, s=made.s),
    )
    nobodys = replace(authorization, signature=replace(authorization.signature, r=5))
    told = recover_authorities(request(authorizations=(authorization, nobodys)))
    owner = Address.parse("0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F")
    assert [one.authority for one in told.authorizations] == [owner, None]
    assert told == request(authorizations=(authorization, nobodys))


def test_a_transaction_that_hands_nothing_over_stays_as_it_is() -> None:
    assert recover_authorities(request()) == request()
