from __future__ import annotations

from dataclasses import replace

from eth_account.messages import defunct_hash_message
from hypothesis import given
from hypothesis import strategies as st

from guard.core.rules.examples import FRIEND, SENDER
from guard.core.signature_request import BareHash, PersonalMessage, SignatureRequest, signature_digest

REQUEST = SignatureRequest(sender=SENDER, content=PersonalMessage(data=b"hello"), chain_id=1)


@given(st.binary(max_size=200))
def test_a_message_is_signed_under_the_prefix_that_every_wallet_uses(data: bytes) -> None:
    assert PersonalMessage(data=data).signing_hash == defunct_hash_message(data)


def test_signer_chain_form_and_bytes_are_in_the_digest() -> None:
    hashed = REQUEST.content.signing_hash
    others = [
        REQUEST,
        replace(REQUEST, sender=FRIEND),
        replace(REQUEST, chain_id=None),
        replace(REQUEST, chain_id=2),
        replace(REQUEST, content=PersonalMessage(data=b"hellO")),
        replace(REQUEST, content=BareHash(data=hashed)),
    ]
    assert len({signature_digest(request) for request in others}) == len(others)
    assert signature_digest(REQUEST) == signature_digest(replace(REQUEST))
