from __future__ import annotations

import pytest

from guard.core.intent import Approve, Batch, Call, Permit, Transfer
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from tests.core.decode.calldata import (
    JUNK,
    MAX,
    OTHER,
    SPENDER,
    UNREAD,
    VENUE,
    approval,
    approve,
    calldata,
    done,
    inside,
    intents,
    transfer,
)

OWN = (
    ("multicall(bytes[])", ()),
    ("multicall(uint256,bytes[])", (9,)),
    ("multicall(bytes32,bytes[])", (bytes(32),)),
)
PAIRS = "(address,bytes)[]"
MADE = (
    ("aggregate((address,bytes)[])", (), lambda to, data: (to, data)),
    ("aggregate3((address,bool,bytes)[])", (), lambda to, data: (to, True, data)),
    ("aggregate3Value((address,bool,uint256,bytes)[])", (), lambda to, data: (to, False, 0, data)),
    ("tryAggregate(bool,(address,bytes)[])", (False,), lambda to, data: (to, data)),
    ("tryBlockAndAggregate(bool,(address,bytes)[])", (True,), lambda to, data: (to, data)),
    ("blockAndAggregate((address,bytes)[])", (), lambda to, data: (to, data)),
)


@pytest.mark.parametrize(("signature", "before"), OWN)
def test_a_contract_that_calls_itself_keeps_the_caller(signature: str, before: tuple[object, ...]) -> None:
    call = done(calldata(signature, *before, [approve(), JUNK, transfer(FRIEND)]), to=TOKEN)
    assert isinstance(call.intent, Batch)
    assert call.intent.form == "multicall"
    assert [(one.actor, one.to, one.intent) for one in call.intent.calls] == [
        (SENDER, TOKEN, approval(SENDER)),
        (SENDER, TOKEN, UNREAD),
        (SENDER, TOKEN, Transfer(token=TOKEN, owner=SENDER, recipient=FRIEND, amount=1)),
    ]


@pytest.mark.parametrize(("signature", "before", "row"), MADE)
def test_another_contract_makes_the_calls_in_its_own_name(
    signature: str, before: tuple[object, ...], row: object
) -> None:
    rows = [row(TOKEN, approve()), row(OTHER, JUNK), row(TOKEN, transfer(FRIEND))]  # type: ignore[operator]
    call = done(calldata(signature, *before, rows), to=VENUE)
    assert isinstance(call.intent, Batch)
    assert call.intent.form == "multicall3"
    assert [(one.actor, one.to, one.value, one.intent) for one in call.intent.calls] == [
        (VENUE, TOKEN, 0, approval(VENUE)),
        (VENUE, OTHER, 0, UNREAD),
        (VENUE, TOKEN, 0, Transfer(token=TOKEN, owner=VENUE, recipient=FRIEND, amount=1)),
    ]


def test_a_call_of_oneself_carries_the_value_that_was_sent() -> None:
    (inner,) = inside(calldata("multicall(bytes[])", [JUNK]), value=7)
    assert (inner.value, inner.data_size, inner.selector) == (7, 4, "0xdeadbeef")


def test_each_call_of_an_aggregate_with_value_carries_its_own() -> None:
    rows = [(FRIEND, False, 3, b""), (STRANGER, True, 4, b"")]
    assert intents(calldata("aggregate3Value((address,bool,uint256,bytes)[])", rows), to=VENUE, value=7) == [
        Transfer(token=None, owner=VENUE, recipient=FRIEND, amount=3),
        Transfer(token=None, owner=VENUE, recipient=STRANGER, amount=4),
    ]


def test_a_pull_by_a_third_party_is_of_the_owner_that_it_names() -> None:
    pull = calldata("transferFrom(address,address,uint256)", FRIEND, SENDER, MAX)
    (moved,) = intents(calldata("aggregate((address,bytes)[])", [(TOKEN, pull)]), to=VENUE)
    assert moved == Transfer(token=TOKEN, owner=FRIEND, recipient=SENDER, amount=MAX)


def test_no_calls_at_all_are_an_empty_batch() -> None:
    assert done(calldata("multicall(bytes[])", [])).intent == Batch(form="multicall", calls=())


def test_a_permit_to_the_called_contract_is_one_of_the_caller() -> None:
    types = "selfPermit(address,uint256,uint256,uint8,bytes32,bytes32)"
    permit = calldata(types, TOKEN, 5, 99, 27, bytes(32), bytes(32))
    (given,) = intents(calldata("multicall(bytes[])", [permit]), to=VENUE)
    assert isinstance(given, Permit)
    assert (given.owner, given.spender) == (SENDER, VENUE)


def test_in_code_that_runs_as_a_wallet_the_wallet_makes_the_calls() -> None:
    data = calldata("aggregate((address,bytes)[])", [(TOKEN, approve())])
    types = "execTransactionFromModule(address,uint256,bytes,uint8)"
    (inner,) = inside(calldata(types, VENUE, 0, data, 1), to=FRIEND)
    assert isinstance(inner, Call)
    assert inner.intent == Approve(token=TOKEN, owner=FRIEND, spender=SPENDER, amount=MAX, form="approve")
