from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.act import flatten
from guard.core.address import Address
from guard.core.decode import read
from guard.core.decode.proceeds import MAX_FEE, settled
from guard.core.intent import Asset, AssetKind, Batch, Call, Delegate, SafeCall, Swap, Transfer
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN, TRANSFER
from tests.core.decode.calldata import (
    CALLER,
    OTHER,
    ROUTER_ITSELF,
    THIEF,
    VENUE,
    WETH,
    ZERO,
    arguments,
    calldata,
    done,
    inside,
)
from tests.core.decode.test_universal_router import AMOUNT, KEY, LIMIT, SINGLE, THREE, V3, WAY, plan, v4

KEPT = (0x00, arguments(V3, ROUTER_ITSELF, 5, 1000, WAY, True))
TO_THIEF, TO_CALLER = arguments("address,uint256", THIEF, 0), arguments("address,uint256", CALLER, 0)


def recipients(data: bytes, *, to: Address = VENUE) -> list[Address]:
    return [call.intent.recipient for call in inside(data, to=to) if isinstance(call.intent, Swap)]


@pytest.mark.parametrize(
    ("steps", "recipient"),
    [
        ([KEPT, (0x0C, TO_CALLER)], VENUE),
        ([KEPT, (0x0C, TO_THIEF)], THIEF),
        (
            [
                KEPT,
                (0x0C, arguments("address,uint256", ROUTER_ITSELF, 0)),
                (0x04, arguments(THREE, ZERO, THIEF, 0)),
            ],
            THIEF,
        ),
        ([KEPT, (0x06, arguments(THREE, WETH, THIEF, MAX_FEE)), (0x0C, TO_CALLER)], VENUE),
        ([KEPT, (0x06, arguments(THREE, WETH, THIEF, MAX_FEE + 1)), (0x0C, TO_CALLER)], THIEF),
        ([KEPT, (0x05, arguments(THREE, WETH, THIEF, 30)), (0x0C, TO_CALLER)], VENUE),
        ([KEPT, (0x05, arguments(THREE, WETH, THIEF, 31)), (0x0C, TO_CALLER)], THIEF),
        ([(0x0C, TO_THIEF), KEPT], VENUE),
        (
            [
                (0x0B, arguments("address,uint256", ROUTER_ITSELF, 5)),
                (0x05, arguments(THREE, WETH, THIEF, 1)),
            ],
            THIEF,
        ),
        ([(0x00, arguments(V3, CALLER, 5, 1000, WAY, True)), (0x0C, TO_THIEF)], SENDER),
        ([KEPT, (0x02, arguments("address,address,uint160", TOKEN, THIEF, 7))], VENUE),
        ([KEPT, (0x21, arguments("bytes,bytes[]", b"\x0c", [TO_THIEF]))], THIEF),
    ],
)
def test_what_the_router_keeps_goes_to_whom_it_pays_later(
    steps: list[tuple[int, bytes]], recipient: Address
) -> None:
    assert recipients(plan(*steps)) == [recipient]


def test_what_a_v4_swap_leaves_goes_to_whom_it_is_taken_for() -> None:
    swapped = (0x06, arguments(SINGLE, (KEY, True, AMOUNT, LIMIT, b"")))
    assert recipients(v4(swapped, (0x0E, arguments(THREE, WETH, THIEF, 0)))) == [THIEF]
    assert recipients(v4(swapped, (0x0F, arguments("address,uint256", WETH, LIMIT)))) == [VENUE]


def test_the_steps_may_be_calls_of_their_own() -> None:
    kept = calldata("exactInput((bytes,address,uint256,uint256))", (WAY, ROUTER_ITSELF, 5, 4))
    paid = calldata("unwrapWETH9(uint256,address)", 4, THIEF)
    assert recipients(calldata("multicall(bytes[])", [kept, paid])) == [THIEF]
    batch = [(VENUE, 0, kept), (VENUE, 0, paid), (OTHER, 0, paid)]
    assert recipients(calldata("executeBatch((address,uint256,bytes)[])", batch), to=FRIEND) == [THIEF]
    elsewhere = [(VENUE, 0, kept), (OTHER, 0, paid)]
    assert recipients(calldata("executeBatch((address,uint256,bytes)[])", elsewhere), to=FRIEND) == [VENUE]


KEEPING = Call(
    actor=SENDER,
    to=VENUE,
    value=0,
    data_size=0,
    selector=None,
    intent=Swap(
        venue=VENUE,
        gives=None,
        receives=Asset(kind=AssetKind.ERC20, token=WETH, amount=9),
        recipient=VENUE,
        expires_at=None,
        form="x",
    ),
)
PAYING = replace(KEEPING, intent=Transfer(token=WETH, owner=VENUE, recipient=STRANGER, amount=9))


def test_whatever_holds_the_steps_is_followed_into() -> None:
    batch = replace(KEEPING, intent=Batch(form="x", calls=(KEEPING, PAYING)))
    safe_call = SafeCall(safe=FRIEND, call=batch, gas_token=None, gas_price=0, refund_receiver=None, form="x")
    for intent in (safe_call, Delegate(authorizations=(), call=replace(KEEPING, intent=safe_call))):
        read_again = settled(replace(KEEPING, intent=intent))
        swaps = [act.intent for act in flatten(read_again) if isinstance(act.intent, Swap)]
        assert [swap.recipient for swap in swaps] == [STRANGER]


def test_a_swap_that_tells_no_minimum_lets_no_amount_pass_as_a_fee() -> None:
    blind = replace(KEEPING, intent=replace(KEEPING.intent, receives=None))
    paid = replace(PAYING, intent=replace(PAYING.intent, amount=1))
    whole = settled(replace(KEEPING, intent=Batch(form="x", calls=(blind, paid))))
    assert flatten(whole)[1].intent.recipient == STRANGER  # type: ignore[union-attr]


def test_a_call_that_holds_no_others_stays_as_it_is() -> None:
    assert settled(KEEPING) is KEEPING
    assert read(TRANSFER) == done(TRANSFER.data, to=FRIEND, value=TRANSFER.value)
