"""The signer process, from outside: started for one key, asked once, and gone before its answer is used.

Rule 1: this process never holds a key. The password and what is signed go through a pipe, and are in no
argument, no variable and no file.
Rule 2: whatever the child does, crash, hang or talk nonsense, ends in an error within the deadline.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from guard.adapters.key_file import KeyFile, ScryptCost
from guard.core.address import Address
from guard.core.authorization import Delegation
from guard.core.request import TransactionRequest
from guard.core.rpc_transaction import transaction_object
from guard.core.signature import Signature
from guard.core.signature_document import signature_object
from guard.core.signature_request import SignatureRequest
from guard.core.strict_json import parse_object
from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.errors import GuardError, KeystoreError

DEADLINE_S = 120.0
"""Seconds for one signature: the dearest key derivation that is accepted takes some twenty."""

_ROOT = Path(__file__).resolve().parent.parent.parent
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from guard.adapters.signer_child import main; main()"
# Isolated from PYTHON* variables, the user's site and the working directory; this same copy of the code.
COMMAND = (sys.executable, "-I", "-c", _PROGRAM, str(_ROOT))

_KEPT_VARIABLES = ("LD_LIBRARY_PATH", "SYSTEMROOT")
"""What an interpreter may need to start; the child gets no other variable."""
_END_S = 2.0
"""Seconds for the child to be gone after its answer; it ends itself after one."""
_PIECE_BYTES = 64 * 1024
_MAX_ANSWER_BYTES = 1024 * 1024
_RAW = re.compile(r"0x((?:[0-9a-f]{2})+)")
_NUMBER = re.compile(r"0x[0-9a-f]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """A key, encrypted."""

    document: bytes
    """The key file to be written."""
    address: Address
    """Whose it is."""


def sign_in_child(
    key_file: KeyFile, password: str, request: TransactionRequest, *, seconds: float = DEADLINE_S
) -> bytes:
    """Return the signed bytes of `request`; the child reads and judges the file itself, and opens it.

    Raises KeystoreError for a file, a password or an account that does not fit, and for a child that fails.
    """
    question = {
        "operation": "sign",
        "path": os.path.abspath(key_file.path),
        "password": password,
        "transaction": transaction_object(request),
    }
    return _bytes(*_ask(question, ("raw",), seconds))


def sign_content_in_child(
    key_file: KeyFile, password: str, request: SignatureRequest, *, seconds: float = DEADLINE_S
) -> bytes:
    """Return the 65 bytes of a signature under a text or typed data; the child makes the hash itself.

    Raises KeystoreError as `sign_in_child` does, and for a request that is never signed.
    """
    question = {
        "operation": "sign content",
        "path": os.path.abspath(key_file.path),
        "password": password,
        "content": signature_object(request),
    }
    return _bytes(*_ask(question, ("signature",), seconds))


def _bytes(text: str) -> bytes:
    match = _RAW.fullmatch(text)
    if match is None:
        raise _failed("its answer is not signed bytes")
    return bytes.fromhex(match[1])


def sign_authorization_in_child(
    key_file: KeyFile, password: str, delegation: Delegation, sender: Address, *, seconds: float = DEADLINE_S
) -> Signature:
    """Return the sender's signature under an authorization that names the zero address.

    The child makes the hash itself, and refuses every other delegate. Raises KeystoreError as `sign_in_child`
    does.
    """
    question = {
        "operation": "sign authorization",
        "path": os.path.abspath(key_file.path),
        "password": password,
        "sender": sender,
        "delegation": asdict(delegation),
    }
    parts = _ask(question, ("y_parity", "r", "s"), seconds)
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise _failed("its answer is not a signature")
    y_parity, r, s = (int(part, 16) for part in parts)
    return Signature(y_parity=y_parity, r=r, s=s)


def seal_in_child(
    key: bytes | None, password: str, cost: ScryptCost, *, seconds: float = DEADLINE_S
) -> SealedKey:
    """Return a key file of `key`, or of a fresh one that only the child ever sees; raises KeystoreError."""
    question = {
        "operation": "seal",
        "key": None if key is None else key.hex(),
        "password": password,
        "cost": asdict(cost),
    }
    return _sealed(_ask(question, ("address", "document"), seconds))


def seal_again_in_child(
    key_file: KeyFile, password: str, new_password: str, cost: ScryptCost, *, seconds: float = DEADLINE_S
) -> SealedKey:
    """Return a key file of the same key under another password; raises KeystoreError."""
    question = {
        "operation": "seal again",
        "path": os.path.abspath(key_file.path),
        "password": password,
        "new_password": new_password,
        "cost": asdict(cost),
    }
    return _sealed(_ask(question, ("address", "document"), seconds))


def _sealed(answer: tuple[str, ...]) -> SealedKey:
    address, document = answer
    return SealedKey(document=document.encode(), address=Address.parse(address))


def _ask(question: Mapping[str, object], expected: tuple[str, ...], seconds: float) -> tuple[str, ...]:
    """Return the expected texts of the child's answer; raises KeystoreError for everything else."""
    asked = json.dumps({**question, "seconds": seconds}).encode()
    answer, status = _run(asked, Deadline.after(seconds))
    if status != 0:
        raise _failed(f"it ended early ({f'signal {-status}' if status < 0 else f'exit code {status}'})")
    try:
        told = parse_object(answer, max_bytes=_MAX_ANSWER_BYTES)
    except GuardError as error:
        raise _failed(f"its answer is {error.message}") from None
    refusal = told.get("error")
    if isinstance(refusal, dict):
        message, hint = (escape_untrusted(str(refusal.get(name, ""))) for name in ("message", "hint"))
        raise KeystoreError(message, hint=hint or "nothing was signed")
    texts = tuple(told[name] for name in expected if isinstance(told.get(name), str))
    if set(told) != set(expected) or len(texts) != len(expected):
        raise _failed("its answer does not hold what was asked for")
    return texts


def _run(asked: bytes, deadline: Deadline) -> tuple[bytes, int]:
    """Start the child, ask it, and return its answer and its exit status once it is gone."""
    variables = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        child = subprocess.Popen(  # noqa: S603  our own code, by this interpreter
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A traceback shows lines of code, and what a library dumps when it fails is anybody's guess.
            stderr=subprocess.DEVNULL,
            env=variables,
            # A person's Ctrl-C is for the wallet, which then ends the child.
            start_new_session=True,
        )
    except OSError as error:
        raise _failed(f"it could not be started: {error.strerror or type(error).__name__}") from error
    with child:
        try:
            answer = _converse(child, asked, deadline)
            return answer, child.wait(timeout=min(_END_S, deadline.remaining()))
        except subprocess.TimeoutExpired:
            raise _failed("it did not end after its answer") from None
        finally:
            child.kill()


def _converse(child: subprocess.Popen[bytes], asked: bytes, deadline: Deadline) -> bytes:
    """Write the question and read the answer to its end, whichever the child does first."""
    assert child.stdin is not None
    assert child.stdout is not None
    rest, answer = memoryview(asked), bytearray()
    os.set_blocking(child.stdin.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdin, selectors.EVENT_WRITE)
        selector.register(child.stdout, selectors.EVENT_READ)
        while child.stdout in (key.fileobj for key in selector.get_map().values()):
            ready = selector.select(deadline.remaining())
            if deadline.remaining() == 0:
                raise _failed("it did not answer in time")
            for key, _ in ready:
                if key.fileobj is child.stdin:
                    rest = _write_some(child.stdin.fileno(), rest)
                    if not rest:
                        selector.unregister(child.stdin)
                        child.stdin.close()
                    continue
                piece = os.read(child.stdout.fileno(), _PIECE_BYTES)
                answer += piece
                if len(answer) > _MAX_ANSWER_BYTES:
                    raise _failed("its answer does not end")
                if not piece:
                    selector.unregister(child.stdout)
    return bytes(answer)


def _write_some(descriptor: int, rest: memoryview) -> memoryview:
    """Write what the pipe takes and return what is left: nothing, where the child reads no more."""
    try:
        return rest[os.write(descriptor, rest[:_PIECE_BYTES]) :]
    except BrokenPipeError:
        return rest[:0]


def _failed(problem: str) -> KeystoreError:
    return KeystoreError(
        f"the signer process failed: {problem}",
        hint="nothing was signed; try again, and report it if it happens twice",
    )
