"""Which rights stand: by the contracts' answers, and never by the lack of one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_abi import encode

from guard.core.address import NOBODY, Address
from guard.core.revocation import (
    RightKind,
    StandingRight,
    allowance_question,
    interface_questions,
    operator_question,
    permit2_of,
    permit2_question,
    piece_question,
    token_operator_question,
)
from guard.core.rules.examples import SENDER, STRANGER, TOKEN
from guard.errors import CallerError, NodeError
from guard.standing import Search, standing_delegation, standing_rights
from guard.testing import FakeChain

NOW = 1_700_000_000
PERMIT2 = permit2_of(1)
SEARCH = Search(owner=SENDER, token=TOKEN, spender=STRANGER)
ERC721, ERC1155 = interface_questions()
ALLOWANCE = (TOKEN, allowance_question(SENDER, STRANGER))
WITHIN = (PERMIT2, permit2_question(SENDER, TOKEN, STRANGER))
OPERATOR = (TOKEN, operator_question(SENDER, STRANGER))
TOKEN_OPERATOR = (TOKEN, token_operator_question(SENDER, STRANGER))


def number(value: int) -> bytes:
    return encode(["uint256"], [value])


def permit2(amount: int, expires_at: int) -> bytes:
    return encode(["uint160", "uint48", "uint48"], [amount, expires_at, 3])


def chain(views: dict[tuple[Address, bytes], bytes], *, has_permit2: bool = True) -> FakeChain:
    codes = {TOKEN: b"\x60", **({PERMIT2: b"\x60"} if has_permit2 else {})}
    answers = {WITHIN: permit2(0, 0)} if has_permit2 else {}
    return FakeChain(codes=dict(codes), views={**answers, **views})


def found(kind: RightKind, **changes: Any) -> StandingRight:
    plain = StandingRight(kind=kind, owner=SENDER, contract=TOKEN, token=TOKEN, spender=STRANGER)
    return replace(plain, **changes)


def test_all_that_a_token_may_have_given_is_found_in_order() -> None:
    views = {
        ALLOWANCE: number(2**256 - 1),
        WITHIN: permit2(5, NOW),
        TOKEN_OPERATOR: number(1),
    }
    assert standing_rights(SEARCH, chain(views), now=NOW) == (
        found(RightKind.ALLOWANCE, amount=2**256 - 1),
        found(RightKind.PERMIT2, amount=5, contract=PERMIT2),
        found(RightKind.TOKEN_OPERATOR),
    )


@pytest.mark.parametrize(
    "views",
    [
        {ALLOWANCE: number(0)},
        {ALLOWANCE: number(0), WITHIN: permit2(5, NOW - 1)},
        {ALLOWANCE: number(0), WITHIN: permit2(0, NOW + 5)},
        {ALLOWANCE: number(0), TOKEN_OPERATOR: number(0)},
        # What a fallback answers is no yes.
        {ALLOWANCE: number(0), TOKEN_OPERATOR: number(2)},
    ],
)
def test_what_is_nothing_or_expired_does_not_stand(views: dict[tuple[Address, bytes], bytes]) -> None:
    assert standing_rights(SEARCH, chain(views), now=NOW) == ()


def test_where_there_is_no_permit2_it_is_not_asked() -> None:
    without = chain({ALLOWANCE: number(1)}, has_permit2=False)
    assert standing_rights(SEARCH, without, now=NOW) == (found(RightKind.ALLOWANCE, amount=1),)


def test_a_contract_in_permit2s_place_that_does_not_answer_as_permit2_is_an_error() -> None:
    odd = chain({ALLOWANCE: number(0), WITHIN: number(0)})
    with pytest.raises(NodeError, match="does not answer as Permit2"):
        standing_rights(SEARCH, odd, now=NOW)


@pytest.mark.parametrize("interface", [ERC721, ERC1155])
@pytest.mark.parametrize("approved", [True, False])
def test_a_collection_is_known_by_its_word_and_asked_for_operators(interface: bytes, approved: bool) -> None:
    views = {(TOKEN, interface): number(1), OPERATOR: number(int(approved)), ALLOWANCE: number(5)}
    expected = (found(RightKind.OPERATOR),) if approved else ()
    assert standing_rights(SEARCH, chain(views), now=NOW) == expected


def test_a_collection_that_does_not_say_so_is_taken_for_one_on_demand() -> None:
    views = {OPERATOR: number(1), ALLOWANCE: number(5)}
    search = replace(SEARCH, is_collection=True)
    assert standing_rights(search, chain(views), now=NOW) == (found(RightKind.OPERATOR),)


@pytest.mark.parametrize(
    ("approved", "expected"),
    [(STRANGER, (found(RightKind.PIECE, token_id=7),)), (SENDER, ()), (NOBODY, ())],
)
def test_a_piece_counts_where_it_is_this_spenders(
    approved: Address, expected: tuple[StandingRight, ...]
) -> None:
    views = {(TOKEN, piece_question(7)): encode(["address"], [approved]), OPERATOR: number(0)}
    assert standing_rights(replace(SEARCH, token_id=7), chain(views), now=NOW) == expected


@pytest.mark.parametrize(
    ("search", "function"),
    [
        (SEARCH, "allowance"),
        (replace(SEARCH, is_collection=True), "isApprovedForAll"),
        (replace(SEARCH, token_id=7), "getApproved"),
    ],
)
def test_a_contract_that_does_not_answer_is_never_taken_for_one_that_gave_nothing(
    search: Search, function: str
) -> None:
    with pytest.raises(CallerError, match=rf"{TOKEN} does not answer {function}\(\)"):
        standing_rights(search, chain({}), now=NOW)


def test_an_address_without_code_is_no_token() -> None:
    with pytest.raises(CallerError, match="there is no contract at"):
        standing_rights(SEARCH, FakeChain(), now=NOW)


@pytest.mark.parametrize("question", ["code", "view", "chain_id"])
def test_a_node_that_does_not_answer_is_an_error(question: str) -> None:
    silent = chain({ALLOWANCE: number(0)})
    silent.fails[question] = NodeError("asleep")
    with pytest.raises(NodeError, match="asleep"):
        standing_rights(SEARCH, silent, now=NOW)


def test_a_delegation_is_read_off_the_accounts_own_code() -> None:
    designator = bytes.fromhex("ef0100") + STRANGER.to_bytes()
    assert standing_delegation(SENDER, FakeChain()) == ()
    assert standing_delegation(SENDER, FakeChain(codes={SENDER: designator})) == (
        found(RightKind.DELEGATION, contract=SENDER, token=SENDER),
    )
    with pytest.raises(CallerError, match="is a contract and no delegated account"):
        standing_delegation(SENDER, FakeChain(codes={SENDER: b"\x60"}))
