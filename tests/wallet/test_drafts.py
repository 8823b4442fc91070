"""What a file or signed bytes come to, before anybody judges it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account

from guard.core.access_list import AccessEntry
from guard.core.address import Address
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.request import TransactionRequest
from guard.core.rpc_bundle import parse_bundle
from guard.core.rpc_transaction import transaction_object
from guard.core.rules.examples import SENDER, STRANGER
from guard.core.signature import Signature
from guard.core.signature_request import PersonalMessage, SignatureRequest
from tests.core.test_rpc_bundle import BUNDLE
from tests.core.values import LEGACY, MARKET, SIGNER
from wallet.drafts import from_file, from_raw

OWNER = b"\x46" * 32
MADE = Account.from_key(OWNER).sign_authorization({"chainId": 0, "address": STRANGER, "nonce": 1})
AUTHORIZATION = SignedAuthorization(
    delegation=Delegation(chain_id=0, delegate=STRANGER, nonce=1),
    signature=Signature(y_parity=MADE.y_parity, r=MADE.r, s=MADE.s),
)
SET_CODE = replace(MARKET, authorizations=(AUTHORIZATION,))
TYPES = [
    LEGACY,
    replace(LEGACY, access_list=(AccessEntry(address=STRANGER),)),
    MARKET,
    replace(MARKET, blob_versioned_hashes=(b"\x01" * 32,), max_fee_per_blob_gas=1),
    SET_CODE,
]


def written(folder: Path, document: object) -> str:
    path = folder / "request.json"
    path.write_text(json.dumps(document))
    return str(path)


@pytest.mark.parametrize("request_", TYPES, ids=lambda request: f"type-{request.type_byte}")
def test_every_type_is_read_from_signed_bytes_and_from_a_file(
    request_: TransactionRequest, tmp_path: Path
) -> None:
    raw = "0x" + SIGNER.sign(request_).hex()
    assert from_raw(raw) == request_
    assert from_file(written(tmp_path, transaction_object(request_))) == request_
    sent = {"method": "eth_sendRawTransaction", "params": [raw]}
    assert from_file(written(tmp_path, sent)) == request_


def test_whose_account_a_transaction_hands_over_is_recovered_in_every_way(tmp_path: Path) -> None:
    raw = "0x" + SIGNER.sign(SET_CODE).hex()
    object_ = transaction_object(SET_CODE)
    ways = [
        from_raw(raw),
        from_file(written(tmp_path, object_)),
        from_file(written(tmp_path, {"method": "eth_sendRawTransaction", "params": [raw]})),
        from_file(written(tmp_path, {"method": "eth_sendTransaction", "params": [object_]})),
    ]
    for read in ways:
        assert isinstance(read, TransactionRequest)
        assert read.authorizations[0].authority == Address.parse(Account.from_key(OWNER).address)


def test_a_bundle_and_a_message_are_read_from_a_file(tmp_path: Path) -> None:
    bundle = {"method": "wallet_sendCalls", "params": [BUNDLE]}
    assert from_file(written(tmp_path, bundle)) == parse_bundle(BUNDLE)
    message = {"jsonrpc": "2.0", "id": 7, "method": "personal_sign", "params": ["hello", SENDER]}
    assert from_file(written(tmp_path, message)) == SignatureRequest(
        sender=SENDER, content=PersonalMessage(data=b"hello")
    )
