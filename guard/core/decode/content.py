"""Signatures that are no transactions: texts, bare hashes, delegations, and structured data.

What belongs here: which of them it is. What must not: any one structure; those have files of their own.
"""

from __future__ import annotations

from guard.core.address import Address
from guard.core.authorization import Delegation
from guard.core.decode.function import Nest
from guard.core.decode.sign_in import read_sign_in, shown_message
from guard.core.decode.structures import reader_of
from guard.core.decode.structures.structure import Signing
from guard.core.intent import Authorization, Delegate, Intent, Message, OpaqueHash, Unknown
from guard.core.signature_request import BareHash, PersonalMessage, SignatureRequest
from guard.core.text import escape_untrusted
from guard.core.typed_data import TypedData
from guard.errors import UnreadableArguments

_HASH_SIZE = 32


def intent_of(request: SignatureRequest, nest: Nest) -> Intent:
    """Return what a signature says; Unknown for a structure that no family knows.

    `nest` reads a call that the signature allows, within the bounds on depth and count.
    """
    content = request.content
    if isinstance(content, Delegation):
        return _delegate(content, request.sender)
    if isinstance(content, BareHash):
        return OpaqueHash(hash="0x" + content.data.hex(), form="eth_sign")
    if isinstance(content, PersonalMessage):
        return _message(content.data)
    return _structure(request, content, nest)


def _structure(request: SignatureRequest, data: TypedData, nest: Nest) -> Intent:
    name = escape_untrusted(data.primary_type, limit=80)
    reader = reader_of(data)
    if reader is None:
        return Unknown(reason=f"the structure {name} is not known by its declaration", selector=None)
    signing = Signing(signer=request.sender, domain=data.domain, message=data.message, nest=nest)
    try:
        return reader(signing)
    except UnreadableArguments as error:
        return Unknown(reason=f"the structure {name}: {error.message}", selector=None)


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
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Message(text=None, size=len(data))
    sign_in = read_sign_in(text)
    shown, is_cut = shown_message(text)
    return Message(
        text=shown,
        size=len(data),
        is_cut=is_cut,
        domain=None if sign_in is None else sign_in.domain,
        chain_id=None if sign_in is None else sign_in.chain_id,
    )
