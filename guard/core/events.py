"""Event logs read as a story: what moved, to whom, and which rights were given.

What belongs here: the standard events, how they add up, and how the story is compared with another run and
with what tokens report. What must not: how logs are had.

Sources: https://eips.ethereum.org/EIPS/eip-20, eip-721, eip-1155; moves of ether appear as ERC-20 transfers
of 0xeeee…, as `traceTransfers` of `eth_simulateV1` writes them (ethereum/execution-apis).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from guard.core import abi
from guard.core.address import NOBODY, Address, keccak256
from guard.core.intent import Asset, AssetKind
from guard.core.world import AllowanceGiven, AssetChange
from guard.errors import UnreadableArguments

NATIVE = Address.from_bytes(b"\xee" * 20)
"""The emitter of moves of ether; no contract can have this address."""

_TRANSFER = keccak256(b"Transfer(address,address,uint256)")
_SINGLE = keccak256(b"TransferSingle(address,address,address,uint256,uint256)")
_BATCH = keccak256(b"TransferBatch(address,address,address,uint256[],uint256[])")
_APPROVAL = keccak256(b"Approval(address,address,uint256)")
_APPROVAL_FOR_ALL = keccak256(b"ApprovalForAll(address,address,bool)")
_DEPOSIT = keccak256(b"Deposit(address,uint256)")
_WITHDRAWAL = keccak256(b"Withdrawal(address,uint256)")

_AGREE_PART = 100
"""Amounts of two runs agree within one part in so many: interest and prices move with time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One event."""

    emitter: Address
    """The contract that emitted it."""
    topics: tuple[bytes, ...]
    """Up to four words of 32 bytes."""
    data: bytes
    """What is not indexed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What the events of one run tell."""

    changes: tuple[AssetChange, ...] = ()
    """What each party has more or less of in the end."""
    allowances: tuple[AllowanceGiven, ...] = ()
    """The rights that stand in the end, as the events tell them."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move that an event tells."""

    asset: Asset
    """What."""
    origin: Address
    """From whom; `NOBODY` where it is made."""
    target: Address
    """To whom; `NOBODY` where it is destroyed."""


Readings: TypeAlias = Mapping[tuple[Address, Address], tuple[int, int]]
"""By token and holder: what `balanceOf` said before the request and after it."""


def story_of(logs: Collection[Log], wrappers: Collection[Address] = ()) -> Story:
    """Return what these events tell.

    `wrappers` are the contracts whose Deposit and Withdrawal events are mints and burns, as those of
    wrapped ether are; elsewhere the same events mean other things.
    """
    return Story(changes=tuple(_net(_moves(logs, wrappers))), allowances=tuple(_allowances(logs)))


def native_move(origin: Address, target: Address, amount: int) -> Log:
    """Return a move of ether as the event as which a simulation would show it."""
    topics = (_TRANSFER, *(bytes(12) + party.to_bytes() for party in (origin, target)))
    return Log(emitter=NATIVE, topics=topics, data=amount.to_bytes(32, "big"))


def wrapping(logs: Iterable[Log]) -> dict[tuple[Address, Address], int]:
    """Return by contract and holder what Deposit and Withdrawal events add up to as wrapped ether's."""
    totals: dict[tuple[Address, Address], int] = {}
    for log in logs:
        for move in _wrapped(log):
            holder, sign = (move.target, 1) if move.origin == NOBODY else (move.origin, -1)
            place = (log.emitter, holder)
            totals[place] = totals.get(place, 0) + sign * move.asset.amount
    return totals


def confirmed_wrappers(logs: Collection[Log], readings: Readings) -> frozenset[Address]:
    """Return the contracts whose balances move exactly as their Deposit and Withdrawal events would tell."""
    told = _told_by_place(story_of(logs).changes)
    return frozenset(
        token
        for (token, holder), total in wrapping(logs).items()
        if (seen := readings.get((token, holder))) is not None
        and total + told.get((token, holder), 0) == seen[1] - seen[0]
    )


def agree(first: Story, second: Story) -> bool:
    """Whether two runs came to the same: the same rights and assets, the amounts within a hundredth."""
    if set(first.allowances) != set(second.allowances):
        return False
    one, other = _by_place(first.changes), _by_place(second.changes)
    return one.keys() == other.keys() and all(_is_near(one[place], other[place]) for place in one)


def is_contradicted(changes: Iterable[AssetChange], readings: Readings) -> bool:
    """Whether a token reports balances that its own events do not tell.

    A gain that is not there or not half of what was told, a loss of more than twice what was told, a loss
    that does not show. The wide margin is for tokens that settle interest in the same events (aTokens), or
    round (stETH). What is gained in silence misleads nobody.
    """
    told = _told_by_place(changes)
    return any(_differs(told.get(place, 0), after - before) for place, (before, after) in readings.items())


def _told_by_place(changes: Iterable[AssetChange]) -> dict[tuple[Address, Address], int]:
    """Return by token and holder what changes add up to, so far as `balanceOf` could show it."""
    told: dict[tuple[Address, Address], int] = {}
    for change in changes:
        if change.asset.token is not None and change.asset.kind is not AssetKind.ERC1155:
            place = (change.asset.token, change.party)
            sign = 1 if change.is_gain else -1
            told[place] = told.get(place, 0) + sign * change.asset.amount
    return told


def _differs(told: int, seen: int) -> bool:
    if told > 0:
        return 2 * seen < told
    if told < 0:
        return seen >= 0 or -seen > -2 * told
    return seen < -2


def _is_near(one: int, other: int) -> bool:
    return abs(one - other) * _AGREE_PART <= max(abs(one), abs(other))


def _by_place(changes: Iterable[AssetChange]) -> dict[tuple[object, ...], int]:
    return {
        (change.party, change.asset.kind, change.asset.token, change.asset.token_id, change.is_gain): (
            change.asset.amount
        )
        for change in changes
    }


def _net(moves: Iterable[Move]) -> Iterator[AssetChange]:
    totals: dict[tuple[Address, AssetKind, Address | None, int | None], int] = {}
    for move in moves:
        asset = move.asset
        for party, sign in ((move.origin, -1), (move.target, 1)):
            place = (party, asset.kind, asset.token, asset.token_id)
            totals[place] = totals.get(place, 0) + sign * asset.amount
    for (party, kind, token, token_id), total in totals.items():
        if total and party != NOBODY:
            amount = Asset(kind=kind, token=token, token_id=token_id, amount=abs(total))
            yield AssetChange(party=party, asset=amount, is_gain=total > 0)


def _moves(logs: Iterable[Log], wrappers: Collection[Address]) -> Iterator[Move]:
    for log in logs:
        match log.topics, len(log.data):
            case (topic, origin, target), 32 if topic == _TRANSFER:
                yield Move(_coins(log), _party(origin), _party(target))
            case (topic, origin, target, token_id), 0 if topic == _TRANSFER:
                piece = Asset(kind=AssetKind.ERC721, token=log.emitter, token_id=_number(token_id), amount=1)
                yield Move(piece, _party(origin), _party(target))
            case (topic, _, origin, target), _ if topic in (_SINGLE, _BATCH):
                for piece in _pieces(log):
                    yield Move(piece, _party(origin), _party(target))
            case _ if log.emitter in wrappers:
                yield from _wrapped(log)


def _coins(log: Log) -> Asset:
    amount = _number(log.data)
    if log.emitter == NATIVE:
        return Asset(kind=AssetKind.NATIVE, token=None, amount=amount)
    return Asset(kind=AssetKind.ERC20, token=log.emitter, amount=amount)


def _pieces(log: Log) -> Iterator[Asset]:
    """Yield what an ERC-1155 event moves; nothing where its data is not what the standard says."""
    is_batch = log.topics[0] == _BATCH
    try:
        ids, amounts = abi.read("uint256[],uint256[]" if is_batch else "uint256,uint256", log.data).values
    except UnreadableArguments:
        return
    pairs = zip(ids, amounts, strict=False) if is_batch else [(ids, amounts)]
    for token_id, amount in pairs:
        yield Asset(kind=AssetKind.ERC1155, token=log.emitter, token_id=token_id, amount=amount)


def _wrapped(log: Log) -> Iterator[Move]:
    if len(log.topics) == 2 and len(log.data) == 32:
        holder = _party(log.topics[1])
        if log.topics[0] == _DEPOSIT:
            yield Move(_coins(log), NOBODY, holder)
        elif log.topics[0] == _WITHDRAWAL:
            yield Move(_coins(log), holder, NOBODY)


def _allowances(logs: Iterable[Log]) -> Iterator[AllowanceGiven]:
    """Yield what stands in the end: a later event of the same three parties takes the earlier one's place."""
    standing: dict[tuple[Address, Address, Address], int | None] = {}
    for log in logs:
        match log.topics, len(log.data):
            case (topic, owner, spender), 32 if topic == _APPROVAL:
                standing[log.emitter, _party(owner), _party(spender)] = _number(log.data)
            case (topic, owner, spender, _), 0 if topic == _APPROVAL:
                # One piece of an ERC-721 collection; to nobody takes the right away.
                standing[log.emitter, _party(owner), _party(spender)] = int(_party(spender) != NOBODY)
            case (topic, owner, operator), 32 if topic == _APPROVAL_FOR_ALL:
                standing[log.emitter, _party(owner), _party(operator)] = None if _number(log.data) else 0
    for (token, giver, taker), amount in standing.items():
        if amount != 0:
            yield AllowanceGiven(token=token, owner=giver, spender=taker, amount=amount)


def _party(topic: bytes) -> Address:
    return Address.from_bytes(topic[12:])


def _number(word: bytes) -> int:
    return int.from_bytes(word, "big")
