"""Signatures that let somebody make calls: Safe transactions and forwarded requests."""

from __future__ import annotations

from typing import Any

import pytest

from guard.core.address import keccak256
from guard.core.decode import MAX_DEPTH
from guard.core.intent import Batch, Call, OpaqueHash, SafeCall, Transfer, Unknown
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN, token_transfer
from tests.core.decode.structures.reading import MARKET, NAMELESS, ZERO, declared, read

PAYMENT = token_transfer(STRANGER, 5).data
SAFE_TX = declared(
    "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas"
)


def paid(actor: Any, to: Any = TOKEN, *, value: int = 0, is_delegatecall: bool = False) -> Call:
    return Call(
        actor=actor,
        to=to,
        value=value,
        data_size=len(PAYMENT),
        selector="0xa9059cbb",
        intent=Transfer(token=to, owner=actor, recipient=STRANGER, amount=5),
        oddities=("it carries ether that the function does not take",) if value else (),
        is_delegatecall=is_delegatecall,
    )


def safe_tx(**changes: Any) -> dict[str, Any]:
    return {
        "to": TOKEN,
        "value": 0,
        "data": "0x" + PAYMENT.hex(),
        "operation": 0,
        "safeTxGas": 0,
        "baseGas": 0,
        "gasPrice": 0,
        "gasToken": ZERO,
        "refundReceiver": ZERO,
        "nonce": 3,
        **changes,
    }


def safe_call(call: Call, **changes: Any) -> SafeCall:
    rest = {"gas_token": None, "gas_price": 0, "refund_receiver": None, **changes}
    return SafeCall(safe=MARKET, call=call, form="SafeTx", **rest)


def test_a_safe_transaction_is_what_the_safe_would_do() -> None:
    assert read(SAFE_TX, safe_tx()) == safe_call(paid(MARKET))
    assert read(SAFE_TX, safe_tx(operation=1)) == safe_call(paid(MARKET, is_delegatecall=True))
    assert read(SAFE_TX, safe_tx(gasPrice=2, gasToken=TOKEN, refundReceiver=STRANGER)) == safe_call(
        paid(MARKET), gas_token=TOKEN, gas_price=2, refund_receiver=STRANGER
    )


def test_the_first_versions_call_one_number_otherwise() -> None:
    message = safe_tx()
    message["dataGas"] = message.pop("baseGas")
    assert read(SAFE_TX.replace("baseGas", "dataGas"), message) == safe_call(paid(MARKET))


def test_without_a_safe_in_the_domain_nobody_knows_whose_it_is() -> None:
    assert isinstance(read(SAFE_TX, safe_tx(), domain=NAMELESS), Unknown)


@pytest.mark.parametrize(("content", "told"), [(b"\x11" * 32, b"\x11" * 32), (b"hello", keccak256(b"hello"))])
def test_a_safe_message_may_stand_for_anything(content: bytes, told: bytes) -> None:
    intent = read("SafeMessage(bytes message)", {"message": "0x" + content.hex()})
    assert intent == OpaqueHash(hash="0x" + told.hex(), form="SafeMessage")


@pytest.mark.parametrize(("deadline", "more"), [("", {}), ("uint48 deadline,", {"deadline": 99})])
def test_a_forwarded_request_is_a_call_of_its_account(deadline: str, more: dict[str, Any]) -> None:
    message = {
        "from": FRIEND,
        "to": TOKEN,
        "value": 7,
        "gas": 1,
        "nonce": 0,
        "data": "0x" + PAYMENT.hex(),
        **more,
    }
    declaration = (
        "ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,"
        f"{deadline}bytes data)"
    )
    assert read(declaration, message) == Batch(form="forward-request", calls=(paid(FRIEND, value=7),))


def test_a_meta_transaction_calls_the_contract_that_its_domain_names() -> None:
    message = {"nonce": 0, "from": SENDER, "functionSignature": "0x" + PAYMENT.hex()}
    declaration = declared("MetaTransaction(")
    salted = {"verifyingContract": MARKET, "salt": "0x" + "00" * 31 + "89"}
    for domain in (None, salted):
        assert read(declaration, message, domain=domain) == Batch(
            form="meta-transaction", calls=(paid(SENDER, MARKET),)
        )
    assert isinstance(read(declaration, message, domain=NAMELESS), Unknown)


def test_calls_inside_of_a_signature_keep_to_the_bounds() -> None:
    from guard.core.abi import write

    data = PAYMENT
    for _ in range(MAX_DEPTH):
        data = bytes.fromhex("ac9650d8") + write("bytes[]", ((data,),))
    intent: Any = read(SAFE_TX, safe_tx(data="0x" + data.hex()))
    call = intent.call
    for _ in range(MAX_DEPTH):
        (call,) = call.intent.calls
    assert isinstance(call.intent, Unknown)
    assert call.intent.is_beyond_bound
