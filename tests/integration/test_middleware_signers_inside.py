"""Middlewares further in that answer by themselves: what they sign was reviewed before, and is on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account.messages import encode_defunct
from web3 import Web3
from web3.middleware.base import Web3Middleware
from web3.types import RPCEndpoint

from guard import ConfirmationRequired, TransactionBlocked
from guard.core.journal import SendState
from guard.errors import DigestMismatch
from tests.integration.node import Node
from tests.integration.test_middleware import Person, Program
from tests.middleware.witness import FRIEND, THIEF

ABANDONED, BLOCKED, SIGNED = SendState.ABANDONED, SendState.BLOCKED, SendState.SIGNED
GREETING = Web3.to_hex(text="hello")


@pytest.fixture
def program(node: Node, home: Path) -> Iterator[Program]:
    node.call("anvil_setNextBlockBaseFeePerGas", hex(10**9))
    node.call("anvil_mine", "0x1")
    made = Program(node, home)
    yield made
    made.provider._request_session_manager.session_cache.clear()


def answers(method: str, answer: Callable[[Any], Any]) -> Callable[[Any], Web3Middleware]:
    """Return a middleware that answers one method itself, and counts that as `answered`."""

    class Inside(Web3Middleware):
        def wrap_make_request(self, make_request: Any) -> Any:
            def made(asked: Any, parameters: Any) -> Any:
                if asked == method:
                    return {"jsonrpc": "2.0", "id": 1, "result": answer(parameters)}
                return make_request(asked, parameters)

            return made

    return Inside


def inside(program: Program, method: str, answer: Callable[[Any], Any]) -> list[Any]:
    """Put such a middleware in, and return what it will have been asked."""
    asked: list[Any] = []

    def remembered(parameters: Any) -> Any:
        asked.append(parameters)
        return answer(parameters)

    program.w3.middleware_onion.inject(answers(method, remembered), name="inside", layer=0)
    return asked


def call(program: Program, method: str, *parameters: Any) -> Any:
    return program.w3.manager.request_blocking(RPCEndpoint(method), list(parameters))


def test_a_text_that_a_local_key_signs_is_on_record(program: Program) -> None:
    program.install()
    local = program.local
    inside(
        program,
        "personal_sign",
        lambda parameters: local.sign_message(encode_defunct(hexstr=parameters[0])).signature.to_0x_hex(),
    )
    signature = call(program, "personal_sign", GREETING, local.address)
    assert [(one.state, one.signature) for one in program.signatures()] == [
        (SIGNED, bytes.fromhex(signature[2:]))
    ]
    assert program.provider.sent() == []


def test_a_local_signature_under_another_text_is_told_to_nobody(program: Program) -> None:
    program.install()
    signed = program.local.sign_message(encode_defunct(text="everything I own")).signature.to_0x_hex()
    inside(program, "personal_sign", lambda parameters: signed)
    with pytest.raises(DigestMismatch):
        call(program, "personal_sign", GREETING, program.local.address)
    assert [one.state for one in program.signatures()] == [ABANDONED]


def test_what_is_refused_outside_is_never_asked_inside(program: Program) -> None:
    program.install(confirm=Person(False))
    asked = inside(program, "eth_sendTransaction", lambda parameters: "0x" + "ab" * 32)
    with pytest.raises(TransactionBlocked):
        program.pay_locally(THIEF)
    with pytest.raises(ConfirmationRequired):
        program.pay_locally(program.stranger)
    assert asked == []


def test_a_payment_that_is_signed_inside_is_reviewed_with_its_nonce(program: Program) -> None:
    person = Person(True)
    program.install(confirm=person)
    raw = []

    def sign(parameters: Any) -> str:
        fields = {**parameters[0], "nonce": 0, "value": int(parameters[0]["value"], 16)}
        raw.append(program.local.sign_transaction(fields).raw_transaction.to_0x_hex())
        return raw[0]

    inside(program, "eth_signTransaction", sign)
    payment = {"from": program.local.address, "to": program.stranger, "value": "0x1"}
    assert call(program, "eth_signTransaction", payment) == raw[0]
    first, second = program.sends()
    assert (first.state, second.state, second.request.nonce) == (ABANDONED, SIGNED, 0)
    assert second.raw == bytes.fromhex(raw[0][2:])
    assert len(person.shown) == 1


def test_another_payment_that_is_signed_inside_is_told_to_nobody(program: Program) -> None:
    program.install()
    raw = Web3.to_hex(program.raw(THIEF))
    inside(program, "eth_signTransaction", lambda parameters: raw)
    with pytest.raises(TransactionBlocked):
        call(program, "eth_signTransaction", {"from": program.local.address, "to": FRIEND, "value": "0x1"})
    assert BLOCKED in program.states()


def test_a_payment_that_goes_another_way_is_on_record_as_not_seen(program: Program) -> None:
    program.install()
    named = "0x" + "ab" * 32
    inside(program, "eth_sendTransaction", lambda parameters: named)
    assert program.pay_locally(FRIEND) == named
    record = program.sends()[0]
    assert record.state is ABANDONED
    assert record.note.startswith("answered by another middleware, without coming to the wire")
