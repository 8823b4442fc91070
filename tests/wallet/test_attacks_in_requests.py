"""Requests that are written so that two programs read them differently: one reading, or exit 2, or a refusal.

What belongs here: lines of group D of `tests/threats.py` that speak of exit codes, through `wallet check` and
`wallet send`. What must not: how each form is read; `tests/core` has that.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_utils.crypto import keccak

from guard.core import rlp
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.fields import MAX_CHAIN_ID
from guard.core.request import MarketFee, TransactionRequest, unsigned_payload
from guard.core.rpc_transaction import transaction_object
from guard.core.signature import Signature
from guard.core.signed import encode_signed
from guard.testing import FakeChain
from tests.core.decode.structures.test_seaport import COMPONENTS, item, order
from tests.core.typed_documents import document, mail
from tests.wallet.harness import FRIEND, KEY, PAYER, STRANGER, Desk, Run

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of secp256k1."""
REQUEST = TransactionRequest(
    sender=PAYER.address,
    to=FRIEND,
    value=1,
    chain_id=1,
    nonce=7,
    gas_limit=21_000,
    fee=MarketFee(max_fee_per_gas=10**9, max_priority_fee_per_gas=10**9),
)
APPROVE = "0x095ea7b3" + STRANGER[2:].lower().rjust(64, "0") + "f" * 64


@pytest.fixture
def check(desk: Desk, tmp_path: Path) -> Any:
    """Return what runs `wallet check` on a document; whatever comes out, nothing is signed or kept."""

    def run(given: object) -> Run:
        path = tmp_path / "request.json"
        path.write_text(given if isinstance(given, str) else json.dumps(given))
        done = desk.wallet("check", "--tx", str(path), "--json")
        assert (desk.chain.sent, desk.sends()) == ([], [])
        return done

    return run


def payment(**changes: object) -> dict[str, object]:
    return {"from": PAYER.address, "to": FRIEND, "value": "0x1", **changes}


def rules_of(done: Run) -> list[str]:
    return [finding["rule"] for finding in done.object["findings"]]


def signature_of(request: TransactionRequest) -> Signature:
    signed = Account.unsafe_sign_hash(keccak(unsigned_payload(request)), KEY)
    return Signature(y_parity=signed.v - 27, r=signed.r, s=signed.s)


def raw_of(request: TransactionRequest) -> bytes:
    return encode_signed(request, signature_of(request))


def check_raw(desk: Desk, raw: bytes) -> Run:
    return desk.wallet("check", "--raw", "0x" + raw.hex(), "--json")


# D1

ODD = ["0x1", "0x095ea7b3" + "0" * 127, APPROVE[:-1], APPROVE + "0", "0x0x", "0X00", "00", "0xzz", "0x 00"]


@pytest.mark.parametrize("data", ODD)
@pytest.mark.parametrize("name", ["data", "input"])
def test_calldata_that_is_not_whole_bytes_is_exit_2_in_a_file(
    desk: Desk, check: Any, name: str, data: str
) -> None:
    """D1: never "unknown, allowed"; the model is not asked."""
    done = check(payment(**{name: data}))
    assert (done.code, done.object["decision"], desk.predictor.queries) == (2, None, [])


@pytest.mark.parametrize("data", ODD)
def test_calldata_that_is_not_whole_bytes_is_exit_2_as_a_flag(desk: Desk, data: str) -> None:
    """D1: send and check alike."""
    for command in (("send", FRIEND, "--yes"), ("check", FRIEND)):
        done = desk.wallet(*command, "--data", data, "--json")
        assert (done.code, desk.predictor.queries, desk.chain.sent) == (2, [], [])
    assert desk.wallet("check", "--raw", data).code == 2


# D2

NO_QUANTITIES = [
    "ffffffffffffff",
    "0x_ff",
    " 0x1 ",
    "-0x1",
    "0x",
    "0x01",
    "0x00",
    "1",
    1,
    1.0,
    True,
    "",
    "0xg",
]
NO_QUANTITIES += ["+0x1", "0x1\n", "0X1", "0x\uff11", [1], {}, "0x" + "f" * 65]


@pytest.mark.parametrize("quantity", NO_QUANTITIES, ids=repr)
@pytest.mark.parametrize("name", ["value", "nonce", "gas", "chainId", "gasPrice", "type"])
def test_a_quantity_in_another_form_than_the_one_is_exit_2(
    desk: Desk, check: Any, name: str, quantity: object
) -> None:
    """D2: without 0x, with underscores, spaces or signs."""
    assert (check(payment(**{name: quantity})).code, desk.predictor.queries) == (2, [])


# D3 D4


def typed_request(content: object, method: str = "eth_signTypedData_v4") -> dict[str, object]:
    return {"method": method, "params": [PAYER.address, content]}


@pytest.mark.parametrize("form", [1, "1", "0x1", "0x01", "0x0001", "01", "1_0", 1.0, True, None])
def test_a_chain_in_typed_data_has_one_reading_or_none(check: Any, form: object) -> None:
    """D3: 1, "1" and "0x1" come to one digest; every other form is exit 2."""
    content = mail()
    usual = check(typed_request(content)).object["digest"]
    content["domain"]["chainId"] = form
    done = check(typed_request(content))
    is_read = form in (1, "1", "0x1") and not isinstance(form, bool | float)
    assert (done.code == 2) == (not is_read)
    assert done.object["digest"] == (usual if is_read else None)


@pytest.mark.parametrize("chain_id", [5, "5", "0x5", 0])
def test_typed_data_for_another_chain_is_refused(check: Any, chain_id: object) -> None:
    """D3: other chain."""
    content = mail()
    content["domain"]["chainId"] = chain_id
    done = check(typed_request(content))
    assert (done.code, done.object["decision"]) == (3, "BLOCK")
    assert "typed.chain" in rules_of(done)


@pytest.mark.parametrize("form", [str(int(FRIEND, 16)), int(FRIEND, 16) % 2**50, FRIEND[2:], "0x1", None])
def test_a_contract_in_typed_data_that_is_no_address_is_refused(check: Any, form: object) -> None:
    """D4: verifyingContract as a decimal integer."""
    content = mail()
    content["domain"]["verifyingContract"] = form
    assert check(typed_request(content)).code == 2


# D5


def test_data_and_input_that_differ_are_refused_and_equal_ones_are_one(check: Any) -> None:
    """D5: both set."""
    calldata = {"to": STRANGER, "value": "0x0"}
    assert check(payment(data=APPROVE, input="0x")).code == 2
    assert check(payment(data=APPROVE, input=APPROVE[:-1] + "e")).code == 2
    both = check(payment(**calldata, data=APPROVE, input=APPROVE))
    alone = check(payment(**calldata, data=APPROVE))
    assert both.code != 2
    assert both.object == alone.object
    assert both.object["intent"]["kind"] == "approve"


# D10


def handing_over(chain_id: int) -> TransactionRequest:
    delegation = Delegation(chain_id=chain_id, delegate=STRANGER, nonce=8)
    signed = Account.from_key(KEY).sign_authorization({"chainId": chain_id, "address": STRANGER, "nonce": 8})
    signature = Signature(y_parity=signed.y_parity, r=signed.r, s=signed.s)
    authorization = SignedAuthorization(delegation=delegation, signature=signature)
    return TransactionRequest(
        sender=PAYER.address,
        to=FRIEND,
        value=0,
        chain_id=1,
        nonce=7,
        gas_limit=100_000,
        fee=REQUEST.fee,
        authorizations=(authorization,),
    )


@pytest.mark.parametrize("chain_id", [0, 1])
def test_handing_an_account_over_is_refused_in_every_form(desk: Desk, check: Any, chain_id: int) -> None:
    """D10: type 4 as bytes and as an object, a tuple of chain 0, and an authorization to be signed."""
    request = handing_over(chain_id)
    asked = {
        "from": PAYER.address,
        "address": STRANGER,
        "chainId": hex(chain_id),
        "nonce": "0x8",
    }
    raw = check_raw(desk, raw_of(request))
    written = check(transaction_object(request))
    off_chain = check({"method": "wallet_signAuthorization", "params": [asked]})
    for done in (raw, written, off_chain):
        assert (done.code, done.object["decision"]) == (3, "BLOCK")
        assert "delegate.account" in rules_of(done)
        assert ("delegate.every-chain" in rules_of(done)) == (chain_id == 0)


# D11


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("eth_sign", [PAYER.address, "0x" + "ab" * 32]),
        ("personal_sign", ["0x" + "ab" * 32, PAYER.address]),
    ],
)
def test_thirty_two_bytes_that_may_stand_for_anything_are_refused(
    check: Any, method: str, parameters: list[str]
) -> None:
    """D11: eth_sign, and personal_sign of 32 bytes."""
    done = check({"method": method, "params": parameters})
    assert (done.code, done.object["decision"]) == (3, "BLOCK")
    assert "message.opaque-hash" in rules_of(done)


@pytest.mark.parametrize("price", [None, 0])
def test_an_order_that_gives_for_nothing_is_refused(check: Any, price: int | None) -> None:
    """D11: a Seaport order at price zero, or without a price."""
    paid = [] if price is None else [item(0, "0x" + "0" * 40, 0, price, PAYER.address)]
    content = document(COMPONENTS, order(offerer=PAYER.address, consideration=paid, endTime=2**40))
    done = check(typed_request(content))
    assert (done.code, done.object["intent"]["kind"]) == (3, "order")
    assert "order.free" in rules_of(done)


def test_a_structure_that_nobody_knows_is_never_waved_through(desk: Desk, check: Any) -> None:
    """D11: an unknown EIP-712 domain; where nobody can be asked it is a refusal."""
    done = check(typed_request(mail()))
    assert (done.code, done.object["decision"], done.object["intent"]["kind"]) == (5, "WARN", "unknown")
    assert "payload.undecoded" in rules_of(done)


# D12


class Moody(FakeChain):
    """A node that names another chain each time it is asked."""

    def chain_id(self) -> int:
        self.id += 4
        return self.id


@pytest.mark.parametrize("text", ["0", "-1", "0x", "1.0", str(MAX_CHAIN_ID + 1)])
def test_a_chain_that_is_none_is_exit_2(desk: Desk, text: str) -> None:
    """D12: chain id 0."""
    assert desk.send("--yes", "--chain", text).code == 2
    assert desk.wallet("check", "friend", "--value", "1wei", "--chain", text).code == 2
    assert desk.chain.sent == []


def test_a_transaction_for_another_chain_than_the_nodes_is_refused(desk: Desk, check: Any) -> None:
    """D12: a chain id other than the pinned one, and one that is not told at all."""
    assert check(payment(chainId="0x0")).code == 2
    done = desk.send("--yes", "--json", "--chain", "5")
    assert (done.code, desk.chain.sent) == (3, [])
    assert "chain.mismatch" in rules_of(done)
    desk.node.chain = None
    untold = desk.wallet("check", "friend", "--value", "1wei", "--json")
    assert (untold.code, untold.object["decision"]) == (4, None)


def test_signed_bytes_that_name_no_chain_are_refused(desk: Desk) -> None:
    """D12: a legacy signature without EIP-155, which holds on every chain."""
    fields: list[rlp.Item] = [b"\7", b"\1", b"\x52\x08", FRIEND.to_bytes(), b"\1", b""]
    signed = Account.unsafe_sign_hash(keccak(rlp.encode(fields)), KEY)
    parts = [rlp.encode_integer(number) for number in (signed.v, signed.r, signed.s)]
    done = check_raw(desk, rlp.encode([*fields, *parts]))
    assert done.code == 2
    assert "not bound to a chain" in done.object["error"]["message"]


def test_a_node_that_changes_its_chain_between_two_answers_is_refused(desk: Desk) -> None:
    """D12: what was completed for one chain is not signed while the node is on another."""
    desk.chain = Moody()
    desk.node.put(desk.chain)  # type: ignore[arg-type]
    done = desk.send("--yes", "--json")
    assert (done.code, desk.chain.sent) == (3, [])
    assert "chain.mismatch" in rules_of(done)


# D13

BLOB = b"\x01" + bytes(31)


def with_blobs() -> TransactionRequest:
    return TransactionRequest(
        sender=PAYER.address,
        to=FRIEND,
        value=1,
        chain_id=1,
        nonce=7,
        gas_limit=21_000,
        fee=REQUEST.fee,
        blob_versioned_hashes=(BLOB,),
        max_fee_per_blob_gas=1,
    )


def test_a_transaction_with_blobs_is_refused_in_both_forms(desk: Desk, check: Any) -> None:
    """D13: type 3."""
    for done in (check_raw(desk, raw_of(with_blobs())), check(transaction_object(with_blobs()))):
        assert (done.code, done.object["decision"]) == (3, "BLOCK")
        assert "payload.blobs" in rules_of(done)


@pytest.mark.parametrize("kind", [0x00, 0x05, 0x06, 0x7E, 0x7F, 0x80, 0xBF])
def test_a_type_that_is_not_known_is_refused(desk: Desk, check: Any, kind: int) -> None:
    """D13: types 5 and 0x7f."""
    raw = raw_of(REQUEST)
    assert check_raw(desk, raw).code == 0
    assert check_raw(desk, bytes([kind]) + raw[1:]).code == 2
    assert check(payment(type=hex(kind))).code == 2


def fields_of(request: TransactionRequest) -> list[Any]:
    decoded = rlp.decode(raw_of(request)[1:])
    assert not isinstance(decoded, bytes)
    return list(decoded)


def spoiled(place: int, value: bytes) -> bytes:
    fields = fields_of(REQUEST)
    fields[place] = value
    return b"\x02" + rlp.encode(fields)


S = signature_of(REQUEST).s
NOT_CANONICAL: dict[str, bytes] = {
    **{f"a leading zero in field {place}": spoiled(place, b"\0\1") for place in (0, 1, 2, 3, 4, 6, 10, 11)},
    "a zero byte for zero": spoiled(1, b"\0"),
    "trailing bytes": raw_of(REQUEST) + b"\0",
    "a trailing item": b"\x02" + rlp.encode([*fields_of(REQUEST), b""]),
    "an item less": b"\x02" + rlp.encode(fields_of(REQUEST)[:-1]),
    "a high s": spoiled(11, rlp.encode_integer(ORDER - S)),
    "an s of zero": spoiled(11, b""),
    "an r of the order": spoiled(10, rlp.encode_integer(ORDER)),
    "a parity of 2": spoiled(9, b"\2"),
    "a v of 27": spoiled(9, b"\x1b"),
    "a list for a number": b"\x02" + rlp.encode([[], *fields_of(REQUEST)[1:]]),
    "a recipient of 19 bytes": spoiled(5, bytes(19)),
}


@pytest.mark.parametrize("name", NOT_CANONICAL)
def test_signed_bytes_in_another_form_than_the_one_are_refused(desk: Desk, name: str) -> None:
    """D13: leading zeros, trailing bytes, high s, wrong v."""
    done = check_raw(desk, NOT_CANONICAL[name])
    assert (done.code, done.object["decision"], desk.predictor.queries) == (2, None, [])


# D15

LOOKALIKES = {
    "a Cyrillic letter": "fri\u0435nd",
    "a zero width joiner": "fri\u200dend",
    "a zero width space": "friend\u200b",
    "full width": "\uff46riend",
    "a name of ENS": "friend.eth",
    "a name of ENS in two scripts": "vitali\u043a.eth",
    "a combining mark": "frie\u0301nd",
    "a dotless i": "fr\u0131end",
    "a space before": " friend",
}


@pytest.mark.parametrize("name", LOOKALIKES)
def test_a_name_that_only_looks_like_a_contacts_is_nobody(desk: Desk, name: str) -> None:
    """D15: names of ENS are not read, and no name is ever taken for another."""
    for command in (("send", LOOKALIKES[name], "--yes"), ("check", LOOKALIKES[name])):
        done = desk.wallet(*command, "--value", "1wei", "--json")
        assert (done.code, desk.chain.sent, desk.predictor.queries) == (2, [], [])
        assert done.object["error"]["message"].isprintable()
        assert "neither an address nor a contact" in done.object["error"]["message"]


@pytest.mark.parametrize("name", LOOKALIKES)
def test_a_contact_cannot_be_given_a_name_that_looks_like_anothers(desk: Desk, name: str) -> None:
    """D15: letters of two scripts, invisible ones, and a name that is read as one that is taken."""
    done = desk.wallet("contacts", "add", LOOKALIKES[name], STRANGER)
    # A point makes another name, which is read as itself; the same letters otherwise written do not.
    is_another = LOOKALIKES[name] == "friend.eth"
    assert (done.code == 0) == is_another


@pytest.mark.parametrize("name", ["Мария", "Zoë", "Müller & Co"[:6], "李", "Ελένη", "O.Connor"])
def test_a_name_in_one_script_is_as_good_as_another(desk: Desk, name: str) -> None:
    """D15: it is imitation that is refused, not letters."""
    assert desk.wallet("contacts", "add", name, STRANGER).code == 0
    assert desk.wallet("check", name, "--value", "1wei", "--json").object["intent"]["recipient"] == STRANGER


def test_the_address_behind_a_name_is_always_shown_and_asked_about(desk: Desk) -> None:
    """D15: resolved address."""
    done = desk.at_terminal("n\n", *desk.sending("FRIEND"))
    assert done.code == 5
    assert f"Send 0.1 ether to {FRIEND}.\n" in done.err
    assert f"to        {FRIEND}" in desk.wallet("check", "friend", "--value", "1wei").out
