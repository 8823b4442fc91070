"""How much a right over tokens gives: in words, and against the whole of the token.

What belongs here: the measures that the rules on approvals and on permits share. What must not: what is
thought of a measure. It reads `tokens`, which a rule that asks here names in `needs` or `helped_by`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Context, Decimal

from guard.core.amounts import MAX_UINT256
from guard.core.intent import AssetKind
from guard.core.right import Right
from guard.core.rules.seen import token_of
from guard.core.subject import Subject
from guard.core.world import TokenState

BOUNDLESS = 2**159
"""An amount that no token has: Permit2's largest is 2^160-1, other tokens' 2^256-1, and the largest supplies
known are below 2^140. It holds where nothing is known of the token."""

_EXACT = Context(prec=100)


def approvals_in(subject: Subject) -> Iterator[Right]:
    """Yield what approvals and operators are given, at every depth."""
    return (right for right in subject.rights if not right.is_permit and _is_given(subject, right))


def permits_in(subject: Subject) -> Iterator[Right]:
    """Yield what permits give, one for each token, at every depth."""
    return (right for right in subject.rights if right.is_permit)


def _is_given(subject: Subject, right: Right) -> bool:
    """Whether something is: 0 of an ERC-20 token takes away, and elsewhere 0 may be the id of a piece."""
    if right.amount != 0:
        return True
    state = token_of(subject, right.token)
    return state is None or state.kind is not AssetKind.ERC20


def is_piece(right: Right, state: TokenState | None) -> bool:
    """Whether the amount is the id of one piece, by the token's own answers."""
    return right.may_be_piece and state is not None and state.kind is AssetKind.ERC721


def comes_to(right: Right, state: TokenState | None) -> int:
    """Return what may be taken after it, in the smallest unit: an increase adds to what stood before."""
    standing = 0
    if right.is_increase and state is not None:
        standing = state.allowances.get((right.owner, right.spender), 0)
    return (right.amount or 0) + standing


def is_unlimited(subject: Subject, right: Right) -> bool:
    """Whether a right to an amount is as good as one to everything; never of an operator's."""
    state = token_of(subject, right.token)
    if is_piece(right, state):
        # A collection that lies about its kind could hide an allowance; nobody has a piece of this id.
        return right.amount == MAX_UINT256
    amount = comes_to(right, state)
    if amount >= BOUNDLESS:
        return True
    supply = None if state is None else state.total_supply
    return (
        supply is not None and amount > 0 and amount * 100 >= supply * subject.policy.unlimited_supply_percent
    )


def in_words(subject: Subject, right: Right) -> str:
    """Return what may be taken, such as `100 USDC (0x…)` or `piece 7 of 0x…`."""
    state = token_of(subject, right.token)
    if right.amount is None:
        return f"everything in {right.token}"
    if is_piece(right, state):
        return f"piece {right.amount} of {right.token}"
    amount = comes_to(right, state)
    if amount >= BOUNDLESS:
        return f"any amount of {right.token}"
    if state is None or state.decimals is None:
        return f"{amount} of the smallest unit of {right.token}"
    whole = f"{Decimal(amount).scaleb(-state.decimals, context=_EXACT):f}"
    plain = whole.rstrip("0").rstrip(".") if "." in whole else whole
    return f"{plain} {state.symbol or 'units'} ({right.token})"
