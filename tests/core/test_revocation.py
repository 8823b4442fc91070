"""The calls that take rights back, written against the reference encoder and read by our own decoders."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_abi import encode

from guard.core.act import beneficiary, flatten
from guard.core.address import NOBODY, Address
from guard.core.decode import read
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
from guard.core.rules.examples import SENDER, STRANGER, TOKEN, TRANSFER
from tests.core.decode.calling import calldata

PERMIT2 = permit2_of(1)


def right(kind: RightKind, **changes: Any) -> StandingRight:
    plain = StandingRight(kind=kind, owner=SENDER, contract=TOKEN, token=TOKEN, spender=STRANGER)
    return replace(plain, **changes)


RIGHTS = {
    RightKind.ALLOWANCE: right(RightKind.ALLOWANCE, amount=5),
    RightKind.PERMIT2: right(RightKind.PERMIT2, amount=5, contract=PERMIT2),
    RightKind.OPERATOR: right(RightKind.OPERATOR),
    RightKind.PIECE: right(RightKind.PIECE, token_id=7),
    RightKind.TOKEN_OPERATOR: right(RightKind.TOKEN_OPERATOR),
    RightKind.DELEGATION: right(RightKind.DELEGATION, contract=SENDER, token=SENDER),
}
CALLS = {
    RightKind.ALLOWANCE: calldata("approve(address,uint256)", STRANGER, 0),
    RightKind.PERMIT2: calldata("lockdown((address,address)[])", [(TOKEN, STRANGER)]),
    RightKind.OPERATOR: calldata("setApprovalForAll(address,bool)", STRANGER, False),
    RightKind.PIECE: calldata("approve(address,uint256)", NOBODY, 7),
    RightKind.TOKEN_OPERATOR: calldata("revokeOperator(address)", STRANGER),
    RightKind.DELEGATION: b"",
}
WORDS = {
    RightKind.ALLOWANCE: f"the allowance of 5 units of {TOKEN} to {STRANGER}",
    RightKind.PERMIT2: f"the allowance of 5 units of {TOKEN} to {STRANGER} within Permit2",
    RightKind.OPERATOR: f"the right of {STRANGER} to move all of yours in {TOKEN}",
    RightKind.PIECE: f"the right of {STRANGER} to take number 7 of {TOKEN}",
    RightKind.TOKEN_OPERATOR: f"the right of {STRANGER} to send all of your {TOKEN}",
    RightKind.DELEGATION: f"the delegation of {SENDER} to the code of {STRANGER}",
}


@pytest.mark.parametrize("kind", RightKind)
def test_each_right_has_the_call_that_ends_it_and_its_words(kind: RightKind) -> None:
    assert (RIGHTS[kind].call, RIGHTS[kind].words) == (CALLS[kind], WORDS[kind])


@pytest.mark.parametrize("kind", [kind for kind in RightKind if kind is not RightKind.DELEGATION])
def test_our_own_decoders_read_it_as_canonical_and_as_giving_nobody_anything(kind: RightKind) -> None:
    ends = RIGHTS[kind]
    call = read(replace(TRANSFER, to=ends.contract, value=0, data=ends.call))
    assert (call.oddities, call.intent.kind == "unknown") == ((), False)
    # Whoever had the right, however ill-famed, is not whose past decides.
    assert beneficiary(flatten(call)) == ends.contract


def test_contracts_are_asked_as_their_standards_say() -> None:
    ids = [bytes.fromhex("80ac58cd"), bytes.fromhex("d9b67a26")]
    assert interface_questions() == tuple(calldata("supportsInterface(bytes4)", one) for one in ids)
    assert allowance_question(SENDER, STRANGER) == calldata("allowance(address,address)", SENDER, STRANGER)
    asked = calldata("allowance(address,address,address)", SENDER, TOKEN, STRANGER)
    assert permit2_question(SENDER, TOKEN, STRANGER) == asked
    asked = calldata("isApprovedForAll(address,address)", SENDER, STRANGER)
    assert operator_question(SENDER, STRANGER) == asked
    assert piece_question(7) == calldata("getApproved(uint256)", 7)
    asked = calldata("isOperatorFor(address,address)", STRANGER, SENDER)
    assert token_operator_question(SENDER, STRANGER) == asked


def test_an_answer_is_read_as_numbers_or_as_none() -> None:
    answer = encode(["uint160", "uint48", "uint48"], [2**160 - 1, 5, 0])
    assert words_of(answer, 3) == (2**160 - 1, 5, 0)
    assert words_of(answer) == (2**160 - 1,)
    assert words_of(answer[:-1], 3) is None
    assert words_of(b"") is None
    assert words_of(None) is None


def test_permit2_is_in_one_place_but_on_zksync() -> None:
    assert permit2_of(1) == permit2_of(8453) == "0x000000000022D473030F116dDEE9F6B43aC78BA3"
    assert permit2_of(324) == "0x0000000000225e31D15943971F47aD3022F714Fa"


@pytest.mark.parametrize(
    ("code", "delegate"),
    [
        (bytes.fromhex("ef0100") + STRANGER.to_bytes(), STRANGER),
        (b"", None),
        (bytes.fromhex("ef0100") + STRANGER.to_bytes() + b"\x00", None),
        (bytes.fromhex("ef0101") + STRANGER.to_bytes(), None),
    ],
)
def test_only_a_delegation_designator_names_a_delegate(code: bytes, delegate: Address | None) -> None:
    assert delegate_of(code) == delegate
