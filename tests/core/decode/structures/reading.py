"""One structure, read as a wallet would have it read before it is signed.

What belongs here: the way from a declaration and a message to an intent. What must not: assertions.
"""

from __future__ import annotations

from typing import Any

from guard.core.address import Address
from guard.core.decode import decode
from guard.core.decode.structures import FAMILIES
from guard.core.intent import Intent
from guard.core.rules.examples import SENDER
from guard.core.signature_request import SignatureRequest
from guard.core.typed_data import parse_typed_data
from tests.core.typed_documents import CONTRACT, document

MARKET = Address(CONTRACT)
ZERO = "0x" + "0" * 40
MOST = 2**256 - 1
NAMELESS: dict[str, Any] = {"name": "Somebody", "chainId": 1}
"""A domain that names no contract."""


def declared(start: str) -> str:
    """Return the one declaration that begins like this."""
    (found,) = [
        one.encoded_type for family in FAMILIES for one in family if one.encoded_type.startswith(start)
    ]
    return found


def read(encoded_type: str, message: dict[str, Any], *, domain: dict[str, Any] | None = None) -> Intent:
    """Return what the sender's signature under this structure would do."""
    data = parse_typed_data(document(encoded_type, message, domain=domain))
    assert data.encoded_type == encoded_type
    return decode(SignatureRequest(sender=SENDER, content=data, chain_id=1))
