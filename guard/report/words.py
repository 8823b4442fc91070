"""What a request does, in words: one line a call, and a line for each call inside of it.

What belongs here: words. What must not: layout, or any judgement; nothing is shortened that a person must
compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from guard.core.amounts import format_ether
from guard.core.decode.structures.permit2 import LARGEST_ALLOWANCE
from guard.core.intent import (
    Administer,
    AllowanceChange,
    Approve,
    ApproveAll,
    Asset,
    AssetKind,
    Batch,
    Call,
    Delegate,
    Deploy,
    Intent,
    Invoke,
    Message,
    NftTransfer,
    OpaqueHash,
    Order,
    Permit,
    SafeCall,
    Swap,
    Transfer,
    Unknown,
    inner_calls,
)

_LAST_TIME = 253_402_300_799
"""The end of the year 9999, Unix seconds: what lies beyond it is for ever."""
_LINE_END = re.compile(r"\\\\|\\x0a")
"""An escaped end of a line, and an escaped backslash, which may stand before what only looks like one."""


def told(intent: Intent) -> Iterator[tuple[tuple[int, ...], str]]:
    """Yield the place of each line, () for the request itself, and its words."""
    yield from _told(intent, ())


def _told(intent: Intent, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], str]]:
    for line in words(intent):
        yield path, line
    # The decoder's bound on depth bounds this recursion too.
    for number, call in enumerate(inner_calls(intent), start=1):
        place = (*path, number)
        first, *rest = _told(call.intent, place)
        yield place, _manner(call) + first[1]
        yield from rest


def _manner(call: Call) -> str:
    """Return what comes before the words of a nested call: how it is made, where that matters."""
    manner = f"with the code of {call.to} in the place of its own: " if call.is_delegatecall else ""
    is_told = isinstance(call.intent, Transfer) and call.intent.token is None
    if call.value and not is_told:
        manner += f"with {format_ether(call.value)} to {call.to}: "
    return manner


def words(intent: Intent) -> tuple[str, ...]:
    """Return what an intent does, in one line or more; calls inside of it are left to others."""
    match intent:
        case Permit():
            return tuple(_permit(intent))
        case Order():
            return tuple(_order(intent))
        case Delegate():
            return tuple(_delegate(intent))
        case Batch() | SafeCall():
            return (_wrapper(intent),)
        case Message():
            return tuple(_message(intent))
        case Transfer() | NftTransfer():
            return (_moved(intent),)
        case Approve() | ApproveAll():
            return (_allowed(intent),)
        case _:
            return (_other(intent),)


def _moved(intent: Transfer | NftTransfer) -> str:
    if isinstance(intent, NftTransfer):
        pieces = ", ".join(
            f"{token_id}" if amount == 1 else f"{amount} of {token_id}"
            for token_id, amount in zip(intent.token_ids, intent.amounts, strict=False)
        )
        return f"move {pieces} of the collection {intent.collection} of {intent.owner} to {intent.recipient}"
    kind = AssetKind.NATIVE if intent.token is None else AssetKind.ERC20
    what = _asset(Asset(kind=kind, token=intent.token, amount=intent.amount))
    if intent.portion is not None:
        what = f"{intent.portion / 100:g} % of what is there, at least {what},"
    until = "" if intent.expires_at is None else f", {_until(intent.expires_at)}"
    return f"send {what} of {intent.owner} to {intent.recipient}{until}"


def _allowed(intent: Approve | ApproveAll) -> str:
    if isinstance(intent, ApproveAll):
        verb = "let" if intent.approved else "no longer let"
        return f"{verb} {intent.operator} move everything of {intent.owner} in {intent.collection}"
    amount = f"{_units(intent.amount)} of the token {intent.token} of {intent.owner}"
    until = "" if intent.expires_at is None else f", {_until(intent.expires_at)}"
    if intent.change is AllowanceChange.DECREASE:
        return f"let {intent.spender} take less than before, by {amount}{until}"
    if intent.change is AllowanceChange.INCREASE:
        return f"let {intent.spender} take more than before, by {amount}{until}"
    return f"let {intent.spender} take up to {amount}{until}"


def _permit(intent: Permit) -> Iterator[str]:
    for grant in intent.grants:
        amount = f"{_units(grant.amount)} of the token {grant.token} of {intent.owner}"
        yield f"let {intent.spender} take up to {amount}, {_until(grant.expires_at)}"
    if not intent.grants:
        yield f"let {intent.spender} take nothing of {intent.owner}"
    yield f"whoever has the signature can hand it in {_until(intent.deadline)}"


def _order(intent: Order) -> Iterator[str]:
    taker = "anybody" if intent.taker is None else intent.taker
    yield f"let {taker} take, {_until(intent.expires_at)}, from {intent.offerer}:"
    yield from (f"- {_asset(asset)}" for asset in intent.gives)
    yield "for:" if intent.payouts else "for nothing"
    yield from (f"- {_asset(payout.asset)} to {payout.recipient}" for payout in intent.payouts)
    yield from intent.unusual


def _delegate(intent: Delegate) -> Iterator[str]:
    for one in intent.authorizations:
        chain = "every chain" if one.chain_id == 0 else f"the chain {one.chain_id}"
        account = "an account that is not told" if one.authority is None else one.authority
        yield f"let the code of {one.delegate} act as {account} on {chain}, at the nonce {one.nonce}"


def _wrapper(intent: Batch | SafeCall) -> str:
    if isinstance(intent, Batch):
        count = len(intent.calls)
        return f"make {count} {'call' if count == 1 else 'calls'} ({intent.form})"
    paid = ""
    if intent.gas_price:
        token = "ether" if intent.gas_token is None else f"the token {intent.gas_token}"
        receiver = "whoever submits it" if intent.refund_receiver is None else intent.refund_receiver
        paid = f", and pay {receiver} {intent.gas_price} units of {token} for each unit of gas"
    return f"let the wallet contract {intent.safe} make one call ({intent.form}){paid}"


def _other(intent: Intent) -> str:
    match intent:
        case Swap():
            gives = "what is not told" if intent.gives is None else f"at most {_asset(intent.gives)}"
            receives = (
                "what is not told" if intent.receives is None else f"at least {_asset(intent.receives)}"
            )
            return f"change {gives} for {receives} to {intent.recipient} ({intent.form})"
        case Administer():
            subject = "" if intent.subject is None else f": {intent.subject}"
            return f"{intent.action} of {intent.contract}{subject}"
        case Deploy():
            return f"deploy a contract of {intent.code_size} bytes, with {format_ether(intent.value)}"
        case Invoke():
            return f"call {intent.function}"
        case OpaqueHash():
            return f"sign or approve the hash {intent.hash}, which may stand for anything ({intent.form})"
        case Unknown():
            return f"what cannot be read: {intent.reason}"
        case _:
            return intent.kind


def _message(intent: Message) -> Iterator[str]:
    """Yield a message in its own lines, each behind a bar, so that none can pass for one of ours."""
    chain = "" if intent.chain_id is None else f" on the chain {intent.chain_id}"
    verb = "sign" if intent.domain is None else f"sign in at {intent.domain}{chain}:"
    if intent.text is None:
        yield f"{verb} {intent.size} bytes that are no text"
        return
    lines = _LINE_END.sub(lambda found: "\n" if found[0] == r"\x0a" else found[0], intent.text).split("\n")
    if len(lines) == 1 and not intent.is_cut:
        yield f'{verb} the text "{intent.text}"'
        return
    part = f", of which this is the beginning ({intent.size} bytes in all)" if intent.is_cut else ""
    yield f"{verb} the text{part}:"
    yield from (f"| {line}".rstrip() for line in lines)


def _asset(asset: Asset) -> str:
    if asset.kind is AssetKind.NATIVE:
        return format_ether(asset.amount)
    if asset.kind is AssetKind.ERC20:
        return f"{_units(asset.amount)} of the token {asset.token}"
    which = "any piece" if asset.token_id is None else f"the piece {asset.token_id}"
    count = "" if asset.amount == 1 else f"{asset.amount} of "
    return f"{count}{which} of the collection {asset.token}"


def _units(amount: int) -> str:
    return f"{amount} units{' (no limit)' if amount >= LARGEST_ALLOWANCE else ''}"


def _until(moment: int | None) -> str:
    if moment is None or moment > _LAST_TIME:
        return "for ever"
    return f"until {datetime.fromtimestamp(moment, UTC).strftime('%Y-%m-%d %H:%M')} UTC"
