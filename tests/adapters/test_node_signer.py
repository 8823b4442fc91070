"""A node that holds keys: asked to sign and never to send, and read from scratch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from guard.adapters.keystore import MemorySigner
from guard.adapters.node_signer import NodeSigner
from guard.adapters.recover import recover, recover_content
from guard.core.request import LegacyFee, TransactionRequest
from guard.core.rpc_transaction import parse_transaction
from guard.core.signature_request import BareHash, PersonalMessage, SignatureRequest
from guard.errors import DigestMismatch, InvalidRequest, KeystoreError, NodeError
from tests.adapters.rpc_node import Error, RpcNode
from tests.adapters.values import SIGNER, request, signature_request

OTHER = MemorySigner(b"\x09" * 32)


@pytest.fixture
def node() -> Iterator[RpcNode]:
    with RpcNode() as running:
        yield running


@pytest.fixture
def signer(node: RpcNode) -> NodeSigner:
    return NodeSigner(node.chain, recover)


def signing(key: MemorySigner, change: dict[str, Any] | None = None) -> Any:
    """Return what a node answers that signs the object it is given, or another one."""

    def answer(parameters: list[Any]) -> str:
        made = replace(parse_transaction(parameters[0]), **(change or {}))
        return "0x" + key.sign(made).hex()

    return answer


@pytest.mark.parametrize("of", [request(), request(fee=LegacyFee(gas_price=10**9))], ids=["market", "legacy"])
@pytest.mark.parametrize("is_wrapped", [False, True], ids=["hex", "geth's object"])
def test_a_node_is_asked_once_for_exactly_the_request(
    of: TransactionRequest, is_wrapped: bool, node: RpcNode, signer: NodeSigner
) -> None:
    plain = signing(SIGNER)
    node.answers["eth_signTransaction"] = (
        (lambda parameters: {"raw": plain(parameters), "tx": {}}) if is_wrapped else plain
    )
    assert signer.sign(of) == SIGNER.sign(of)
    ((method, (asked,)),) = node.calls
    assert (method, parse_transaction(asked)) == ("eth_signTransaction", of)


def test_a_node_that_signs_something_else_or_by_another_key_is_refused(
    node: RpcNode, signer: NodeSigner
) -> None:
    for answer in (signing(SIGNER, {"value": 1}), signing(SIGNER, {"nonce": 99})):
        node.answers["eth_signTransaction"] = answer
        with pytest.raises(DigestMismatch):
            signer.sign(request())
    raw = "0x" + OTHER.sign(request(sender=OTHER.address)).hex()
    node.answers["eth_signTransaction"] = lambda parameters: raw
    with pytest.raises(DigestMismatch, match="used the key of"):
        signer.sign(request())


@pytest.mark.parametrize("answer", ["0x", "0x01", "nonsense", None, 1, {"raw": None}, {"tx": {}}, []])
def test_what_is_no_signed_transaction_is_refused(answer: Any, node: RpcNode, signer: NodeSigner) -> None:
    node.answers["eth_signTransaction"] = answer
    with pytest.raises(KeystoreError):
        signer.sign(request())


def test_a_node_that_cannot_sign_without_sending_is_told_so(node: RpcNode, signer: NodeSigner) -> None:
    with pytest.raises(KeystoreError, match="cannot sign without sending") as raised:
        signer.sign(request())
    assert "eth_sendRawTransaction" in raised.value.hint
    assert [method for method, _ in node.calls] == ["eth_signTransaction"]


def test_a_node_that_does_not_hold_the_key_is_quoted(node: RpcNode, signer: NodeSigner) -> None:
    node.answers["eth_signTransaction"] = Error({"code": -32000, "message": "unknown account"})
    with pytest.raises(NodeError, match="unknown account"):
        signer.sign(request())


TEXT = SignatureRequest(sender=SIGNER.address, content=PersonalMessage(data=b"hello"))


@pytest.mark.parametrize(
    ("of", "methods"),
    [
        (TEXT, ["personal_sign", "eth_sign"]),
        (signature_request(), ["eth_signTypedData_v4", "eth_signTypedData"]),
    ],
    ids=["text", "typed data"],
)
@pytest.mark.parametrize("parity", [0, 27], ids=["0 or 1", "27 or 28"])
def test_a_signature_is_asked_for_by_the_first_method_that_the_node_has(
    of: SignatureRequest, methods: list[str], parity: int, node: RpcNode, signer: NodeSigner
) -> None:
    made = SIGNER.sign_content(of)
    told = "0x" + (made[:64] + bytes([made[64] - 27 + parity])).hex()
    for method in methods:
        node.calls.clear()
        node.answers = {method: told}
        assert recover_content(of, signer.sign_content(of)) == SIGNER.address
        assert [name for name, _ in node.calls] == methods[: methods.index(method) + 1]
    node.answers = {}
    with pytest.raises(KeystoreError, match="cannot sign"):
        signer.sign_content(of)


def test_a_bare_hash_is_never_asked_for(node: RpcNode, signer: NodeSigner) -> None:
    with pytest.raises(InvalidRequest):
        signer.sign_content(SignatureRequest(sender=SIGNER.address, content=BareHash(data=bytes(32))))
    assert node.calls == []
