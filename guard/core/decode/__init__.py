"""Decoding: a request becomes an intent, and junk becomes Unknown with a reason, never an exception.

What belongs here: the registry of families, asked in order. A new family is a new file and one entry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from guard.core.decode import creation, erc20, native
from guard.core.intent import Intent, Unknown
from guard.core.request import TransactionRequest

Decoder: TypeAlias = Callable[[TransactionRequest], Intent | None]
"""Returns the intent, or None when the request is not of this family."""

DECODERS: tuple[Decoder, ...] = (creation.decode, native.decode, erc20.decode)


def decode(request: TransactionRequest) -> Intent:
    """Return what `request` does; Unknown, with a reason, when no family can read it."""
    for decoder in DECODERS:
        intent = decoder(request)
        if intent is not None:
            return intent
    if len(request.data) < 4:
        return Unknown(reason="the payload is shorter than a selector", selector=None)
    return Unknown(
        reason="the function called is not one that this version can read",
        selector="0x" + request.data[:4].hex(),
    )
