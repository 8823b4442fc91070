from __future__ import annotations

from dataclasses import replace

from guard.core.act import beneficiaries, beneficiary, flatten, parties
from guard.core.intent import Batch, Call, Deploy, Invoke, Transfer, Unknown
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from tests.core.test_intent import APPROVE, CALL, safe_call

TO_MYSELF = replace(CALL, intent=Transfer(token=TOKEN, owner=SENDER, recipient=SENDER, amount=1))


def holding(*calls: Call) -> Call:
    return replace(CALL, intent=Batch(form="multicall", calls=calls))


def test_every_call_at_every_depth_is_one_act_with_its_place() -> None:
    inner = holding(CALL, TO_MYSELF)
    outer = holding(CALL, inner)
    assert [(act.path, act.call) for act in flatten(outer)] == [
        ((), outer),
        ((1,), CALL),
        ((2,), inner),
        ((2, 1), CALL),
        ((2, 2), TO_MYSELF),
    ]
    assert [act.is_nested for act in flatten(outer)] == [False, True, True, True, True]


def test_what_is_inside_of_a_delegatecall_is_within_it_however_deep() -> None:
    inside = replace(holding(CALL), is_delegatecall=True)
    acts = flatten(holding(CALL, replace(CALL, intent=safe_call(inside))))
    assert [(act.path, act.within_delegatecall) for act in acts] == [
        ((), False),
        ((1,), False),
        ((2,), False),
        ((2, 1), True),
        ((2, 1, 1), True),
    ]


def test_the_beneficiary_is_the_first_that_is_paid_or_given_a_right_and_is_no_actor() -> None:
    approve = replace(CALL, intent=replace(APPROVE, spender=STRANGER))
    assert beneficiary(flatten(CALL)) == FRIEND
    assert beneficiary(flatten(holding(TO_MYSELF, approve, CALL))) == STRANGER


def test_without_another_it_is_the_actor_that_is_paid_and_without_any_the_account_called() -> None:
    assert beneficiary(flatten(TO_MYSELF)) == SENDER
    assert beneficiary(flatten(holding(TO_MYSELF))) == TOKEN
    assert beneficiary(flatten(replace(CALL, intent=Unknown(reason="junk", selector=None)))) == TOKEN
    assert beneficiary(flatten(replace(CALL, to=None, intent=Deploy(code_size=1, value=0)))) is None


def test_an_approval_of_nothing_is_about_the_token_and_not_about_its_spender() -> None:
    none = replace(CALL, intent=replace(APPROVE, spender=STRANGER, amount=0))
    assert beneficiary(flatten(none)) == TOKEN
    assert beneficiary(flatten(holding(none, CALL))) == FRIEND
    acts = flatten(holding(none, TO_MYSELF))
    assert parties(acts) == (SENDER, TOKEN, STRANGER)
    assert parties(acts, taken_back=(acts[1],)) == (SENDER, TOKEN)


def test_the_beneficiaries_are_all_that_are_paid_once_each_the_first_one_first() -> None:
    approve = replace(CALL, intent=replace(APPROVE, spender=STRANGER))
    assert beneficiaries(flatten(CALL)) == (FRIEND,)
    assert beneficiaries(flatten(holding(TO_MYSELF, approve, holding(CALL, approve)))) == (STRANGER, FRIEND)
    assert beneficiaries(flatten(replace(CALL, to=None, intent=Deploy(code_size=1, value=0)))) == ()


def test_whoever_is_called_blindly_inside_of_a_batch_is_a_beneficiary() -> None:
    unread = replace(CALL, to=STRANGER, intent=Unknown(reason="junk", selector=None))
    claim = replace(CALL, to=STRANGER, intent=Invoke(function="claim()"))
    assert beneficiaries(flatten(holding(CALL, unread))) == (FRIEND, STRANGER)
    assert beneficiaries(flatten(holding(CALL, replace(claim, value=1)))) == (FRIEND, STRANGER)
    assert beneficiaries(flatten(holding(CALL, replace(claim, value=0)))) == (FRIEND,)
    assert beneficiaries(flatten(holding(CALL, replace(unread, to=TOKEN)))) == (FRIEND,)
