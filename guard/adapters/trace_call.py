"""`debug_traceCall`: one call run with a tracer, where a node has nothing better.

What belongs here: the tracers' parameters and answers. What must not: when they are asked.

Source: https://geth.ethereum.org/docs/developers/evm-tracing/built-in-tracers
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from guard.adapters.raw_rpc import address, quantity, raw_bytes, rpc, unreadable
from guard.adapters.run import LogBudget, Ran, Realism, call_object
from guard.adapters.web3_chain import Web3Chain
from guard.core.address import Address
from guard.core.events import Log, native_move
from guard.core.request import TransactionRequest
from guard.core.text import escape_untrusted

METHOD = "debug_traceCall"

_MOVES_ETHER = frozenset({"CALL", "CREATE", "CREATE2", "SELFDESTRUCT"})
"""Frames whose value leaves the caller; a DELEGATECALL repeats the value of the call around it."""
_SLOT_0 = "0x" + "0" * 64


def traced(chain: Web3Chain, transaction: TransactionRequest, realism: Realism) -> Ran:
    """Run one transaction and return what it came to, moves of ether among its events.

    Raises NodeError where the node refuses, has no such method, or answers what cannot be read.
    """
    call = call_object(transaction, realism)
    options = {"tracer": "callTracer", "tracerConfig": {"withLog": True}}
    frame = rpc(chain, METHOD, [call, "latest", options])
    if not isinstance(frame, dict) or frame.get("type") is None:
        raise unreadable(METHOD)
    returned = raw_bytes(frame.get("output") or "0x", METHOD)
    if frame.get("error") is not None:
        words = escape_untrusted(str(frame["error"]))
        return Ran(succeeded=False, returned=returned, words=words)
    return Ran(succeeded=True, returned=returned, logs=tuple(_events(frame, LogBudget(METHOD))))


def replaced(
    chain: Web3Chain, transaction: TransactionRequest, wallets: Collection[Address]
) -> tuple[Address, ...]:
    """Return those of these wallets whose code or storage slot 0 the transaction changes.

    Slot 0 is where the proxies of Safe and its kin keep the address of the code that they run.
    """
    call = call_object(transaction, Realism.FREE)
    options = {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}}
    told = rpc(chain, METHOD, [call, "latest", options])
    before, after = (told.get(name) if isinstance(told, dict) else None for name in ("pre", "post"))
    if not isinstance(before, dict) or not isinstance(after, dict):
        raise unreadable(METHOD)
    states = [{address(name, METHOD): state for name, state in side.items()} for side in (before, after)]
    return tuple(wallet for wallet in wallets if _is_replaced(*(side.get(wallet) for side in states)))


def _is_replaced(before: Any, after: Any) -> bool:
    """Whether what stands at both sides of a difference differs in code or slot 0; what stays is left out."""
    if before is None and after is None:
        return False
    if not isinstance(after, dict):
        # An account that is only on the first side is gone.
        return True
    return "code" in after or _slot(before) != _slot(after)


def _slot(state: Any) -> object:
    storage = state.get("storage") if isinstance(state, dict) else None
    return storage.get(_SLOT_0) if isinstance(storage, dict) else None


def _events(frame: dict[str, Any], budget: LogBudget) -> Iterator[Log]:
    """Yield the events of a call and of all calls inside of it that were not undone, in about their order.

    The depth of the answer is bounded where it is read.
    """
    value = quantity(frame.get("value") or "0x0", METHOD)
    if value and frame.get("type") in _MOVES_ETHER:
        budget.count += 1
        yield native_move(address(frame.get("from"), METHOD), address(frame.get("to"), METHOD), value)
    yield from budget.read(frame.get("logs") or [])
    inner = frame.get("calls") or []
    if not isinstance(inner, list):
        raise unreadable(METHOD)
    for call in inner:
        if not isinstance(call, dict):
            raise unreadable(METHOD)
        if call.get("error") is None:
            yield from _events(call, budget)
