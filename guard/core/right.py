"""A right over somebody's tokens that a request gives, in one form whatever it is given by.

What belongs here: reading approvals, operators and permits as rights, adding up what is given in pieces. What
must not: any judgement, and what the chain knows of the token.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from guard.core.act import Act
from guard.core.address import NOBODY, Address
from guard.core.intent import AllowanceChange, Approve, ApproveAll, Permit

_OF_PIECES = ("approve", "nft-permit")
"""Forms of approvals whose amount may be, or is, the id of a piece: 0 is one too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """What a spender may take of an owner after the request."""

    act: Act
    """The call, or the signature, that gives it."""
    token: Address
    """The token's, or the collection's, contract."""
    owner: Address
    """Whose tokens."""
    spender: Address
    """Who may take them."""
    amount: int | None
    """How much, in the token's smallest unit: the whole that this request gives where it increases an
    allowance more than once; None for everything in the contract (an operator)."""
    is_increase: bool = False
    """Whether it is added to what stood before."""
    may_be_piece: bool = False
    """Whether `amount` may be the id of one piece: ERC-20 and ERC-721 write `approve` alike."""
    expires_at: int | None = None
    """Unix seconds until which the right holds; None for ever."""

    @property
    def is_permit(self) -> bool:
        """Whether it is given by a permit."""
        return isinstance(self.act.intent, Permit)


def rights(acts: Iterable[Act]) -> tuple[Right, ...]:
    """Return the rights that these acts give, in their order.

    What takes a right away is none, nor is one of the zero address, nor of the owner over what is the
    owner's. `approve` with 0 stays, for it may name piece 0 of a collection; see `Right.may_be_piece`.
    """
    found: list[Right] = []
    increased: dict[tuple[Address, Address, Address], int] = {}
    for act in acts:
        for right in _given(act):
            if right.spender in (NOBODY, right.owner):
                continue
            found.append(_added_up(right, increased) if right.is_increase else right)
    return tuple(found)


def _added_up(right: Right, increased: dict[tuple[Address, Address, Address], int]) -> Right:
    key = (right.token, right.owner, right.spender)
    increased[key] = increased.get(key, 0) + (right.amount or 0)
    return Right(
        act=right.act,
        token=right.token,
        owner=right.owner,
        spender=right.spender,
        amount=increased[key],
        is_increase=True,
        expires_at=right.expires_at,
    )


def _given(act: Act) -> Iterator[Right]:
    match act.intent:
        case Approve() as approve:
            yield from _approved(act, approve)
        case ApproveAll(approved=True) as every:
            yield Right(
                act=act, token=every.collection, owner=every.owner, spender=every.operator, amount=None
            )
        case Permit() as permit:
            for grant in permit.grants:
                if grant.amount:
                    yield Right(
                        act=act,
                        token=grant.token,
                        owner=permit.owner,
                        spender=permit.spender,
                        amount=grant.amount,
                        expires_at=grant.expires_at,
                    )
        case _:
            pass


def _approved(act: Act, approve: Approve) -> Iterator[Right]:
    may_be_piece = approve.form in _OF_PIECES
    if approve.change is not AllowanceChange.DECREASE and (approve.amount or may_be_piece):
        yield Right(
            act=act,
            token=approve.token,
            owner=approve.owner,
            spender=approve.spender,
            amount=approve.amount,
            is_increase=approve.change is AllowanceChange.INCREASE,
            may_be_piece=may_be_piece,
            expires_at=approve.expires_at,
        )
