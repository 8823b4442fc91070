from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.act import beneficiary, flatten
from guard.core.address import Address
from guard.core.authorization import Delegation
from guard.core.decode import decode, read
from guard.core.intent import Authorization, Call, Delegate, Intent, Message, OpaqueHash
from guard.core.rules.examples import SENDER, STRANGER
from guard.core.signature_request import BareHash, Content, PersonalMessage, SignatureRequest

HASH = b"\x11" * 32
SIGN_IN = "shop.example wants you to sign in with your Ethereum account:\n0x\n\nChain ID: 5"


def request(content: Content) -> SignatureRequest:
    return SignatureRequest(sender=SENDER, content=content, chain_id=1)


def message(text: str | bytes) -> PersonalMessage:
    return PersonalMessage(data=text.encode() if isinstance(text, str) else text)


CASES: dict[str, tuple[Content, Intent]] = {
    "bare hash": (BareHash(data=HASH), OpaqueHash(hash="0x" + HASH.hex(), form="eth_sign")),
    "text": (message("hello"), Message(text="hello", size=5)),
    "no text": (message(b"\xff\xfe"), Message(text=None, size=2)),
    "long text": (message("a" * 8192), Message(text="a" * 8192, size=8192)),
    "text too long": (
        message("a" * 9000),
        Message(text="a" * 8189 + "...", size=9000, is_cut=True),
    ),
    "empty": (message(""), Message(text="", size=0)),
    "text with an escape": (message("a\x1b[2J"), Message(text="a\\x1b[2J", size=5)),
    "as long as a hash": (message(HASH), OpaqueHash(hash="0x" + HASH.hex(), form="personal_sign")),
    "text as long as a hash": (
        message("x" * 32),
        OpaqueHash(hash="0x" + "78" * 32, form="personal_sign"),
    ),
    "sign-in": (
        message(SIGN_IN),
        Message(text=SIGN_IN.replace("\n", "\\x0a"), size=len(SIGN_IN), domain="shop.example", chain_id=5),
    ),
}


@pytest.mark.parametrize(("content", "intent"), CASES.values(), ids=CASES)
def test_what_is_signed_is_told(content: Content, intent: Intent) -> None:
    assert decode(request(content)) == intent


def test_a_signature_is_a_call_of_nobody() -> None:
    assert read(request(message("hello"))) == Call(
        actor=SENDER,
        to=None,
        value=0,
        data_size=0,
        selector=None,
        intent=Message(text="hello", size=5),
    )


@pytest.mark.parametrize("chain_id", [0, 1])
def test_d10_an_authorization_hands_the_signers_account_over(chain_id: int) -> None:
    content = Delegation(chain_id=chain_id, delegate=STRANGER, nonce=7)
    acts = flatten(read(request(content)))
    authorization = Authorization(chain_id=chain_id, delegate=STRANGER, nonce=7, authority=SENDER)
    assert acts[0].intent == Delegate(authorizations=(authorization,), call=None)
    assert beneficiary(acts) == STRANGER


def test_an_authorization_is_signed_under_its_own_prefix() -> None:
    from eth_account import Account

    key = bytes(31) + b"\x03"
    content = Delegation(chain_id=1, delegate=Address(STRANGER), nonce=7)
    signed = Account.sign_authorization({"chainId": 1, "address": STRANGER, "nonce": 7}, key)
    assert bytes(signed.authorization_hash) == content.signing_hash
    assert replace(content, nonce=8).signing_hash != content.signing_hash
