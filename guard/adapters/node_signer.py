"""A node that holds keys, behind the Signer and ContentSigner ports: it signs, and is never asked to send.

Rule: what it returns is read from scratch and compared with what was scored, as with every signer outside.

Sources: https://ethereum.github.io/execution-apis/ (`eth_signTransaction`, result in hex; `eth_sign`, which
prefixes the text); https://geth.ethereum.org/docs/interacting-with-geth/rpc/ns-eth (result `raw` and `tx`)
"""

from __future__ import annotations

from collections.abc import Sequence

from guard.adapters.external_signer import read_signature, read_signed
from guard.adapters.raw_rpc import ABSENT, rpc
from guard.adapters.web3_chain import Web3Chain
from guard.core.request import TransactionRequest
from guard.core.rpc_transaction import transaction_object
from guard.core.signature_request import PersonalMessage, SignatureRequest, hash_to_sign
from guard.core.typed_data import TypedData, typed_data_object
from guard.errors import KeystoreError, NodeError
from guard.ports import Recover


class NodeSigner:
    """Asks one node for signatures by the keys that it holds."""

    def __init__(self, chain: Web3Chain, recover: Recover) -> None:
        self._chain = chain
        self._recover = recover

    def sign(self, request: TransactionRequest) -> bytes:
        """Return the signed bytes of exactly `request`.

        Raises KeystoreError where the node has no way to sign without sending, or returned no signed bytes;
        DigestMismatch where it signed something else; NodeError in the node's own words.
        """
        kind = request.type_byte
        # Nodes guess the type of what does not tell it, and not all alike.
        fields = {**transaction_object(request), **({} if kind is None else {"type": hex(kind)})}
        told = self._first_of([("eth_signTransaction", [fields])])
        return read_signed(told.get("raw") if isinstance(told, dict) else told, request, self._recover)

    def sign_content(self, request: SignatureRequest) -> bytes:
        """Return 65 bytes under a text or typed data; whose they are is for the caller to recover.

        Raises InvalidRequest for what is never signed, KeystoreError and NodeError as `sign` does.
        """
        hash_to_sign(request)
        return read_signature(self._first_of(_content_questions(request)))

    def _first_of(self, questions: Sequence[tuple[str, list[object]]]) -> object:
        """Return the answer to the first of these methods that the node has."""
        for method, parameters in questions:
            try:
                told: object = rpc(self._chain, method, parameters)
            except NodeError as error:
                if error.code != ABSENT:
                    raise
            else:
                return told
        names = " nor ".join(method for method, _ in questions)
        raise KeystoreError(
            f"the node cannot sign without sending: it has no {names}",
            hint="nothing was signed: sign in your own wallet, whose eth_sendRawTransaction is reviewed too",
            code="signer",
        )


def _content_questions(request: SignatureRequest) -> Sequence[tuple[str, list[object]]]:
    content, account = request.content, request.sender
    if isinstance(content, TypedData):
        document = typed_data_object(content)
        return [(method, [account, document]) for method in ("eth_signTypedData_v4", "eth_signTypedData")]
    assert isinstance(content, PersonalMessage)
    text = "0x" + content.data.hex()
    # A node that would sign the text without the prefix makes a signature of nobody's under what was scored.
    return [("personal_sign", [text, account]), ("eth_sign", [account, text])]
