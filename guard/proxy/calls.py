"""The body of a JSON-RPC request as calls, each of which can be read in exactly one way.

What belongs here: what is a call, and whether it is let through, reviewed or refused by its name. What must
not: what a call does.

Rule 1: what is let through goes to the node as the bytes that came, so nothing in them may have a second
reading: no key twice, and no key beside the four, because some nodes compare keys without regard to case.
Rule 2: a name that is in no table is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from guard.core.rpc_methods import MethodKind, kind_of
from guard.core.strict_json import parse_document
from guard.core.text import escape_untrusted
from guard.errors import InvalidJson
from guard.proxy.answers import INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR, Fault, Identity

MAX_BODY_BYTES = 5 * 1024 * 1024
"""Bytes of one request, batch or message; geth's default limit is the same."""
MAX_CALLS = 1000
"""Calls of one batch; geth's default limit is the same."""

_KEYS = frozenset({"jsonrpc", "id", "method", "params"})
_NO_ID = "the id is neither a text nor a number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, whether or not it is let through."""

    method: str
    """The name, as it was given."""
    document: Mapping[str, object]
    """The whole call."""
    identity: Identity
    """Its id; None where it has none."""
    fault: Fault | None = None
    """Why it is refused at once; None where it is passed on or reviewed."""

    @property
    def is_read(self) -> bool:
        """Whether it is passed on to the node as it is."""
        return self.fault is None and kind_of(self.method) is MethodKind.READS

    @property
    def is_reviewed(self) -> bool:
        """Whether the guard decides about it."""
        return self.fault is None and not self.is_read


def read_body(body: bytes) -> Call | list[Call] | Fault:
    """Return the call of a body, the calls of a batch, or why neither can be read."""
    try:
        document = parse_document(body, max_bytes=MAX_BODY_BYTES)
    except InvalidJson as error:
        return Fault(code=PARSE_ERROR, message=f"the request is {error.message}; {error.hint}")
    if isinstance(document, dict):
        return _read(document)
    if not 1 <= len(document) <= MAX_CALLS:
        return _invalid(f"a batch has 1 to {MAX_CALLS} calls, and this one has {len(document)}")
    if not all(isinstance(item, dict) for item in document):
        return _invalid("a batch is made of calls, and of nothing else")
    return [_read(item) for item in document]


def _read(document: Mapping[str, object]) -> Call:
    method, identity = document.get("method"), document.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | int | float | None):
        identity, problem = None, _NO_ID
    else:
        problem = _problem(document) or ""
    if problem:
        return Call(
            method=method if isinstance(method, str) else "",
            document=document,
            identity=identity,
            fault=_invalid(problem),
        )
    assert isinstance(method, str)
    return Call(
        method=method, document=document, identity=identity, fault=_refused(method, has_id="id" in document)
    )


def _problem(document: Mapping[str, object]) -> str | None:
    """Return why a call is none, or None."""
    others = sorted(escape_untrusted(key, limit=40) for key in document.keys() - _KEYS)
    if others:
        # Some nodes take `Method` for `method`, and the last one that is given.
        return f"the call has keys that no call has: {', '.join(others)[:200]}"
    if document.get("jsonrpc", "2.0") != "2.0":
        return "the call is not of JSON-RPC 2.0"
    if not isinstance(document.get("method"), str):
        return "the call names no method"
    if not isinstance(document.get("params", []), list | dict | None):
        return "the params are neither a list nor an object"
    return None


def _refused(method: str, *, has_id: bool) -> Fault | None:
    kind = kind_of(method)
    if kind is MethodKind.READS:
        return None
    name = escape_untrusted(method, limit=60)
    if kind is MethodKind.SIGNS_OR_SENDS:
        return (
            None
            if has_id
            else _invalid(f"a call of {name} needs an id: nobody would be told what came of it")
        )
    why = {
        MethodKind.REFUSED: "it signs, sends or changes something that cannot be reviewed here",
        MethodKind.DEVELOPMENT: "it commands a test node; ask the node itself",
        MethodKind.UNKNOWN: "what it does is not known here, and names are compared as they are",
    }[kind]
    return Fault(code=METHOD_NOT_FOUND, message=f"the guard does not let {name} through: {why}")


def _invalid(problem: str) -> Fault:
    return Fault(code=INVALID_REQUEST, message=problem)
