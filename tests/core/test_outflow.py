from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.act import Act
from guard.core.address import Address
from guard.core.intent import (
    AllowanceChange,
    Approve,
    Asset,
    AssetKind,
    Call,
    Grant,
    Intent,
    Order,
    Permit,
    Swap,
    Transfer,
)
from guard.core.outflow import token_outflow
from guard.core.rules.examples import FRIEND, ROUTER, SENDER, STRANGER, TOKEN

SEVEN = Asset(kind=AssetKind.ERC20, token=TOKEN, amount=7)
PIECE = Asset(kind=AssetKind.ERC721, token=TOKEN, token_id=3, amount=1)
TRANSFER = Transfer(token=TOKEN, owner=SENDER, recipient=FRIEND, amount=5)
APPROVE = Approve(token=TOKEN, owner=SENDER, spender=ROUTER, amount=9, form="approve")
SWAP = Swap(venue=ROUTER, gives=SEVEN, receives=None, recipient=SENDER, expires_at=None, form="1inch")
PERMIT = Permit(
    owner=SENDER,
    spender=ROUTER,
    grants=(
        Grant(token=TOKEN, amount=3, expires_at=None),
        Grant(token=STRANGER, amount=4, expires_at=None),
    ),
    deadline=None,
    form="permit2",
)
ORDER = Order(
    market=ROUTER,
    offerer=SENDER,
    gives=(SEVEN, PIECE, replace(SEVEN, kind=AssetKind.NATIVE, token=None)),
    payouts=(),
    taker=None,
    expires_at=None,
    form="seaport",
)


def acts(*intents: Intent, actor: Address = SENDER) -> tuple[Act, ...]:
    return tuple(
        Act(
            call=Call(actor=actor, to=TOKEN, value=0, data_size=0, selector=None, intent=intent),
            path=(number,),
        )
        for number, intent in enumerate(intents)
    )


@pytest.mark.parametrize(
    ("intents", "outflow"),
    [
        ((TRANSFER, TRANSFER), {TOKEN: 10}),
        ((APPROVE, PERMIT), {TOKEN: 12, STRANGER: 4}),
        ((APPROVE, SWAP), {TOKEN: 9}),
        ((APPROVE, SWAP, TRANSFER), {TOKEN: 12}),
        ((ORDER,), {TOKEN: 7}),
        ((replace(APPROVE, change=AllowanceChange.INCREASE),), {TOKEN: 9}),
        ((replace(APPROVE, change=AllowanceChange.DECREASE),), {}),
        ((replace(TRANSFER, token=None),), {}),
        ((replace(SWAP, gives=None), replace(SWAP, gives=ORDER.gives[2])), {}),
        (
            tuple(
                replace(intent, owner=FRIEND)  # type: ignore[type-var]
                for intent in (TRANSFER, APPROVE, PERMIT)
            ),
            {},
        ),
        ((replace(ORDER, offerer=FRIEND),), {}),
    ],
)
def test_what_leaves_and_what_others_may_take_is_counted_once(
    intents: tuple[Intent, ...], outflow: dict[Address, int]
) -> None:
    assert token_outflow(acts(*intents), SENDER) == outflow


def test_a_swap_in_anothers_name_takes_nothing_of_the_owners() -> None:
    assert token_outflow(acts(SWAP, actor=FRIEND), SENDER) == {}
