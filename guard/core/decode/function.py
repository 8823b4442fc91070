"""A function that can be read: its selector, its signature, and what a call of it does.

What belongs here: the form of a function and of a reading. What must not: any one function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from guard.core import abi
from guard.core.abi import Value
from guard.core.address import Address
from guard.core.intent import Call, Intent, Unknown

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
    function: Function | None = None
    """What its bytes are the arguments of, where no selector tells it, as in a router's commands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a reader knows besides the arguments."""

    frame: Frame
    """The call whose arguments these are."""
    to: Address
    """The contract called; the frame's `to`, which is told here."""
    nest: Nest
    """Reads a call inside of this one."""

    @property
    def executor(self) -> Address:
        """The account as which the code called runs: in its name the calls inside are made."""
        return self.frame.actor if self.frame.is_delegatecall else self.to

    def nest_all(self, frames: Iterable[Frame]) -> tuple[Call, ...]:
        """Read calls in their order; the first one beyond the bounds is the last, and stands for the rest."""
        calls: list[Call] = []
        for frame in frames:
            calls.append(self.nest(frame))
            intent = calls[-1].intent
            if isinstance(intent, Unknown) and intent.is_beyond_bound:
                break
        return tuple(calls)

    def inner(self, to: Address, value: int, data: bytes, *, is_delegatecall: bool = False) -> Frame:
        """Return a call that the executor makes.

        The zero address stands for the executor itself in some wrappers (ERC-7821, Safe's MultiSend 1.5.0)
        and for nobody in others: with calldata the first is the worse, without it the second.
        """
        is_itself = not is_delegatecall and bool(data) and not int(to, 16)
        target = self.executor if is_itself else to
        return Frame(actor=self.executor, to=target, value=value, data=data, is_delegatecall=is_delegatecall)

    def step(self, intent: Intent, *, actor: Address | None = None) -> Frame:
        """Return something that the contract does without a call that the payload spells out.

        It is in the executor's name where no other actor is told.
        """
        told = Function("", f"{intent.kind}()", lambda _: intent)
        return Frame(actor=actor or self.executor, to=self.to, value=0, data=b"", function=told)


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
