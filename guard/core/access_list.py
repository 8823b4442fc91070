"""The accounts and storage that a transaction says it will touch (EIP-2930).

What belongs here: the value. What must not: reading it from bytes or JSON.

Source: https://eips.ethereum.org/EIPS/eip-2930
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from guard.core import rlp
from guard.core.address import Address
from guard.core.fields import check_address, check_word, wrong_field

MAX_ITEMS = 16_384
"""Addresses and storage keys of one list; a transaction of the size that nodes take (128 KiB) has fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEntry:
    """One account of an access list. Raises InvalidRequest for a key that is not 32 bytes."""

    address: Address
    """The account."""
    storage_keys: tuple[bytes, ...] = ()
    """Slots of its storage, 32 bytes each."""

    def __post_init__(self) -> None:
        check_address("the access list's address", self.address)
        for key in self.storage_keys:
            check_word("the access list's storage key", key)

    @property
    def fields(self) -> list[rlp.Item]:
        """Its fields in the order of the wire."""
        return [self.address.to_bytes(), list(self.storage_keys)]


def check_access_list(entries: Iterable[object]) -> None:
    """Raise InvalidRequest for what is no AccessEntry, and for more items than any transaction has."""
    items = 0
    for entry in entries:
        if not isinstance(entry, AccessEntry):
            raise wrong_field("access list", entry, "made of AccessEntry values")
        items += 1 + len(entry.storage_keys)
    if items > MAX_ITEMS:
        raise wrong_field("access list", f"{items} items", f"at most {MAX_ITEMS} items")
