"""Addresses, their EIP-55 checksum, and the keccak-256 that both rest on.

What belongs here: reading and showing an address. What must not: any opinion about one.
"""

from __future__ import annotations

import re

from Crypto.Hash import keccak

from guard.core.text import escape_untrusted
from guard.errors import InvalidAddress

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def keccak256(data: bytes) -> bytes:
    """Return the 32-byte Keccak-256 of `data` (the pre-standard padding that Ethereum uses)."""
    return keccak.new(digest_bits=256, data=data).digest()


class Address(str):
    """An account or contract, held as its EIP-55 checksummed text (0x and 40 hex digits).

    Source: https://eips.ethereum.org/EIPS/eip-55
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Address:
        """Read an address as `parse` does: there is no other way to have one."""
        return cls.parse(text)

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address: 0x and 40 hex digits, the checksum verified when the case is mixed.

        Raises InvalidAddress for anything else, spaces and ICAP forms included.
        """
        if not isinstance(text, str) or not _ADDRESS.fullmatch(text):
            raise InvalidAddress(
                f"not an address: '{escape_untrusted(str(text), limit=80)}'",
                hint="give 0x and 40 hex digits",
            )
        checksummed = cls.from_bytes(bytes.fromhex(text[2:]))
        digits = text[2:]
        mixed_case = digits != digits.lower() and digits != digits.upper()
        if mixed_case and text != checksummed:
            raise InvalidAddress(
                f"the checksum of {text} is wrong",
                hint="a character was changed or mistyped: copy the address again from its source",
            )
        return checksummed

    @classmethod
    def from_bytes(cls, raw: bytes) -> Address:
        """Return the address with these 20 bytes; raises InvalidAddress for another length."""
        if len(raw) != 20:
            raise InvalidAddress(f"an address has 20 bytes, not {len(raw)}", hint="give 0x and 40 hex digits")
        digits = raw.hex()
        nibbles = keccak256(digits.encode()).hex()
        capitals = digits.upper()
        # As text, "8" and the hex digits above it come after "7".
        checksummed = [
            capital if nibble > "7" else digit
            for digit, capital, nibble in zip(digits, capitals, nibbles, strict=False)
        ]
        return str.__new__(cls, "0x" + "".join(checksummed))

    def to_bytes(self) -> bytes:
        """Return the 20 bytes."""
        return bytes.fromhex(self[2:])


NOBODY = Address.from_bytes(bytes(20))
"""The zero address: nobody has its key, and contracts use it for "none"."""
