"""A loopback signer that speaks as clef or Web3Signer does, honest or with an edit before it signs.

What belongs here: the two protocols. What must not: faults of transport (`hostile_service`).
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

from guard.adapters.keystore import MemorySigner
from guard.core.request import TransactionRequest
from guard.core.rpc_transaction import parse_transaction, transaction_object
from guard.core.signature_request import Content, PersonalMessage, SignatureRequest
from guard.core.typed_data import parse_typed_data
from tests.loopback import LoopbackServer, body_of, http_answer

CLEF = "clef"
WEB3SIGNER = "web3signer"


def _unchanged(request: TransactionRequest) -> TransactionRequest:
    return request


class SignerService(LoopbackServer):
    """`with SignerService(CLEF, key) as service:` signs what it is asked to, after `edit`."""

    path = "/"

    def __init__(
        self,
        kind: str,
        key: MemorySigner,
        edit: Callable[[TransactionRequest], TransactionRequest] = _unchanged,
    ) -> None:
        super().__init__()
        self.questions: list[dict[str, Any]] = []
        self._kind = kind
        self._key = key
        self._edit = edit

    def handle(self, client: socket.socket, request: bytes) -> None:
        question = json.loads(body_of(request))
        self.questions.append(question)
        client.sendall(http_answer(json.dumps(self._answer(question)).encode()))

    def _content(self, question: dict[str, Any]) -> Content | None:
        """Return what a question asks to be signed that is no transaction, read as each of the two does."""
        parameters = question["params"]
        if self._kind == CLEF and question["method"] == "account_signTypedData":
            return parse_typed_data(parameters[1])
        if self._kind == CLEF and question["method"] == "account_signData":
            assert parameters[0] == "text/plain"
            return PersonalMessage(data=bytes.fromhex(parameters[2][2:]))
        if self._kind == WEB3SIGNER and question["method"] == "eth_signTypedData":
            return parse_typed_data(json.loads(parameters[1]))
        if self._kind == WEB3SIGNER and question["method"] == "eth_sign":
            return PersonalMessage(data=bytes.fromhex(parameters[1][2:]))
        return None

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        method = {CLEF: "account_signTransaction", WEB3SIGNER: "eth_signTransaction"}[self._kind]
        answer = {"jsonrpc": "2.0", "id": question["id"]}
        content = self._content(question)
        if content is not None:
            signature = self._key.sign_content(SignatureRequest(sender=self._key.address, content=content))
            # clef's own form and, for the other, the parity as it is.
            v = signature[64] if self._kind == CLEF else signature[64] - 27
            return {**answer, "result": "0x" + signature[:64].hex() + f"{v:02x}"}
        if question["method"] != method:
            return {**answer, "error": {"code": -32601, "message": "the method does not exist"}}
        edited = self._edit(parse_transaction(question["params"][0]))
        raw = "0x" + self._key.sign(edited).hex()
        if self._kind == CLEF:
            return {**answer, "result": {"raw": raw, "tx": transaction_object(edited)}}
        return {**answer, "result": raw}
