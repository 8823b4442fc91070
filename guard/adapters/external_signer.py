"""Signers that are other programs: clef, and what answers `eth_signTransaction` as Web3Signer does.

Rule 1: a signer is asked for one signature under one request, and what it returns is read from scratch: any
other transaction, or any other account's signature, is refused here.
Rule 2: no password goes to it, and none is asked for.

Sources: https://geth.ethereum.org/docs/tools/clef/apis (`account_signTransaction`, result `raw` and `tx`;
`account_signTypedData`, `account_signData`); https://docs.web3signer.consensys.io/reference/api/json-rpc
(`eth_signTransaction`, result in hex; `eth_signTypedData`; `eth_sign`, which prefixes the text)
"""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from guard.core.address import Address
from guard.core.authorization import Delegation
from guard.core.request import TransactionRequest
from guard.core.rpc_transaction import transaction_object
from guard.core.signature import Signature
from guard.core.signature_request import PersonalMessage, SignatureRequest, hash_to_sign
from guard.core.signed import check_signed, decode_signed
from guard.core.strict_json import parse_object
from guard.core.text import escape_untrusted
from guard.core.typed_data import TypedData, typed_data_object
from guard.deadline import Deadline
from guard.errors import (
    ConfigurationError,
    ConfirmationRequired,
    DeadlineExceeded,
    InvalidJson,
    InvalidRequest,
    KeystoreError,
    OutsideError,
)
from guard.ports import Notify, Recover
from guard.predict.destination import check_destination
from guard.predict.exchange import exchange

MAX_ANSWER_BYTES = 1024 * 1024
"""Bytes of one answer: the largest calldata, in hex, twice (clef repeats the transaction)."""

_SIGNATURE = re.compile(r"0x[0-9a-fA-F]{130}")
_RAW = re.compile(r"0x(?:[0-9a-fA-F]{2})+")
_DENIED = re.compile(r"\b(?:denied|rejected|declined)\b", re.IGNORECASE)
_USER_REJECTED = 4001
"""EIP-1193: a person said no."""
_PIECE_BYTES = 64 * 1024


class SignerKind(Enum):
    """How a signer is asked; the value is what stands before the + of its address."""

    CLEF = "clef"
    WEB3SIGNER = "web3signer"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerAddress:
    """Where a signer is, and how it is asked."""

    kind: SignerKind
    """Which of the two protocols it speaks."""
    url: str | None
    """Its HTTP address; None for one behind a socket."""
    socket_path: Path | None
    """Its Unix socket; None for one behind HTTP."""


def parse_signer(text: str) -> SignerAddress:
    """Read a signer's address: `clef+http://127.0.0.1:8550`, `clef+unix:///path/clef.ipc`,
    `web3signer+https://host/`.

    Plain http is accepted for loopback addresses alone. Raises ConfigurationError for anything else.
    """
    prefix, _, rest = text.partition("+")
    kind = next((kind for kind in SignerKind if kind.value == prefix), None)
    if kind is None or not rest:
        # What stands before an @ is a password more often than not.
        shown = (
            "an address with a user name or password" if "@" in text else escape_untrusted(text, limit=120)
        )
        raise ConfigurationError(
            f"--signer: '{shown}' does not say what kind of signer it is",
            hint="give clef+http://127.0.0.1:8550, clef+unix:///path/clef.ipc or web3signer+https://host/",
        )
    if rest.startswith("unix://"):
        path = Path(rest.removeprefix("unix://"))
        if not path.is_absolute():
            raise ConfigurationError(
                f"--signer: '{escape_untrusted(rest, limit=120)}' is not an absolute path",
                hint="give unix:// and the whole path, such as clef+unix:///home/me/.clef/clef.ipc",
            )
        return SignerAddress(kind=kind, url=None, socket_path=path)
    return SignerAddress(kind=kind, url=check_destination(rest, setting="--signer"), socket_path=None)


class ExternalSigner:
    """Implements the AccountSigner port by asking another program."""

    def __init__(self, address: SignerAddress, recover: Recover, notify: Notify, *, timeout_s: float) -> None:
        """`timeout_s` bounds one signature, in seconds; a person may have to approve it."""
        self._address = address
        self._recover = recover
        self._notify = notify
        self._timeout_s = timeout_s

    def sign(self, request: TransactionRequest) -> bytes:
        """Return the signed bytes of exactly `request`.

        Raises ConfirmationRequired where a person said no at the signer; DigestMismatch where it signed
        something else, or with another key; KeystoreError for every other failure.
        """
        method = "account_signTransaction" if self._address.kind is SignerKind.CLEF else "eth_signTransaction"
        told = self._ask(method, [transaction_object(request)])
        if self._address.kind is SignerKind.CLEF:
            told = told.get("raw") if isinstance(told, dict) else None
        return read_signed(told, request, self._recover)

    def sign_content(self, request: SignatureRequest) -> bytes:
        """Return 65 bytes under a text or typed data; whose they are is for the caller to recover.

        Raises ConfirmationRequired where a person said no at the signer, InvalidRequest for what is never
        signed, KeystoreError for every other failure.
        """
        hash_to_sign(request)
        return read_signature(self._ask(*_content_question(self._address.kind, request)))

    def sign_authorization(self, delegation: Delegation, sender: Address) -> Signature:
        """Refuse: neither of the two protocols has a method for it. Raises KeystoreError."""
        raise KeystoreError(
            f"{self._address.kind.value} cannot be asked for the authorization that takes a delegation of "
            f"{sender} back",
            hint="nothing was signed: use a key file, or the signer's own program",
            code="signer",
        )

    def _ask(self, method: str, parameters: list[Any]) -> object:
        self._notify(f"waiting for {self._address.kind.value} to sign, for at most {self._timeout_s:g} s")
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        body, deadline = json.dumps(question).encode(), Deadline.after(self._timeout_s)
        try:
            if self._address.socket_path is not None:
                answer = _ask_socket(self._address.socket_path, body, deadline)
            else:
                assert self._address.url is not None
                answer = _ask_http(self._address.url, body, deadline)
            told = parse_object(answer, max_bytes=MAX_ANSWER_BYTES)
        except DeadlineExceeded as error:
            raise KeystoreError(
                f"the signer did not sign within {self._timeout_s:g} s",
                hint="nothing was sent, and a later approval is not used; --signer-timeout gives more time",
                code="signer",
            ) from error
        except OutsideError as error:
            raise _failed(error.message.replace("the service", "it")) from error
        except InvalidJson as error:
            raise _failed(f"its answer is {error.message}") from error
        return _result(told)


def read_signed(told: object, request: TransactionRequest, recover: Recover) -> bytes:
    """Read what a signer outside tells as signed bytes, from scratch.

    Raises DigestMismatch unless they carry out exactly `request`, signed by its sender; KeystoreError for
    what is no signed transaction.
    """
    if not isinstance(told, str) or not _RAW.fullmatch(told):
        raise _failed("its answer holds no signed bytes")
    raw = bytes.fromhex(told[2:])
    try:
        signed = decode_signed(raw)
        recovered = recover(signed)
    except InvalidRequest as error:
        raise _failed(f"what it signed cannot be read: {error.message}") from error
    check_signed(signed, recovered, request)
    return raw


def read_signature(told: object) -> bytes:
    """Read what a signer outside tells as a signature of 65 bytes; raises KeystoreError for anything else."""
    if not isinstance(told, str) or not _SIGNATURE.fullmatch(told):
        raise _failed("its answer holds no signature of 65 bytes")
    raw = bytes.fromhex(told[2:])
    # Some write the parity itself where others write 27 and more.
    return raw[:64] + bytes([raw[64] + 27]) if raw[64] < 2 else raw


def _content_question(kind: SignerKind, request: SignatureRequest) -> tuple[str, list[Any]]:
    """Return the method and the parameters with which this kind of signer is asked for a signature."""
    content, is_clef = request.content, kind is SignerKind.CLEF
    if isinstance(content, TypedData):
        document = typed_data_object(content)
        # Web3Signer reads the document from a text.
        return (
            ("account_signTypedData", [request.sender, document])
            if is_clef
            else ("eth_signTypedData", [request.sender, json.dumps(document)])
        )
    assert isinstance(content, PersonalMessage)
    text = "0x" + content.data.hex()
    # Both put the prefix of EIP-191 before the text themselves.
    return (
        ("account_signData", ["text/plain", request.sender, text])
        if is_clef
        else ("eth_sign", [request.sender, text])
    )


def _ask_http(url: str, body: bytes, deadline: Deadline) -> bytes:
    answer = exchange("POST", url, deadline=deadline, body=body, max_bytes=MAX_ANSWER_BYTES)
    if answer.status != 200 and not answer.body.lstrip().startswith(b"{"):
        raise _failed(f"it answered with the status {answer.status}")
    return answer.body


def _ask_socket(path: Path, body: bytes, deadline: Deadline) -> bytes:
    """Return the line that answers a line over a Unix socket, as geth's programs speak there."""
    answer = b""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(max(0.001, deadline.remaining()))
            line.connect(str(path))
            line.sendall(body + b"\n")
            while b"\n" not in answer:
                line.settimeout(max(0.001, deadline.remaining()))
                piece = line.recv(_PIECE_BYTES)
                deadline.check("it answered")
                answer += piece
                if len(answer) > MAX_ANSWER_BYTES:
                    raise _failed(f"it sent more than {MAX_ANSWER_BYTES} bytes")
                if not piece:
                    break
    except TimeoutError as error:
        raise DeadlineExceeded("the signer did not answer in time") from error
    except OSError as error:
        raise _failed(f"it could not be reached: {error.strerror or type(error).__name__}") from error
    return answer.partition(b"\n")[0]


def _result(told: dict[str, Any]) -> object:
    """Return the result of a JSON-RPC answer; raises what its error means."""
    error = told.get("error")
    if error is not None:
        fields = error if isinstance(error, dict) else {}
        said = escape_untrusted(str(fields.get("message", "without a reason")), limit=200)
        if fields.get("code") == _USER_REJECTED or _DENIED.search(said):
            raise ConfirmationRequired(
                f"the signer refused: {said}", hint="nothing was signed: it was not approved there"
            )
        raise _failed(f"it refused: {said}", hint="nothing was signed: does it hold the account of --from?")
    if told.get("id") != 1:
        raise _failed("its answer belongs to another question")
    return told.get("result")


def _failed(problem: str, *, hint: str = "nothing was sent: check --signer, and the signer") -> KeystoreError:
    return KeystoreError(f"the signer failed: {problem}", hint=hint, code="signer")
