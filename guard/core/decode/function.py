"""A function that can be read: its selector, its signature, and what a call of it does.

What belongs here: the form of a function and of a reading. What must not: any one function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from guard.core import abi
from guard.core.abi import Value
from guard.core.address import Address
from guard.core.intent import Call, Intent

Nest: TypeAlias = Callable[["Frame"], Call]
"""Reads a call inside of the one that is being read, within the bounds on depth and count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A call whose bytes are still to be read."""

    actor: Address
    """In whose name it is made."""
    to: Address | None
    """The account called; None creates a contract."""
    value: int
    """Native value, wei."""
    data: bytes
    """Calldata, or creation code."""
    is_delegatecall: bool = False
    """Whether the code called runs as the actor itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a reader knows besides the arguments."""

    frame: Frame
    """The call whose arguments these are."""
    to: Address
    """The contract called; the frame's `to`, which is told here."""
    nest: Nest
    """Reads a call inside of this one."""


Reader: TypeAlias = Callable[..., Intent]
"""Takes the context and one argument for each type of the signature, and returns the intent."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function that this version reads."""

    selector: str
    """Eight hex digits: the first four bytes of the signature's keccak-256, as data; a test computes it."""
    signature: str
    """Name and types, without spaces, such as `approve(address,uint256)`."""
    reader: Reader
    """What a call of it does."""
    is_payable: bool = False
    """Whether it may carry ether; a call of another that does is named as an oddity."""

    @property
    def types(self) -> str:
        """The types of its arguments."""
        return self.signature[self.signature.index("(") + 1 : -1]

    def calldata(self, *values: Value) -> bytes:
        """Return the canonical calldata of a call with these arguments."""
        return bytes.fromhex(self.selector) + abi.write(self.types, values)

    def read(self, context: Context, values: tuple[Value, ...]) -> Intent:
        """Return what a call with these arguments does."""
        return self.reader(context, *values)
