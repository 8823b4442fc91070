from __future__ import annotations

from guard.core.act import flatten
from guard.core.address import NOBODY, Address
from guard.core.intent import AllowanceChange, ApproveAll, Batch, Grant, Intent
from guard.core.right import Right, rights
from guard.core.rules.examples import (
    COLLECTION,
    FRIEND,
    NOW,
    ROUTER,
    SENDER,
    STRANGER,
    TOKEN,
    approval,
    call_doing,
    permit,
)


def given(*intents: Intent) -> tuple[Right, ...]:
    """Return the rights that one batch of these gives."""
    calls = tuple(call_doing(intent) for intent in intents)
    return rights(flatten(call_doing(Batch(form="multicall", calls=calls))))


def amounts(*intents: Intent) -> list[int | None]:
    return [right.amount for right in given(*intents)]


def test_an_approval_is_a_right_that_may_be_one_piece() -> None:
    (right,) = given(approval(amount=7))
    assert right == Right(
        act=right.act, token=TOKEN, owner=SENDER, spender=ROUTER, amount=7, may_be_piece=True
    )
    assert (right.act.path, right.is_permit) == ((1,), False)


def test_a_signed_approval_of_a_piece_is_a_right_to_piece_0_too() -> None:
    (right,) = given(approval(amount=0, form="nft-permit", expires_at=NOW))
    assert (right.amount, right.may_be_piece) == (0, True)


def test_an_approval_through_permit2_has_an_end_and_is_no_piece() -> None:
    (right,) = given(approval(amount=7, form="permit2-approve", expires_at=NOW))
    assert (right.may_be_piece, right.expires_at) == (False, NOW)


def test_an_operator_is_a_right_to_everything() -> None:
    (right,) = given(ApproveAll(collection=COLLECTION, owner=SENDER, operator=ROUTER, approved=True))
    assert right == Right(act=right.act, token=COLLECTION, owner=SENDER, spender=ROUTER, amount=None)


def test_a_permit_is_a_right_for_each_token_of_which_it_gives_something() -> None:
    grants = tuple(
        Grant(token=token, amount=amount, expires_at=NOW)
        for token, amount in ((TOKEN, 5), (COLLECTION, 0), (STRANGER, 6))
    )
    found = given(permit(grants=grants))
    assert [(right.token, right.amount, right.expires_at, right.is_permit) for right in found] == [
        (TOKEN, 5, NOW, True),
        (STRANGER, 6, NOW, True),
    ]


def test_increases_of_one_allowance_add_up_and_those_of_another_do_not() -> None:
    def more(amount: int, spender: Address = ROUTER) -> Intent:
        return approval(spender, amount, change=AllowanceChange.INCREASE, form="increase")

    assert amounts(more(3), more(4), more(5, FRIEND)) == [3, 7, 5]
    assert [right.is_increase for right in given(more(3), approval())] == [True, False]


def test_what_takes_a_right_away_is_none() -> None:
    less = approval(change=AllowanceChange.DECREASE, form="decrease")
    nothing = approval(amount=0, form="permit2-approve")
    out = ApproveAll(collection=COLLECTION, owner=SENDER, operator=ROUTER, approved=False)
    assert given(less, nothing, out, permit(amount=0)) == ()


def test_an_approval_of_0_stays_for_it_may_name_piece_0() -> None:
    assert amounts(approval(amount=0)) == [0]


def test_nobody_and_the_owner_are_given_nothing() -> None:
    assert given(approval(NOBODY), approval(SENDER), permit(NOBODY)) == ()
