"""Which rights over a token stand, by the contracts' own answers.

What belongs here: who is asked what, and in which order. What must not: taking a right back, any judgement.

Rule: an answer that cannot be had is an error. It is never taken for "nothing stands".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from guard.core.address import Address
from guard.core.revocation import (
    RightKind,
    StandingRight,
    allowance_question,
    delegate_of,
    interface_questions,
    operator_question,
    permit2_of,
    permit2_question,
    piece_question,
    token_operator_question,
    words_of,
)
from guard.errors import CallerError, NodeError
from guard.ports import Chain, ContractViews


class RightsSource(Chain, ContractViews, Protocol):
    """A node that can be asked about contracts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Whose rights are looked for."""

    owner: Address
    """Who gave them."""
    token: Address
    """Over what: a token's or a collection's contract."""
    spender: Address
    """To whom."""
    token_id: int | None = None
    """The piece of an ERC-721 collection that is meant besides; no contract tells all that are approved."""
    is_collection: bool = False
    """Whether it is taken for a collection, whatever it says of itself."""


def standing_rights(search: Search, chain: RightsSource, *, now: int) -> tuple[StandingRight, ...]:
    """Return every right that stands, in the order in which they are to be taken back.

    `now` is in Unix seconds. Raises CallerError where there is no token or collection at that address;
    NodeError where the node cannot tell.
    """
    if not chain.code(search.token):
        raise CallerError(
            f"there is no contract at {search.token} on this chain",
            hint="give the token's address, then the spender's; check --rpc-url",
        )
    if search.is_collection or search.token_id is not None or _is_collection(search, chain):
        return tuple(_of_a_collection(search, chain))
    return tuple(_of_a_token(search, chain, now))


def standing_delegation(owner: Address, chain: Chain) -> tuple[StandingRight, ...]:
    """Return the delegation of an account to code, or nothing; raises NodeError.

    Raises CallerError for an account that is a contract of its own.
    """
    code = chain.code(owner)
    if not code:
        return ()
    delegate = delegate_of(code)
    if delegate is None:
        raise CallerError(f"{owner} is a contract and no delegated account", hint="check --from, --rpc-url")
    return (
        StandingRight(kind=RightKind.DELEGATION, owner=owner, contract=owner, token=owner, spender=delegate),
    )


def _is_collection(search: Search, chain: RightsSource) -> bool:
    return any(words_of(chain.view(search.token, question)) == (1,) for question in interface_questions())


def _of_a_collection(search: Search, chain: RightsSource) -> Iterator[StandingRight]:
    if search.token_id is not None:
        (approved,) = _told(search, chain, piece_question(search.token_id), "getApproved")
        if approved.to_bytes(32)[12:] == search.spender.to_bytes():
            yield _found(RightKind.PIECE, search, token_id=search.token_id)
    (is_operator,) = _told(search, chain, operator_question(search.owner, search.spender), "isApprovedForAll")
    if is_operator:
        yield _found(RightKind.OPERATOR, search)


def _of_a_token(search: Search, chain: RightsSource, now: int) -> Iterator[StandingRight]:
    (allowed,) = _told(search, chain, allowance_question(search.owner, search.spender), "allowance")
    if allowed:
        yield _found(RightKind.ALLOWANCE, search, amount=allowed)
    yield from _within_permit2(search, chain, now)
    operator = words_of(chain.view(search.token, token_operator_question(search.owner, search.spender)))
    # Of a token that is no ERC-777 this is no answer, or that of a fallback: only a plain yes counts.
    if operator == (1,):
        yield _found(RightKind.TOKEN_OPERATOR, search)


def _within_permit2(search: Search, chain: RightsSource, now: int) -> Iterator[StandingRight]:
    permit2 = permit2_of(chain.chain_id())
    if not chain.code(permit2):
        return
    told = words_of(chain.view(permit2, permit2_question(search.owner, search.token, search.spender)), 3)
    if told is None:
        raise NodeError(
            f"the contract at {permit2}, where Permit2 is on other chains, does not answer as Permit2",
            hint="nothing was signed: check --rpc-url",
            code="node_invalid",
        )
    amount, expires_at, _ = told
    if amount and now <= expires_at:
        yield _found(RightKind.PERMIT2, search, contract=permit2, amount=amount)


def _found(
    kind: RightKind,
    search: Search,
    *,
    contract: Address | None = None,
    amount: int | None = None,
    token_id: int | None = None,
) -> StandingRight:
    return StandingRight(
        kind=kind,
        owner=search.owner,
        contract=contract or search.token,
        token=search.token,
        spender=search.spender,
        amount=amount,
        token_id=token_id,
    )


def _told(search: Search, chain: RightsSource, question: bytes, function: str) -> tuple[int, ...]:
    told = words_of(chain.view(search.token, question))
    if told is None:
        raise CallerError(
            f"{search.token} does not answer {function}(): no such token or collection is there",
            hint="give the token's address, then the spender's; --operator takes it for a collection that "
            "does not say so, and --token-id needs one of ERC-721",
        )
    return told
