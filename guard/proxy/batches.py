"""Calls of both kinds in one body: those that read go to the node together, the others to the guard.

What belongs here: taking a batch apart, putting its answers together. What must not: how they are made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Sequence

from guard.errors import InvalidJson, NodeError
from guard.proxy.answers import encoded, fault_of
from guard.proxy.calls import Call

AnswerOne = Callable[[Call], Awaitable[bytes]]
"""Returns the encoded answer to one call that is not passed on."""
AskNode = Callable[[bytes], Awaitable[bytes]]
"""Returns the node's answer to a body; raises NodeError."""

_STRUCTURE = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{\]},]', re.DOTALL)
"""Strings, to be passed over (one without an end to the end), and the marks outside them."""


async def answer_batch(calls: Sequence[Call], answer_one: AnswerOne, ask_node: AskNode) -> bytes:
    """Return the answers to a batch that does not only read; each call has its own, at its own place.

    Guarded calls are answered in their order, one after the other: the second may need the first one's nonce.
    """
    reads = [call for call in calls if call.is_read]
    told = await _read_together(reads, ask_node) if reads else []
    answers = [await answer_one(call) for call in calls if not call.is_read]
    places = [place for place, call in enumerate(calls) if not call.is_read]
    for place, answer in zip(places, answers, strict=True):
        told.insert(place, answer)
    return b"[" + b",".join(told) + b"]"


async def _read_together(reads: Sequence[Call], ask_node: AskNode) -> list[bytes]:
    body = json.dumps([call.document for call in reads], allow_nan=False).encode()
    try:
        return split_list(await ask_node(body))
    except (NodeError, InvalidJson) as problem:
        error = problem if isinstance(problem, NodeError) else NodeError("the node answered no batch")
        return [encoded(call.identity, fault_of(error)) for call in reads if "id" in call.document]


def split_list(text: bytes) -> list[bytes]:
    """Return the members of a JSON list as the bytes they are; raises InvalidJson for what is no list.

    Only brackets, commas and strings are looked at: what is between them is the node's own affair.
    """
    text = text.strip()
    if text[:1] != b"[" or text[-1:] != b"]":
        raise InvalidJson("not a list")
    members, depth, start = [], 0, 1
    for mark in _STRUCTURE.finditer(text):
        if mark[0] in (b"[", b"{"):
            depth += 1
        elif mark[0] in (b"]", b"}"):
            depth -= 1
        if (mark[0] == b"," and depth == 1) or depth == 0:
            members.append(text[start : mark.start()].strip())
            start = mark.end()
            if depth == 0:
                break
    if start != len(text):
        raise InvalidJson("not one list")
    return [] if members == [b""] else members
