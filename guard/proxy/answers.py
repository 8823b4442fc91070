"""What the proxy itself answers, as JSON-RPC: results, and faults with the verdict they rest on.

What belongs here: codes, and which error becomes which. What must not: what the node answers.

A refusal is HTTP 200: clients send again, and drop the text, on other statuses. Its code is -32003 (EIP-1474,
transaction rejected), because some clients take -32005 for a reason to try again.

Sources: https://www.jsonrpc.org/specification, https://eips.ethereum.org/EIPS/eip-1474,
https://eips.ethereum.org/EIPS/eip-1193 (4001: a person said no)
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeAlias

from guard.command_line import jsonable
from guard.core.text import escape_once
from guard.errors import (
    CallerError,
    ConfigurationError,
    GuardError,
    HumanError,
    IntegrityError,
    KeystoreError,
    NodeError,
    OutsideError,
)
from guard.report.objects import result

Identity: TypeAlias = str | int | float | None
"""The id by which a caller knows its call again."""

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL = -32603
SERVER_ERROR = -32000
REFUSED = -32003
USER_REJECTED = 4001

NOT_MADE_HERE = "method_not_found"
"""The code of an error for a method that is reviewed, and not carried out."""

_MAX_MESSAGE = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a call has no result."""

    code: int
    """JSON-RPC's number."""
    message: str
    """One line; what decides stands in its first 80 characters, because clients cut what is long."""
    data: object = None
    """What a program may want to know: the verdict where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a call came to."""

    value: object


def fault_of(error: GuardError, *, transaction_hash: str | None = None) -> Fault:
    """Return the fault that an error means; `transaction_hash` names bytes that exist in spite of it."""
    data: object = {"hash": transaction_hash, "error": dict(error.as_mapping())}
    if isinstance(error, HumanError) and error.verdict is not None:
        data = result(error.verdict, ok=False, error=error.as_mapping())
    # A node's error has hints for whoever chose the node; but where money is in doubt, every way on is told.
    is_told = bool(error.hint) and (transaction_hash is not None or not isinstance(error, NodeError))
    message = f"{error.message}; {error.hint}" if is_told else error.message
    return Fault(code=_code(error), message=message, data=jsonable(data))


def _code(error: GuardError) -> int:
    if error.code == NOT_MADE_HERE:
        return METHOD_NOT_FOUND
    if isinstance(error, HumanError):
        # Without a verdict it is the no of a person at the signer.
        return USER_REJECTED if error.verdict is None else REFUSED
    if isinstance(error, OutsideError | IntegrityError | KeystoreError):
        return SERVER_ERROR
    if isinstance(error, CallerError) and not isinstance(error, ConfigurationError):
        return INVALID_PARAMS
    return INTERNAL


def encoded(identity: Identity, answer: Result | Fault) -> bytes:
    """Return an answer as bytes."""
    if isinstance(answer, Result):
        document: dict[str, object] = {"jsonrpc": "2.0", "id": identity, "result": answer.value}
    else:
        message = escape_once(answer.message)
        if len(message) > _MAX_MESSAGE:
            message = message[: _MAX_MESSAGE - 3] + "..."
        error = {"code": answer.code, "message": message}
        if answer.data is not None:
            error["data"] = answer.data
        document = {"jsonrpc": "2.0", "id": identity, "error": error}
    return json.dumps(document, allow_nan=False).encode()
