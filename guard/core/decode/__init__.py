"""Decoding: a request becomes a tree of calls, and junk becomes Unknown with a reason, never an exception.

What belongs here: the registry of families, and the bounds. A new family is a new file and one entry.
"""

from __future__ import annotations

from dataclasses import replace

from guard.core import abi
from guard.core.address import Address
from guard.core.bundle import CallBundle
from guard.core.decode import (
    administration,
    bait,
    content,
    erc20,
    erc777,
    multicall,
    nft,
    orders,
    permits,
    safe,
    smart_accounts,
    swaps,
    universal_router,
    weth,
)
from guard.core.decode.function import Context, Frame, Function
from guard.core.decode.proceeds import settled
from guard.core.intent import Authorization, Batch, Call, Delegate, Deploy, Intent, Transfer, Unknown
from guard.core.request import TransactionRequest
from guard.core.signature_request import SignatureRequest
from guard.errors import UnreadableArguments

FAMILIES: tuple[tuple[Function, ...], ...] = (
    erc20.FUNCTIONS,
    nft.FUNCTIONS,
    erc777.FUNCTIONS,
    permits.FUNCTIONS,
    weth.FUNCTIONS,
    administration.FUNCTIONS,
    bait.FUNCTIONS,
    multicall.FUNCTIONS,
    smart_accounts.FUNCTIONS,
    safe.FUNCTIONS,
    universal_router.FUNCTIONS,
    swaps.FUNCTIONS,
    orders.FUNCTIONS,
)
"""Each family's functions; no two share a selector."""

MAX_DEPTH = 8
"""Calls inside of calls; what is nested deeper is Unknown and beyond the bound."""
MAX_CALLS = 256
"""Calls in one request, all depths together."""
MAX_NESTED_BYTES = 256 * 1024
"""Calldata of all calls inside of calls: offsets that lead to the same bytes would unfold without end."""

_FUNCTIONS = {bytes.fromhex(one.selector): one for family in FAMILIES for one in family}


def decode(request: TransactionRequest | CallBundle | SignatureRequest) -> Intent:
    """Return what `request` does; Unknown, with a reason, when no family can read it."""
    return read(request).intent


def read(request: TransactionRequest | CallBundle | SignatureRequest) -> Call:
    """Return `request` as a call, with every call inside of it; a signature is a call of nobody."""
    return settled(_read(request))


def _read(request: TransactionRequest | CallBundle | SignatureRequest) -> Call:
    reading = _Reading()
    if isinstance(request, TransactionRequest):
        return _handing_over(request, reading) if request.authorizations else reading.call(_frame(request), 0)
    if isinstance(request, SignatureRequest):
        intent = content.intent_of(request, lambda inner: reading.call(inner, 1))
        return _wordless(request.sender, intent)
    calls = tuple(reading.call(_frame(call), 1) for call in request.calls)
    return _wordless(request.sender, Batch(form="wallet_sendCalls", calls=calls))


def _handing_over(request: TransactionRequest, reading: _Reading) -> Call:
    """Return a set-code transaction: its accounts are handed over first, and then its call is made."""
    call = reading.call(_frame(request), 1)
    authorizations = tuple(
        Authorization(
            chain_id=one.delegation.chain_id,
            delegate=one.delegation.delegate,
            nonce=one.delegation.nonce,
            authority=one.authority,
        )
        for one in request.authorizations
    )
    return replace(call, intent=Delegate(authorizations=authorizations, call=call), oddities=())


def _wordless(actor: Address, intent: Intent) -> Call:
    return Call(actor=actor, to=None, value=0, data_size=0, selector=None, intent=intent)


def _frame(request: TransactionRequest) -> Frame:
    return Frame(actor=request.sender, to=request.to, value=request.value, data=request.data)


class _Reading:
    """One request's reading: counts the calls, so that nesting cannot multiply without end."""

    def __init__(self) -> None:
        self._calls = 0
        self._nested_bytes = 0
        self._budget = abi.Budget()

    def call(self, frame: Frame, depth: int) -> Call:
        self._calls += 1
        self._nested_bytes += len(frame.data) if depth else 0
        intent, oddities = self._intent(frame, depth)
        return Call(
            actor=frame.actor,
            to=frame.to,
            value=frame.value,
            data_size=len(frame.data),
            selector=_told_selector(frame),
            intent=intent,
            oddities=oddities,
            is_delegatecall=frame.is_delegatecall,
        )

    def _intent(self, frame: Frame, depth: int) -> tuple[Intent, tuple[str, ...]]:
        bound = self._bound_passed(depth)
        if bound is not None:
            return Unknown(reason=bound, selector=_told_selector(frame), is_beyond_bound=True), ()
        if frame.to is None:
            return Deploy(code_size=len(frame.data), value=frame.value), ()
        if not frame.data and frame.function is None:
            return _plain(frame, frame.to), ()
        function = frame.function or _FUNCTIONS.get(frame.data[:4])
        if function is None:
            return _unread(frame.data), ()
        try:
            encoded = frame.data if frame.function else frame.data[4:]
            arguments = abi.read(function.types, encoded, self._budget)
            context = Context(frame=frame, to=frame.to, nest=lambda inner: self.call(inner, depth + 1))
            intent = _with_selector(function.read(context, arguments.values), frame)
        except UnreadableArguments as error:
            reason = f"{function.signature}: {error.message}"
            is_beyond = self._budget.is_spent
            return Unknown(reason=reason, selector=_told_selector(frame), is_beyond_bound=is_beyond), ()
        carried = ("it carries ether that the function does not take",)
        is_odd = bool(frame.value) and not function.is_payable
        return intent, arguments.oddities + (carried if is_odd else ())

    def _bound_passed(self, depth: int) -> str | None:
        if depth > MAX_DEPTH:
            return f"calls are nested more than {MAX_DEPTH} deep"
        if self._calls > MAX_CALLS:
            return f"there are more than {MAX_CALLS} calls"
        if self._nested_bytes > MAX_NESTED_BYTES:
            return f"the calls inside of calls have more than {MAX_NESTED_BYTES} bytes"
        if self._budget.is_spent:
            return f"the calls have more than {abi.MAX_VALUES} values"
        return None


def _with_selector(intent: Intent, frame: Frame) -> Intent:
    """Return what a reader told, with the function's selector where it could not read the call."""
    if isinstance(intent, Unknown) and intent.selector is None:
        return replace(intent, selector=_told_selector(frame))
    return intent


def _plain(frame: Frame, to: Address) -> Intent:
    return Transfer(token=None, owner=frame.actor, recipient=to, amount=frame.value)


def _unread(data: bytes) -> Unknown:
    if len(data) < 4:
        return Unknown(reason="the payload is shorter than a selector", selector=None)
    return Unknown(
        reason="the function called is not one that this version can read", selector=_selector(data)
    )


def _told_selector(frame: Frame) -> str | None:
    return None if frame.function else _selector(frame.data)


def _selector(data: bytes) -> str | None:
    return "0x" + data[:4].hex() if len(data) >= 4 else None
