"""Texts by which a person signs in at a site, https://eips.ethereum.org/EIPS/eip-4361

What belongs here: reading the text. What must not: whether the site is the one that asks; nobody tells that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from guard.core.text import escape_untrusted

MAX_MESSAGE = 8192
"""Characters of a message that are shown; a site chooses what stands where nobody looks any more."""

_FIRST = re.compile(
    r"(?:[a-zA-Z][a-zA-Z0-9+.-]*://)?(?P<domain>[^\s/?#]{1,255})"
    r" wants you to sign in with your Ethereum account:"
)
_CHAIN = re.compile(r"Chain ID: (?P<chain>[1-9][0-9]{0,77})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What a sign-in text says."""

    domain: str
    """The site that asks, escaped."""
    chain_id: int | None
    """The chain that it names; None where it names none, or more than one."""


def shown_message(text: str) -> tuple[str, bool]:
    """Return a message that is signed, escaped, and whether it is too long to be shown to its end."""
    # An escape takes ten characters and the mark of a cut three: no whole text of the limit is longer.
    more = escape_untrusted(text, limit=MAX_MESSAGE + 16)
    return (more, False) if len(more) <= MAX_MESSAGE else (escape_untrusted(text, limit=MAX_MESSAGE), True)


def read_sign_in(text: str) -> SignIn | None:
    """Return what the text says; None where it is not a sign-in text.

    The first line alone decides, as it does for a reader: a text that begins like one and then departs from
    the form is not taken for an ordinary message.
    """
    first, *rest = text.split("\n")
    match = _FIRST.fullmatch(first)
    if match is None:
        return None
    chains = [int(found["chain"]) for found in map(_CHAIN.fullmatch, rest) if found is not None]
    return SignIn(
        domain=escape_untrusted(match["domain"], limit=255), chain_id=chains[0] if len(chains) == 1 else None
    )
