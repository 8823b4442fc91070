"""A structure that can be read: the hash of its declaration, the declaration, and what a signature does.

What belongs here: the form of a structure and of a reading. What must not: any one structure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from guard.core.abi import Value
from guard.core.address import Address
from guard.core.decode.function import Nest
from guard.core.intent import Asset, AssetKind, Intent
from guard.core.typed_data import Domain
from guard.errors import UnreadableArguments

ZERO = Address("0x" + "0" * 40)
"""What stands for nobody, or for the chain's own coin."""
NATIVE_COIN = Address("0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE")
"""What several markets write for the chain's own coin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What a reader knows of one signature."""

    signer: Address
    """Whose key signs."""
    domain: Domain
    """For whom it is meant."""
    message: Mapping[str, Value]
    """The structure's members, in their canonical form."""
    nest: Nest
    """Reads a call inside of it, within the bounds on depth and count."""

    @property
    def contract(self) -> Address:
        """The contract that reads the signature; raises UnreadableArguments where the domain names none."""
        if self.domain.verifying_contract is None:
            raise UnreadableArguments("its domain names no contract, so it is not told whose assets it moves")
        return self.domain.verifying_contract


Reader: TypeAlias = Callable[[Signing], Intent]
"""Returns what a signature does; raises UnreadableArguments for members that mean nothing."""


@dataclass(frozen=True, slots=True)
class Structure:
    """One structure that this version reads."""

    type_hash: str
    """64 hex digits: the keccak-256 of the declaration, as data; a test computes it."""
    encoded_type: str
    """The declaration, as EIP-712's encodeType writes it."""
    reader: Reader
    """What a signature under it does."""


def someone(address: Address) -> Address | None:
    """Return the account, or None where the zero address stands for nobody."""
    return None if address == ZERO else address


def coin(token: Address, amount: int) -> Asset:
    """Return some of a fungible token, or of the chain's own coin where the address stands for that."""
    if token in (ZERO, NATIVE_COIN):
        return Asset(kind=AssetKind.NATIVE, token=None, amount=amount)
    return Asset(kind=AssetKind.ERC20, token=token, amount=amount)


def choice(number: int, words: tuple[str, ...], what: str) -> str:
    """Return the word for a number of an enumeration; raises UnreadableArguments beyond its end."""
    if number >= len(words):
        raise UnreadableArguments(f"there is no {what} {number}")
    return words[number]
