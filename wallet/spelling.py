"""Addresses as they were typed: whether a slip of the hand would have been noticed.

What belongs here: the spelling, which an `Address` has lost. What must not: what is thought of an address.

Source: https://eips.ethereum.org/EIPS/eip-55 (the case of the letters is the checksum)
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.command_line import say
from guard.core.address import Address
from guard.errors import InvalidAddress


def tell_unverified(texts: Iterable[str | None], *, quiet: bool = False) -> None:
    """Say on standard error which of these texts are addresses typed without a checksum.

    An address with a wrong checksum is refused where it is read; in letters of one case it has none.
    """
    for text in texts:
        address = _unverified(text or "")
        if address is not None and not quiet:
            say(
                f"warning: {text} has no checksum (its letters are of one case): a mistyped digit would not"
                f"\n  be noticed. It is read as {address}: compare it with its source"
            )


def _unverified(text: str) -> Address | None:
    """Return the address that a text without a checksum is read as; None for every other text."""
    try:
        address = Address.parse(text)
    except InvalidAddress:
        return None
    return None if address == text else address
