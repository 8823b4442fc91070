"""Every intent in words: whole addresses, whole amounts, and each nested call under its place."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, get_args

import pytest

from guard.command_line import jsonable
from guard.core.abi import write
from guard.core.bundle import CallBundle
from guard.core.decode import read
from guard.core.intent import (
    Administer,
    AllowanceChange,
    Approve,
    ApproveAll,
    Asset,
    AssetKind,
    Authorization,
    Batch,
    Call,
    Delegate,
    Deploy,
    Grant,
    Intent,
    Invoke,
    Message,
    NftTransfer,
    OpaqueHash,
    Order,
    Payout,
    Permit,
    SafeCall,
    Swap,
    Transfer,
    Unknown,
)
from guard.core.policy import Policy
from guard.core.review import review
from guard.core.rules.examples import (
    ETHER,
    EVIDENCE,
    FRIEND,
    NOW,
    SENDER,
    STRANGER,
    TOKEN,
    TRANSFER,
    token_transfer,
)
from guard.core.signature_request import PersonalMessage, SignatureRequest
from guard.core.typed_data import parse_typed_data
from guard.report.objects import intent_object
from guard.report.screen import question, screen
from guard.report.words import told, words
from tests.core.typed_documents import document

MOST = 2**256 - 1
PIECE = Asset(kind=AssetKind.ERC721, token=TOKEN, token_id=7, amount=1)
COINS = Asset(kind=AssetKind.ERC20, token=TOKEN, amount=5)
GAS = Asset(kind=AssetKind.NATIVE, token=None, amount=ETHER)
MOVE = Transfer(token=TOKEN, owner=SENDER, recipient=FRIEND, amount=5)


def call(intent: Intent, **changes: Any) -> Call:
    made = Call(actor=SENDER, to=TOKEN, value=0, data_size=4, selector="0x00000000", intent=intent)
    return replace(made, **changes)


WORDS: dict[str, tuple[Intent, list[str]]] = {
    "ether": (
        Transfer(token=None, owner=SENDER, recipient=FRIEND, amount=ETHER),
        [f"send 1 ether of {SENDER} to {FRIEND}"],
    ),
    "tokens": (MOVE, [f"send 5 units of the token {TOKEN} of {SENDER} to {FRIEND}"]),
    "tokens, signed": (
        replace(MOVE, expires_at=NOW),
        [f"send 5 units of the token {TOKEN} of {SENDER} to {FRIEND}, until 2023-11-14 22:13 UTC"],
    ),
    "a portion": (
        replace(MOVE, portion=2_500),
        [f"send 25 % of what is there, at least 5 units of the token {TOKEN}, of {SENDER} to {FRIEND}"],
    ),
    "pieces": (
        NftTransfer(collection=TOKEN, owner=SENDER, recipient=FRIEND, token_ids=(7, 8), amounts=(1, 3)),
        [f"move 7, 3 of 8 of the collection {TOKEN} of {SENDER} to {FRIEND}"],
    ),
    "allowance": (
        Approve(token=TOKEN, owner=SENDER, spender=STRANGER, amount=MOST, form="approve"),
        [f"let {STRANGER} take up to {MOST} units (no limit) of the token {TOKEN} of {SENDER}"],
    ),
    "allowance with an end": (
        Approve(token=TOKEN, owner=SENDER, spender=STRANGER, amount=1, form="x", expires_at=MOST),
        [f"let {STRANGER} take up to 1 units of the token {TOKEN} of {SENDER}, for ever"],
    ),
    "more": (
        Approve(
            token=TOKEN,
            owner=SENDER,
            spender=STRANGER,
            amount=1,
            form="x",
            change=AllowanceChange.INCREASE,
        ),
        [f"let {STRANGER} take more than before, by 1 units of the token {TOKEN} of {SENDER}"],
    ),
    "less": (
        Approve(
            token=TOKEN,
            owner=SENDER,
            spender=STRANGER,
            amount=1,
            form="x",
            change=AllowanceChange.DECREASE,
        ),
        [f"let {STRANGER} take less than before, by 1 units of the token {TOKEN} of {SENDER}"],
    ),
    "operator": (
        ApproveAll(collection=TOKEN, owner=SENDER, operator=STRANGER, approved=True),
        [f"let {STRANGER} move everything of {SENDER} in {TOKEN}"],
    ),
    "no operator": (
        ApproveAll(collection=TOKEN, owner=SENDER, operator=STRANGER, approved=False),
        [f"no longer let {STRANGER} move everything of {SENDER} in {TOKEN}"],
    ),
    "permit": (
        Permit(
            owner=SENDER,
            spender=STRANGER,
            grants=(Grant(token=TOKEN, amount=2**160 - 1, expires_at=NOW),),
            deadline=None,
            form="permit2",
        ),
        [
            f"let {STRANGER} take up to {2**160 - 1} units (no limit) of the token {TOKEN} of {SENDER}, "
            "until 2023-11-14 22:13 UTC",
            "whoever has the signature can hand it in for ever",
        ],
    ),
    "permit of nothing": (
        Permit(owner=SENDER, spender=STRANGER, grants=(), deadline=NOW, form="permit2"),
        [
            f"let {STRANGER} take nothing of {SENDER}",
            "whoever has the signature can hand it in until 2023-11-14 22:13 UTC",
        ],
    ),
    "order": (
        Order(
            market=TOKEN,
            offerer=SENDER,
            gives=(PIECE, replace(PIECE, kind=AssetKind.ERC1155, token_id=None, amount=2)),
            payouts=(Payout(asset=GAS, recipient=SENDER), Payout(asset=COINS, recipient=FRIEND)),
            taker=STRANGER,
            expires_at=NOW,
            form="seaport",
            unusual=("the amounts change with time",),
        ),
        [
            f"let {STRANGER} take, until 2023-11-14 22:13 UTC, from {SENDER}:",
            f"- the piece 7 of the collection {TOKEN}",
            f"- 2 of any piece of the collection {TOKEN}",
            "for:",
            f"- 1 ether to {SENDER}",
            f"- 5 units of the token {TOKEN} to {FRIEND}",
            "the amounts change with time",
        ],
    ),
    "gift": (
        Order(
            market=None,
            offerer=SENDER,
            gives=(PIECE,),
            payouts=(),
            taker=None,
            expires_at=None,
            form="seaport",
        ),
        [
            f"let anybody take, for ever, from {SENDER}:",
            f"- the piece 7 of the collection {TOKEN}",
            "for nothing",
        ],
    ),
    "swap": (
        Swap(
            venue=TOKEN,
            gives=COINS,
            receives=GAS,
            recipient=SENDER,
            expires_at=None,
            form="uniswap-v2",
        ),
        [
            f"change at most 5 units of the token {TOKEN} for at least 1 ether to {SENDER} (uniswap-v2)",
        ],
    ),
    "swap of what is not told": (
        Swap(venue=TOKEN, gives=None, receives=None, recipient=SENDER, expires_at=None, form="1inch"),
        [f"change what is not told for what is not told to {SENDER} (1inch)"],
    ),
    "control": (
        Administer(contract=TOKEN, action="transfer the ownership", subject=STRANGER),
        [f"transfer the ownership of {TOKEN}: {STRANGER}"],
    ),
    "control of nobody": (
        Administer(contract=TOKEN, action="renounce the ownership", subject=None),
        [f"renounce the ownership of {TOKEN}"],
    ),
    "delegation": (
        Delegate(
            authorizations=(
                Authorization(chain_id=0, delegate=STRANGER, nonce=7, authority=SENDER),
                Authorization(chain_id=1, delegate=FRIEND, nonce=8, authority=None),
            ),
            call=None,
        ),
        [
            f"let the code of {STRANGER} act as {SENDER} on every chain, at the nonce 7",
            f"let the code of {FRIEND} act as an account that is not told on the chain 1, at the nonce 8",
        ],
    ),
    "wallet contract": (
        SafeCall(
            safe=TOKEN,
            call=call(MOVE),
            gas_token=None,
            gas_price=0,
            refund_receiver=None,
            form="SafeTx",
        ),
        [f"let the wallet contract {TOKEN} make one call (SafeTx)"],
    ),
    "wallet contract that pays": (
        SafeCall(
            safe=TOKEN,
            call=call(MOVE),
            gas_token=FRIEND,
            gas_price=3,
            refund_receiver=STRANGER,
            form="SafeTx",
        ),
        [
            f"let the wallet contract {TOKEN} make one call (SafeTx), and pay {STRANGER} 3 units of "
            f"the token {FRIEND} for each unit of gas"
        ],
    ),
    "wallet contract that pays anybody": (
        SafeCall(
            safe=TOKEN,
            call=call(MOVE),
            gas_token=None,
            gas_price=3,
            refund_receiver=None,
            form="SafeTx",
        ),
        [
            f"let the wallet contract {TOKEN} make one call (SafeTx), and pay whoever submits it 3 units "
            "of ether for each unit of gas"
        ],
    ),
    "one call": (Batch(form="multicall", calls=(call(MOVE),)), ["make 1 call (multicall)"]),
    "creation": (
        Deploy(code_size=9, value=ETHER),
        ["deploy a contract of 9 bytes, with 1 ether"],
    ),
    "function": (Invoke(function="claim()", is_bait=True), ["call claim()"]),
    "text": (Message(text="hello", size=5), ['sign the text "hello"']),
    "text of several lines": (
        Message(text="a\\x0a\\x0ab \\\\x0a c", size=9, domain="shop.example"),
        ["sign in at shop.example: the text:", "| a", "|", "| b \\\\x0a c"],
    ),
    "text that is cut": (
        Message(text="hel...", size=9000, is_cut=True),
        ["sign the text, of which this is the beginning (9000 bytes in all):", "| hel..."],
    ),
    "no text": (Message(text=None, size=5), ["sign 5 bytes that are no text"]),
    "sign-in": (
        Message(text="hello", size=5, domain="shop.example", chain_id=5),
        ['sign in at shop.example on the chain 5: the text "hello"'],
    ),
    "sign-in without a chain": (
        Message(text="hello", size=5, domain="shop.example"),
        ['sign in at shop.example: the text "hello"'],
    ),
    "hash": (
        OpaqueHash(hash="0x11", form="eth_sign"),
        ["sign or approve the hash 0x11, which may stand for anything (eth_sign)"],
    ),
    "unknown": (Unknown(reason="no family", selector=None), ["what cannot be read: no family"]),
}


@pytest.mark.parametrize(("intent", "lines"), WORDS.values(), ids=WORDS)
def test_an_intent_in_words(intent: Intent, lines: list[str]) -> None:
    assert list(words(intent)) == lines


def test_every_kind_of_intent_has_words() -> None:
    assert {type(intent) for intent, _ in WORDS.values()} == set(get_args(Intent))


NESTED = Batch(
    form="multicall",
    calls=(
        call(MOVE, is_delegatecall=True),
        call(
            SafeCall(
                safe=TOKEN,
                call=call(Batch(form="multisend", calls=(call(MOVE, value=ETHER), call(WORDS["permit"][0])))),
                gas_token=None,
                gas_price=0,
                refund_receiver=None,
                form="execTransaction",
            )
        ),
        call(Transfer(token=None, owner=SENDER, recipient=FRIEND, amount=ETHER), value=ETHER, to=FRIEND),
    ),
)


def test_nested_calls_stand_under_their_places_as_findings_name_them() -> None:
    sent = f"send 5 units of the token {TOKEN} of {SENDER} to {FRIEND}"
    permit, handed_in = WORDS["permit"][1]
    assert list(told(NESTED)) == [
        ((), "make 3 calls (multicall)"),
        ((1,), f"with the code of {TOKEN} in the place of its own: {sent}"),
        ((2,), f"let the wallet contract {TOKEN} make one call (execTransaction)"),
        ((2, 1), "make 2 calls (multisend)"),
        ((2, 1, 1), f"with 1 ether to {TOKEN}: {sent}"),
        ((2, 1, 2), permit),
        ((2, 1, 2), handed_in),
        ((3,), f"send 1 ether of {SENDER} to {FRIEND}"),
    ]


def test_json_names_the_kind_at_every_depth() -> None:
    as_json = json.loads(json.dumps(jsonable(intent_object(NESTED))))
    assert as_json["kind"] == "batch"
    safe = as_json["calls"][1]["intent"]
    assert (safe["kind"], safe["call"]["intent"]["kind"]) == ("safe-call", "batch")
    assert safe["call"]["intent"]["calls"][1]["intent"]["grants"][0] == {
        "token": TOKEN,
        "amount": str(2**160 - 1),
        "expires_at": NOW,
    }
    for intent, _ in WORDS.values():
        told_object: Any = json.loads(json.dumps(jsonable(intent_object(intent))))
        assert told_object["kind"] == intent.kind
    approval: Any = intent_object(WORDS["more"][0])
    assert approval["change"] == "increase"


# Whole screens

SPENDER_CALL = bytes.fromhex("095ea7b3") + write("address,uint256", (STRANGER, MOST))
APPROVAL = replace(TRANSFER, to=TOKEN, value=0, data=SPENDER_CALL)
INNER = bytes.fromhex("ac9650d8") + write("bytes[]", ((SPENDER_CALL, SPENDER_CALL),))
MULTICALL = replace(TRANSFER, to=TOKEN, value=0, data=INNER)
SAFE_TX = SignatureRequest(
    sender=SENDER,
    content=parse_typed_data(
        document(
            "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,"
            "uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)",
            {
                "to": TOKEN,
                "value": 0,
                "data": "0x" + INNER.hex(),
                "operation": 1,
                "safeTxGas": 0,
                "baseGas": 0,
                "gasPrice": 0,
                "gasToken": "0x" + "0" * 40,
                "refundReceiver": "0x" + "0" * 40,
                "nonce": 0,
            },
            domain={
                "name": "a\u202eb",
                "version": "1",
                "chainId": 5,
                "verifyingContract": FRIEND,
            },
        )
    ),
    chain_id=1,
)
REQUESTS: dict[str, Any] = {
    "approval": APPROVAL,
    "multicall": MULTICALL,
    "SafeTx": SAFE_TX,
    "bundle": CallBundle(sender=SENDER, calls=(APPROVAL, token_transfer(FRIEND, 5)), chain_id=1),
    "text": SignatureRequest(sender=SENDER, content=PersonalMessage(data=b"hello")),
}


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", REQUESTS)
def test_a_screen_shows_every_address_in_full_at_every_width(
    name: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    request = REQUESTS[name]
    verdict = review(request, EVIDENCE, Policy(), NOW)
    shown = screen(request, verdict)
    named = set(re.findall(r"0x[0-9a-fA-F]{40}\b", " ".join(line for _, line in told(read(request).intent))))
    assert named <= set(re.findall(r"0x[0-9a-fA-F]{40}\b", shown))
    assert verdict.digest in shown
    assert "\u202e" not in shown
    asked = question(request, verdict)
    assert asked
    if name in ("approval", "multicall", "bundle", "SafeTx"):
        assert str(MOST) in shown


def test_a_nested_call_is_indented_and_numbered() -> None:
    verdict = review(SAFE_TX, EVIDENCE, Policy(), NOW)
    lines = screen(SAFE_TX, verdict).splitlines()
    labels = [line[:10].rstrip() for line in lines if line[:10].strip()]
    start = labels.index("sign")
    assert labels[start:] == [
        *("sign", "for", "named", "holds on", "does", " 1", "  1.1", "  1.2"),
        *("from", "chain", "model", "digest"),
    ]
    assert 'named     "a\\u202eb" by itself, version 1' in lines


def test_the_question_of_a_signature_says_once_more_what_it_allows() -> None:
    verdict = review(REQUESTS["text"], EVIDENCE, Policy(), NOW)
    assert question(REQUESTS["text"], verdict).startswith('Sign the text "hello".\n')
