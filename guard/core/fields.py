"""The ranges of a transaction's fields, and the one error for what lies outside.

What belongs here: checks that several values share. What must not: any one value, or reading text.
"""

from __future__ import annotations

from guard.core.address import Address
from guard.core.amounts import MAX_UINT256
from guard.core.text import escape_untrusted
from guard.errors import InvalidRequest

MAX_UINT64 = 2**64 - 1
MAX_CHAIN_ID = MAX_UINT64 // 2 - 36
"""The bound that EIP-2294 gives, so that a legacy v fits in 64 bits."""
MAX_NONCE = 2**63 - 1
"""EIP-2681 allows twice as many; no account gets there, and every database holds this as an integer."""

_POWERS = {MAX_UINT64: "2^64-1", MAX_CHAIN_ID: "2^63-37", MAX_NONCE: "2^63-1", MAX_UINT256: "2^256-1"}


def check_address(name: str, address: object) -> None:
    """Raise InvalidRequest for what is no Address."""
    if not isinstance(address, Address):
        raise wrong_field(name, address, "an Address; use Address.parse(text)")


def check_integer(name: str, number: object, least: int, most: int) -> None:
    """Raise InvalidRequest for what is no whole number of this range; `most` is one of the maxima here."""
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise wrong_field(name, number, f"a whole number from {least} to {_POWERS[most]}")


def check_optional(name: str, number: object, least: int, most: int) -> None:
    """Do the same for what is told, and nothing for None."""
    if number is not None:
        check_integer(name, number, least, most)


def check_word(name: str, word: object) -> None:
    """Raise InvalidRequest for what is not 32 bytes."""
    if not isinstance(word, bytes) or len(word) != 32:
        raise wrong_field(name, word, "32 bytes")


def wrong_field(name: str, given: object, expected: str) -> InvalidRequest:
    """Return the error that names a field, what was given and what it must be."""
    return InvalidRequest(
        f"{name} cannot be {escape_untrusted(repr(given), limit=80)}", hint=f"{name} must be {expected}"
    )
