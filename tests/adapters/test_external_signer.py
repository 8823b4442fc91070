"""External signers: asked once, read from scratch, and refused whatever else they sign or say."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guard.adapters.external_signer import ExternalSigner, SignerAddress, SignerKind, parse_signer
from guard.adapters.keystore import MemorySigner
from guard.adapters.recover import recover
from guard.core.address import NOBODY, Address
from guard.core.authorization import Delegation
from guard.core.request import LegacyFee, TransactionRequest
from guard.core.rpc_transaction import parse_transaction, transaction_object
from guard.core.signature_request import BareHash, PersonalMessage, SignatureRequest
from guard.errors import (
    ConfigurationError,
    ConfirmationRequired,
    DigestMismatch,
    GuardError,
    InvalidRequest,
    KeystoreError,
)
from tests import hostile_service
from tests.adapters.values import SIGNER, request, signature_request
from tests.hostile_service import HostileService
from tests.signer_service import CLEF, WEB3SIGNER, SignerService

OTHER = MemorySigner(b"\x09" * 32)
KINDS = [CLEF, WEB3SIGNER]
both = pytest.mark.parametrize("kind", KINDS)


def signer(service: Any, kind: str = CLEF, timeout_s: float = 20.0) -> ExternalSigner:
    return ExternalSigner(parse_signer(f"{kind}+{service.url}"), recover, lambda _: None, timeout_s=timeout_s)


@both
@pytest.mark.parametrize(
    "of",
    [
        request(),
        request(fee=LegacyFee(gas_price=10**9)),
        request(to=None, data=b"\x60\x00", value=0),
        request(data=bytes(120_000)),
    ],
    ids=["market fee", "legacy", "deployment", "large"],
)
def test_an_honest_signer_is_asked_once_for_exactly_the_request(kind: str, of: TransactionRequest) -> None:
    with SignerService(kind, SIGNER) as service:
        assert signer(service, kind).sign(of) == SIGNER.sign(of)
    method = {CLEF: "account_signTransaction", WEB3SIGNER: "eth_signTransaction"}[kind]
    assert service.questions == [
        {"jsonrpc": "2.0", "id": 1, "method": method, "params": [transaction_object(of)]}
    ]
    assert parse_transaction(service.questions[0]["params"][0]) == of


EDITS: dict[str, dict[str, Any]] = {
    "value": {"value": 10**18},
    "recipient": {"to": Address.from_bytes(b"\x66" * 20)},
    "chain id": {"chain_id": 5},
    "nonce": {"nonce": 999},
    "data": {"data": b"\x01"},
    "gas": {"gas_limit": 21_001},
    "fee": {"fee": LegacyFee(gas_price=1)},
}


@both
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_signer_that_edits_is_refused(kind: str, edit: dict[str, Any]) -> None:
    with (
        SignerService(kind, SIGNER, edit=lambda of: replace(of, **edit)) as service,
        pytest.raises(DigestMismatch, match="the signed bytes are not the transaction that was scored"),
    ):
        signer(service, kind).sign(request())


@both
def test_a_signature_of_another_account_is_refused(kind: str) -> None:
    with (
        SignerService(kind, OTHER, edit=lambda of: replace(of, sender=OTHER.address)) as service,
        pytest.raises(DigestMismatch, match=f"the signer used the key of {OTHER.address}, not of"),
    ):
        signer(service, kind).sign(request())


def result_of(raw: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 1, "result": raw}


GARBAGE: list[tuple[object, str]] = [
    (result_of(None), "its answer holds no signed bytes"),
    (result_of("0x"), "its answer holds no signed bytes"),
    (result_of("0xzz"), "its answer holds no signed bytes"),
    (result_of({"raw": None}), "its answer holds no signed bytes"),
    (result_of({"raw": ["0x00"]}), "its answer holds no signed bytes"),
    ({"jsonrpc": "2.0", "id": 2, "result": "0x00"}, "its answer belongs to another question"),
    ({"jsonrpc": "2.0", "id": 1}, "its answer holds no signed bytes"),
    ([result_of("0x00")], "its answer is not a JSON object"),
    ("<html>", "its answer is not a JSON object"),
]


@both
@pytest.mark.parametrize(("answer", "told"), GARBAGE, ids=[str(number) for number in range(len(GARBAGE))])
def test_garbage_is_a_keystore_error(kind: str, answer: object, told: str) -> None:
    with (
        HostileService(hostile_service.answering(json.dumps(answer).encode())) as service,
        pytest.raises(KeystoreError) as caught,
    ):
        signer(service, kind).sign(request())
    assert (caught.value.message, caught.value.code) == (f"the signer failed: {told}", "signer")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("0x00", "signed bytes of type 0x00 are not supported"),
        ("0x02c0", "a list of 12 fields"),
        ("0x" + SIGNER.sign(request()).hex() + "00", "cannot be read"),
    ],
)
def test_bytes_that_are_no_transaction_are_a_keystore_error(raw: str, told: str) -> None:
    with (
        HostileService(hostile_service.answering(json.dumps(result_of(raw)).encode())) as service,
        pytest.raises(KeystoreError, match=f"what it signed cannot be read: .*{told}|{told}"),
    ):
        signer(service, WEB3SIGNER).sign(request())


FAULTS = {
    "drip_body": "did not sign within",
    "drip_headers": "did not sign within",
    "silent": "did not sign within",
    "flood_body": "sent more than 1048576 bytes|before its answer was complete",
    "flood_chunks": "sent more than 1048576 bytes",
    "gzip_bomb": "a body encoded as 'gzip'",
    "cut_off": "before its answer was complete",
    "close_after_request": "before its answer was complete",
    "not_http": "closed the connection|not HTTP|before its answer",
    "HTML": "its answer is not JSON",
    "EMPTY": "its answer is not JSON",
    "NAN": "its answer is NaN",
    "TRACEBACK": "it answered with the status 500",
    "DUPLICATE_SAFE_LAST": "a key given twice",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_hostile_signer_is_a_keystore_error_within_the_deadline(fault: str) -> None:
    with HostileService(getattr(hostile_service, fault)) as service:
        seconds = 0.4 if "did not sign" in FAULTS[fault] else 20.0
        with pytest.raises(KeystoreError, match=FAULTS[fault]) as caught:
            signer(service, timeout_s=seconds).sign(request())
    assert "secret-of-the-service" not in f"{caught.value.message}{caught.value.hint}"
    assert "127.0.0.1" not in f"{caught.value.message}{caught.value.hint}"


def test_a_redirect_is_not_followed() -> None:
    with SignerService(CLEF, SIGNER) as honest:
        with (
            HostileService(hostile_service.redirecting(honest.url)) as service,
            pytest.raises(KeystoreError, match="a redirect, and none is followed"),
        ):
            signer(service).sign(request())
        assert honest.questions == []


def test_no_proxy_of_the_environment_comes_between(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with SignerService(CLEF, SIGNER) as service:
        assert signer(service).sign(request()) == SIGNER.sign(request())


def test_a_signer_that_is_not_there_is_a_keystore_error() -> None:
    with SignerService(CLEF, SIGNER) as service:
        url = service.url
    gone = ExternalSigner(parse_signer(f"clef+{url}"), recover, lambda _: None, timeout_s=20)
    with pytest.raises(KeystoreError, match="it could not be reached: Connection refused"):
        gone.sign(request())


def refusal(code: int, message: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}).encode()


@both
@pytest.mark.parametrize(
    ("code", "message", "kind_of_error", "told"),
    [
        (-32000, "Request denied", ConfirmationRequired, "the signer refused: Request denied"),
        (4001, "no", ConfirmationRequired, "the signer refused: no"),
        (-32000, "User rejected the request.", ConfirmationRequired, "the signer refused: User rejected"),
        (-32000, "unknown account", KeystoreError, "the signer failed: it refused: unknown account"),
        (-32000, "x\x1b[2J\u202ey", KeystoreError, r"it refused: x\\x1b\[2J\\u202ey"),
        (-32601, None, KeystoreError, "it refused: None"),
        (-32000, "undeniable", KeystoreError, "it refused: undeniable"),
    ],
)
@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request"])
def test_a_no_at_the_signer_is_a_persons_and_any_other_refusal_a_keystore_error(
    kind: str, code: int, message: object, kind_of_error: type[GuardError], told: str, status: str
) -> None:
    with (
        HostileService(hostile_service.answering(refusal(code, message), status=status)) as service,
        pytest.raises(kind_of_error, match=told) as caught,
    ):
        signer(service, kind).sign(request())
    assert type(caught.value) is kind_of_error


def test_the_signer_says_what_it_waits_for() -> None:
    told: list[str] = []
    with SignerService(CLEF, SIGNER) as service:
        address = parse_signer(f"clef+{service.url}")
        ExternalSigner(address, recover, told.append, timeout_s=20).sign(request())
    assert told == ["waiting for clef to sign, for at most 20 s"]


# Addresses


def test_the_forms_of_an_address() -> None:
    assert parse_signer("clef+http://127.0.0.1:8550") == SignerAddress(
        kind=SignerKind.CLEF, url="http://127.0.0.1:8550", socket_path=None
    )
    assert parse_signer("web3signer+https://host.example/path") == SignerAddress(
        kind=SignerKind.WEB3SIGNER, url="https://host.example/path", socket_path=None
    )
    assert parse_signer("clef+unix:///home/me/.clef/clef.ipc") == SignerAddress(
        kind=SignerKind.CLEF, url=None, socket_path=Path("/home/me/.clef/clef.ipc")
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("http://127.0.0.1:8550", "does not say what kind of signer it is"),
        ("ledger+http://127.0.0.1", "does not say what kind"),
        ("clef+", "does not say what kind"),
        ("clef", "does not say what kind"),
        ("", "does not say what kind"),
        ("clef+unix://clef.ipc", "is not an absolute path"),
        ("clef+http://192.0.2.1:8550", "is plain http"),
        ("clef+ftp://127.0.0.1", "is not an address of the form"),
        ("clef+https://user:hunter2@host.example/", "an address with a user name or password"),
        ("https://user:hunter2@host.example/", "an address with a user name or password"),
    ],
)
def test_an_address_that_may_not_be_asked_is_a_configuration_error(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        parse_signer(text)
    assert "hunter2" not in f"{caught.value.message}{caught.value.hint}"


# A socket


@contextmanager
def listening(
    folder: Path, answer: bytes, *, stays: bool = False, drips: bool = False
) -> Iterator[tuple[Path, list[bytes]]]:
    """Answer one question on a Unix socket with these bytes."""
    # A socket's path is short on some systems, and a test's folder long.
    path = Path(os.path.relpath(folder)) / "clef.ipc" if len(str(folder)) > 80 else folder / "clef.ipc"
    asked: list[bytes] = []
    over = threading.Event()

    def serve(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with client:
            question = b""
            while not question.endswith(b"\n"):
                question += client.recv(65536)
            asked.append(question)
            try:
                client.sendall(answer)
            except OSError:
                return
            if stays:
                over.wait(20)
            with suppress(OSError):
                while drips and not over.is_set():
                    client.send(b" ")

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield path.absolute(), asked
        over.set()
        thread.join(20)


def over_socket(path: Path, timeout_s: float = 20.0) -> ExternalSigner:
    return ExternalSigner(parse_signer(f"clef+unix://{path}"), recover, lambda _: None, timeout_s=timeout_s)


def test_clef_is_asked_over_its_socket(tmp_path: Path) -> None:
    raw = "0x" + SIGNER.sign(request()).hex()
    answer = json.dumps(result_of({"raw": raw, "tx": {}})).encode() + b"\n"
    with listening(tmp_path, answer, stays=True) as (path, asked):
        assert over_socket(path).sign(request()) == SIGNER.sign(request())
    (question,) = asked
    assert json.loads(question)["params"] == [transaction_object(request())]


@pytest.mark.parametrize(
    ("answer", "stays", "told"),
    [
        (b"", False, "its answer is not JSON"),
        (b"{", False, "its answer is not JSON"),
        (b" " * 1_100_000, True, "it sent more than 1048576 bytes"),
        (b"{", True, "the signer did not sign within"),
    ],
)
def test_a_socket_that_fails_is_a_keystore_error(
    tmp_path: Path, answer: bytes, stays: bool, told: str
) -> None:
    with listening(tmp_path, answer, stays=stays) as (path, _), pytest.raises(KeystoreError, match=told):
        over_socket(path, 0.4 if "within" in told else 20.0).sign(request())


def test_a_socket_that_drips_is_cut_at_the_deadline(tmp_path: Path) -> None:
    late = pytest.raises(KeystoreError, match=r"the signer did not sign within 0\.2 s")
    with listening(tmp_path, b"{", drips=True) as (path, _), late:
        over_socket(path, 0.2).sign(request())


def test_a_socket_that_is_not_there_is_a_keystore_error(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="it could not be reached: No such file"):
        over_socket(tmp_path / "none.ipc").sign(request())


# Texts and typed data


@both
@pytest.mark.parametrize("of", [signature_request(), signature_request(content=PersonalMessage(data=b"hi"))])
def test_an_honest_signer_signs_a_text_or_typed_data(kind: str, of: SignatureRequest) -> None:
    with SignerService(kind, SIGNER) as service:
        assert signer(service, kind).sign_content(of) == SIGNER.sign_content(of)
    (question,) = service.questions
    assert of.sender in question["params"]


@both
def test_d11_a_signer_is_not_asked_for_a_bare_hash(kind: str) -> None:
    of = signature_request(content=BareHash(data=b"\x11" * 32))
    with SignerService(kind, SIGNER) as service, pytest.raises(InvalidRequest, match="is never signed here"):
        signer(service, kind).sign_content(of)
    assert service.questions == []


@both
def test_what_is_no_signature_is_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for result in (None, 5, {}, "0x", "0x" + "11" * 64, "0x" + "11" * 66, "11" * 65):
        answer = {"jsonrpc": "2.0", "id": 1, "result": result}
        monkeypatch.setattr(SignerService, "_answer", lambda *_, told=answer: told)
        with (
            SignerService(kind, SIGNER) as service,
            pytest.raises(KeystoreError, match="its answer holds no signature of 65 bytes"),
        ):
            signer(service, kind).sign_content(signature_request())


@both
def test_a_signer_is_not_asked_for_an_authorization_and_that_is_told(kind: str) -> None:
    delegation = Delegation(chain_id=1, delegate=NOBODY, nonce=8)
    with SignerService(kind, SIGNER) as service, pytest.raises(KeystoreError) as told:
        signer(service, kind).sign_authorization(delegation, SIGNER.address)
    assert told.value.message == (
        f"{kind} cannot be asked for the authorization that takes a delegation of {SIGNER.address} back"
    )
    assert service.questions == []
