"""Rows of an invented account, for the tests of the explorer's adapters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from guard.adapters.explorer_api import ExplorerApi
from guard.adapters.explorer_history import ExplorerHistory
from guard.adapters.history_cache import HistoryCache
from guard.adapters.rate_limit import RateLimit
from guard.testing import FixedClock
from tests.adapters.values import address
from tests.explorer import Explorer, Row

ME, ANNA, COIN = address(1), address(2), address(3)
GENESIS = 1_700_000_000


def payment(block: int, index: int = 0, **changes: str) -> Row:
    """Return one ether from Anna to me in this block."""
    return {
        "blockNumber": str(block),
        "timeStamp": str(GENESIS + 12 * block),
        "hash": f"0x{block:032x}{index:032x}",
        "from": ANNA.lower(),
        "to": ME.lower(),
        "value": str(10**18),
        "contractAddress": "",
        "isError": "0",
    } | changes


def move(block: int, **changes: str) -> Row:
    """Return 1.5 coins from Anna to me in this block."""
    return {
        "blockNumber": str(block),
        "timeStamp": str(GENESIS + 12 * block),
        "hash": f"0x{block:064x}",
        "from": ANNA.lower(),
        "to": ME.lower(),
        "value": "1500000",
        "contractAddress": COIN.lower(),
        "tokenName": "Coin",
        "tokenDecimal": "6",
    } | changes


@dataclass
class Told:
    """What an explorer knows, and may come to know while a test runs."""

    transactions: list[Row] = field(default_factory=list)
    moves: list[Row] = field(default_factory=list)

    def __call__(self, action: str, account: str) -> Sequence[Row]:
        return {"txlist": self.transactions, "tokentx": self.moves}[action]


def api(explorer: Explorer, key: str | None = None, waits: list[float] | None = None) -> ExplorerApi:
    """Return the client of a loopback explorer, which notes its pauses instead of waiting."""
    noted: list[float] = [] if waits is None else waits
    return ExplorerApi(explorer.url, key=key, limit=RateLimit(1e6), wait=noted.append)


def reader(
    explorer: Explorer,
    folder: Path | None = None,
    *,
    clock: FixedClock | None = None,
    chain_id: Callable[[], int] = lambda: 1,
    **limits: int,
) -> ExplorerHistory:
    """Return the source of histories on a loopback explorer; with `folder` it keeps what it was told."""
    return ExplorerHistory(
        api(explorer),
        chain_id=chain_id,
        clock=clock or FixedClock(),
        cache=None if folder is None else HistoryCache(folder / "histories.sqlite3"),
        **limits,
    )
