from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.intent import Asset, AssetKind, Batch, Call, Intent, Swap, Transfer
from guard.core.rules.examples import ROUTER, SENDER, STRANGER, TOKEN, acts_subject, call_doing
from guard.core.rules.swap_left_behind import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels

KEPT = Swap(
    venue=ROUTER,
    gives=None,
    receives=Asset(kind=AssetKind.ERC20, token=TOKEN, amount=9),
    recipient=ROUTER,
    expires_at=None,
    form="uniswap-v3",
)
PULL = Transfer(token=TOKEN, owner=SENDER, recipient=ROUTER, amount=9)
PAID = Transfer(token=None, owner=ROUTER, recipient=SENDER, amount=9, portion=10_000)
ON = replace(KEPT, recipient=SENDER)


def plan(*intents: Intent) -> Batch:
    return Batch(form="multicall", calls=tuple(call_doing(intent, to=ROUTER) for intent in intents))


@pytest.mark.parametrize(
    ("steps", "count"),
    [
        ((KEPT,), 1),
        ((PULL,), 1),
        ((KEPT, PAID), 0),
        ((PAID, KEPT), 1),
        ((PULL, ON), 0),
        ((PULL, replace(ON, venue=STRANGER)), 1),
        ((PULL, replace(PAID, owner=STRANGER)), 1),
        ((KEPT, KEPT), 1),
        ((ON,), 0),
        ((replace(PULL, recipient=STRANGER),), 0),
        ((replace(PULL, token=None),), 0),
        ((replace(PULL, token=ROUTER),), 0),
        ((replace(PULL, owner=STRANGER),), 0),
    ],
)
def test_what_goes_into_an_exchange_has_to_leave_it(steps: tuple[Intent, ...], count: int) -> None:
    assert levels(RULE, acts_subject(plan(*steps))) == [Severity.WARN] * count


def test_a_payment_by_itself_and_a_venue_that_swaps_for_itself_are_quiet() -> None:
    own: Call = call_doing(KEPT, actor=ROUTER)
    assert asked(RULE, acts_subject(call_doing(PULL, to=ROUTER))) == ()
    assert asked(RULE, acts_subject(own)) == ()
