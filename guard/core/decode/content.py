"""Signatures that are no transactions: texts, bare hashes, and structured data.

What belongs here: which of them it is. What must not: any one structure; those have files of their own.
"""

from __future__ import annotations

from guard.core.address import Address
from guard.core.authorization import Delegation
from guard.core.intent import Authorization, Delegate, Intent, Message, OpaqueHash, Unknown
from guard.core.signature_request import BareHash, PersonalMessage, SignatureRequest
from guard.core.text import escape_untrusted

_HASH_SIZE = 32


def intent_of(request: SignatureRequest) -> Intent:
    """Return what a signature says; Unknown for a structure that no family knows."""
    content = request.content
    if isinstance(content, Delegation):
        return _delegate(content, request.sender)
    if isinstance(content, BareHash):
        return OpaqueHash(hash="0x" + content.data.hex(), form="eth_sign")
    if isinstance(content, PersonalMessage):
        return _message(content.data)
    return Unknown(
        reason=f"the structure {escape_untrusted(content.primary_type, limit=80)} is not known",
        selector=None,
    )


def _delegate(delegation: Delegation, authority: Address) -> Intent:
    authorization = Authorization(
        chain_id=delegation.chain_id,
        delegate=delegation.delegate,
        nonce=delegation.nonce,
        authority=authority,
    )
    return Delegate(authorizations=(authorization,), call=None)


def _message(data: bytes) -> Intent:
    # A message of exactly the size of a hash may be a transaction's, whatever it is called.
    if len(data) == _HASH_SIZE:
        return OpaqueHash(hash="0x" + data.hex(), form="personal_sign")
    try:
        text: str | None = escape_untrusted(data.decode("utf-8"), limit=512)
    except UnicodeDecodeError:
        text = None
    return Message(text=text, size=len(data))
