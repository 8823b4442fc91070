"""Calls bundled by a contract: its own functions (`multicall`), or anybody's (Multicall3).

What belongs here: who makes the bundled calls, and with what value. What must not: what they do.

Sources: OpenZeppelin's Multicall.sol and Uniswap's Multicall.sol and MulticallExtended.sol, where the
contract calls itself by delegatecall, so that the caller and the value sent stay the same for each;
https://github.com/mds1/multicall3, which makes the calls in its own name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.address import Address
from guard.core.decode.function import Context, Frame, Function
from guard.core.intent import Batch, Call, Intent, Swap


def _itself(context: Context, payloads: tuple[bytes, ...]) -> Intent:
    return Batch(form="multicall", calls=_own_calls(context, payloads))


def _itself_until(context: Context, deadline: int, payloads: tuple[bytes, ...]) -> Intent:
    return Batch(form="multicall", calls=bounded_in_time(_own_calls(context, payloads), deadline))


def _itself_after(context: Context, _block_hash: bytes, payloads: tuple[bytes, ...]) -> Intent:
    return _itself(context, payloads)


def _own_calls(context: Context, payloads: tuple[bytes, ...]) -> tuple[Call, ...]:
    return context.nest_all(replace(context.frame, to=context.to, data=data) for data in payloads)


def bounded_in_time(calls: tuple[Call, ...], deadline: int) -> tuple[Call, ...]:
    """Return calls of which every swap that has no deadline of its own has this one, Unix seconds."""
    return tuple(replace(call, intent=_bounded(call.intent, deadline)) for call in calls)


def _bounded(intent: Intent, deadline: int) -> Intent:
    if isinstance(intent, Swap) and intent.expires_at is None:
        return replace(intent, expires_at=deadline)
    if isinstance(intent, Batch):
        return replace(intent, calls=bounded_in_time(intent.calls, deadline))
    return intent


def _gathered(context: Context, calls: Iterable[tuple[Address, int, bytes]]) -> Intent:
    frames = (_frame(context, to, value, data) for to, value, data in calls)
    return Batch(form="multicall3", calls=context.nest_all(frames))


def _frame(context: Context, to: Address, value: int, data: bytes) -> Frame:
    return Frame(actor=context.executor, to=to, value=value, data=data)


def _aggregate(context: Context, calls: tuple[tuple[Address, bytes], ...]) -> Intent:
    return _gathered(context, ((to, 0, data) for to, data in calls))


def _try_aggregate(
    context: Context, _all_must_succeed: bool, calls: tuple[tuple[Address, bytes], ...]
) -> Intent:
    return _aggregate(context, calls)


def _aggregate_allowing(context: Context, calls: tuple[tuple[Address, bool, bytes], ...]) -> Intent:
    return _gathered(context, ((to, 0, data) for to, _, data in calls))


def _aggregate_with_value(context: Context, calls: tuple[tuple[Address, bool, int, bytes], ...]) -> Intent:
    return _gathered(context, ((to, value, data) for to, _, value, data in calls))


FUNCTIONS = (
    Function("ac9650d8", "multicall(bytes[])", _itself, is_payable=True),
    Function("5ae401dc", "multicall(uint256,bytes[])", _itself_until, is_payable=True),
    Function("1f0464d1", "multicall(bytes32,bytes[])", _itself_after, is_payable=True),
    Function("252dba42", "aggregate((address,bytes)[])", _aggregate, is_payable=True),
    Function("82ad56cb", "aggregate3((address,bool,bytes)[])", _aggregate_allowing, is_payable=True),
    Function(
        "174dea71", "aggregate3Value((address,bool,uint256,bytes)[])", _aggregate_with_value, is_payable=True
    ),
    Function("bce38bd7", "tryAggregate(bool,(address,bytes)[])", _try_aggregate, is_payable=True),
    Function("399542e9", "tryBlockAndAggregate(bool,(address,bytes)[])", _try_aggregate, is_payable=True),
    Function("c3077fa9", "blockAndAggregate((address,bytes)[])", _aggregate, is_payable=True),
)
