"""What runs inside the signer process: one question read, one key opened, one answer written, and the end.

Rule 1: the process is closed to dumps before the question, which holds the password, is read.
Rule 2: nothing that a library says about a secret leaves; of a fault its kind is told.

`guard.adapters.signer_process` starts it. Few imports: they are paid for at each signature.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from guard.adapters.hardening import die_with_parent, forbid_core_dumps
from guard.adapters.key_cipher import new_key, open_key_file, seal_key
from guard.adapters.key_file import ScryptCost, load_key_file
from guard.adapters.private_key import PrivateKey
from guard.core.address import Address
from guard.core.authorization import Delegation
from guard.core.rpc_transaction import parse_transaction
from guard.core.signature_document import parse_signature
from guard.errors import GuardError, KeystoreError

LINGER_S = 1.0
"""Seconds that this process may live on after the key was used, whoever does not read its answer."""


def main() -> None:
    """Read one question from standard input, write one answer to standard output, and end."""
    try:
        forbid_core_dumps()
        die_with_parent()
        question = json.loads(sys.stdin.buffer.read())
        # The system's own way to end a process that is late; Python need not come to run for it.
        signal.setitimer(signal.ITIMER_REAL, question["seconds"])
        answer = _OPERATIONS[question["operation"]](question)
    except GuardError as error:
        answer = {"error": {"message": error.message, "hint": error.hint}}
    except BaseException as error:  # noqa: BLE001  its text may repeat the password or the key
        answer = {"error": {"message": f"opening the key failed ({type(error).__name__})", "hint": ""}}
    signal.setitimer(signal.ITIMER_REAL, LINGER_S)
    sys.stdout.buffer.write(json.dumps(answer).encode())
    sys.stdout.buffer.flush()
    # Without Python's own ending, which nothing here needs.
    os._exit(0)


def _sign(question: Mapping[str, Any]) -> dict[str, str]:
    request = parse_transaction(question["transaction"])
    return {"raw": "0x" + _key_of(request.sender, question).sign(request).hex()}


def _sign_content(question: Mapping[str, Any]) -> dict[str, str]:
    # The whole document comes in and its hash is made here: no bare hash is ever signed.
    request = parse_signature(question["content"])
    return {"signature": "0x" + _key_of(request.sender, question).sign_content(request).hex()}


def _sign_authorization(question: Mapping[str, Any]) -> dict[str, str]:
    # The fields come in and the hash is made here: no bare hash is ever signed.
    told = question["delegation"]
    delegation = Delegation(
        chain_id=told["chain_id"], delegate=Address.parse(told["delegate"]), nonce=told["nonce"]
    )
    signature = _key_of(Address.parse(question["sender"]), question).sign_authorization(delegation)
    return {name: hex(part) for name, part in asdict(signature).items()}


def _key_of(sender: Address, question: Mapping[str, Any]) -> PrivateKey:
    key_file = load_key_file(Path(question["path"]))
    key = PrivateKey(open_key_file(key_file, question["password"]))
    if key.address != sender:
        raise KeystoreError(
            f"{key_file.path.name} holds the key of {key.address}, not of {sender}",
            hint="nothing was signed: choose the account that pays with --account or --keystore",
        )
    return key


def _seal(question: Mapping[str, Any]) -> dict[str, str]:
    key = new_key() if question["key"] is None else bytes.fromhex(question["key"])
    return _sealed(key, question["password"], question["cost"])


def _seal_again(question: Mapping[str, Any]) -> dict[str, str]:
    key = open_key_file(load_key_file(Path(question["path"])), question["password"])
    return _sealed(key, question["new_password"], question["cost"])


def _sealed(key: bytes, password: str, cost: Mapping[str, int]) -> dict[str, str]:
    return {"document": seal_key(key, password, ScryptCost(**cost)), "address": PrivateKey(key).address}


_OPERATIONS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "sign": _sign,
    "sign content": _sign_content,
    "sign authorization": _sign_authorization,
    "seal": _seal,
    "seal again": _seal_again,
}
