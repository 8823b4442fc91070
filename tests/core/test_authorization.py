from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from hypothesis import given, settings

from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.rules.examples import FRIEND
from guard.core.signature import CURVE_ORDER, Signature
from guard.errors import InvalidRequest
from tests.core.strategies import delegations
from tests.core.values import KEY

DELEGATION = Delegation(chain_id=0, delegate=FRIEND, nonce=0)
SIGNATURE = Signature(y_parity=1, r=1, s=1)


@settings(max_examples=50)
@given(delegations)
def test_the_hash_that_is_signed_is_the_one_of_eth_account(delegation: Delegation) -> None:
    fields = {
        "chainId": delegation.chain_id,
        "address": delegation.delegate,
        "nonce": delegation.nonce,
    }
    signed = Account.from_key(KEY).sign_authorization(fields)
    assert delegation.signing_hash == bytes(signed.authorization_hash)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chain_id": -1}, "the authorization's chain id cannot be -1"),
        ({"chain_id": 2**63}, "the authorization's chain id cannot be"),
        ({"delegate": None}, "the authorization's address cannot be None"),
        ({"nonce": -1}, "the authorization's nonce cannot be -1"),
    ],
)
def test_a_field_out_of_its_range_is_refused(change: dict[str, Any], message: str) -> None:
    fields: dict[str, Any] = {"chain_id": 1, "delegate": FRIEND, "nonce": 1}
    with pytest.raises(InvalidRequest) as caught:
        Delegation(**(fields | change))
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("delegation", "signature", "message"),
    [
        (None, SIGNATURE, "authorization cannot be"),
        (DELEGATION, None, "authorization cannot be"),
        (DELEGATION, Signature(y_parity=2, r=1, s=1), "parity is not 0 or 1"),
        (DELEGATION, Signature(y_parity=0, r=1, s=CURVE_ORDER), "not in its canonical range"),
    ],
)
def test_a_signature_that_is_not_canonical_is_refused(delegation: Any, signature: Any, message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        SignedAuthorization(delegation=delegation, signature=signature)
    assert message in caught.value.message
