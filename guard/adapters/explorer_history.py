"""An account's past from an explorer: every page of it, and only the new ones the next time.

What belongs here: the order of pages, and what is asked again. What must not: HTTP (`explorer_api.py`), the
form of answers (`explorer_pages.py`), and how a past is counted (`guard.core.history`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from guard.adapters.explorer_api import NO_LAST_BLOCK, ExplorerApi, PageQuestion
from guard.adapters.explorer_pages import PageReader, Row
from guard.adapters.history_cache import CachedHistory, CacheKey, HistoryCache
from guard.core.address import Address
from guard.core.evidence import Fact, Missing, Observed
from guard.core.history import AccountHistory
from guard.deadline import Deadline
from guard.errors import GuardError, ServiceInvalid
from guard.ports import Clock
from guard.predict.exchange import TOO_LARGE

T = TypeVar("T")

PAGE_SIZE = 1_000
"""Rows of one page: what Etherscan gives without a paid plan."""
RESULT_WINDOW = 10_000
"""Page times size beyond which explorers refuse; only one block's rows are ever paged by number."""
MAX_ROWS = 20_000
"""Transactions, and token moves, that are read; a longer past is told as too long, never cut."""
REORG_MARGIN = 1_000
"""Blocks before the last known one that are asked for again: they may be replaced, or filled in late.

Three hours on Ethereum, where two epochs (64 blocks) are final, and some minutes on the fastest chains.
"""
FRESH_S = 60
"""Seconds in which an account is not asked about twice: a check, and the send after it."""
WHOLE_EVERY_S = 7 * 86_400
"""Seconds after which everything is asked for again: an explorer that was behind may have filled a gap."""


class ExplorerHistory:
    """Implements the HistorySource port over one explorer."""

    def __init__(
        self,
        api: ExplorerApi,
        *,
        chain_id: Callable[[], int],
        clock: Clock,
        cache: HistoryCache | None = None,
        max_rows: int = MAX_ROWS,
        page_size: int = PAGE_SIZE,
    ) -> None:
        """Take the parts; `chain_id` tells the chain when asked, and raises GuardError where it cannot."""
        self._api = api
        self._chain_id = chain_id
        self._clock = clock
        self._cache = cache
        self._max_rows = max_rows
        self._page_size = page_size

    def history(self, account: Address, deadline: Deadline) -> Fact[AccountHistory]:
        """Return the whole past of `account`, or Missing when it is too long, or not told."""
        source = f"explorer {self._api.name}"
        try:
            told = self._current(account, deadline)
        except GuardError as error:
            return Missing(f"no history from the {source}: {error.message}", is_failure=True)
        if told.is_too_long:
            return Missing(
                f"the account has more than {self._max_rows} transactions or token moves, more than are read"
            )
        history = AccountHistory(
            account=account,
            transactions=tuple(row.value for row in told.transactions),
            token_moves=tuple(row.value for row in told.token_moves),
            source=source,
        )
        return Observed(history, source, told.last_block)

    def _current(self, account: Address, deadline: Deadline) -> CachedHistory:
        """Return the past as of now: the kept part of it, and what the explorer adds."""
        key = CacheKey(chain_id=self._chain_id(), account=account, source=self._api.url)
        now = self._clock.now()
        known = None if self._cache is None else self._cache.load(key)
        # A clock that went back makes every age a guess.
        if known is not None and not 0 <= now - known.whole_at < WHOLE_EVERY_S:
            known = None
        if known is not None and (known.is_too_long or 0 <= now - known.asked_at < FRESH_S):
            return known
        told = self._asked(key, known or CachedHistory(asked_at=now, whole_at=now), deadline)
        told = replace(told, asked_at=now)
        if self._cache is not None:
            self._cache.save(key, told)
        return told

    def _asked(self, key: CacheKey, known: CachedHistory, deadline: Deadline) -> CachedHistory:
        reader = PageReader(key.account)
        pages = _Pages(self._api, key, deadline, self._page_size, self._max_rows)
        transactions = pages.read("txlist", reader.transactions, known.transactions)
        token_moves = (
            None if transactions is None else pages.read("tokentx", reader.token_moves, known.token_moves)
        )
        if transactions is None or token_moves is None:
            return replace(known, is_too_long=True, transactions=(), token_moves=())
        return replace(known, transactions=transactions, token_moves=token_moves)


@dataclass(slots=True)
class _Pages:
    """The pages about one account, asked for by block: an explorer refuses to count far."""

    api: ExplorerApi
    key: CacheKey
    deadline: Deadline
    size: int
    max_rows: int

    def read(
        self,
        action: str,
        parse: Callable[[Sequence[Any]], list[Row[T | None]]],
        known: Sequence[Row[T]],
    ) -> tuple[Row[T], ...] | None:
        """Return what is known up to the margin, and all that is told from there on; None for too much.

        A page ends anywhere, in the middle of a block too, and an explorer may give fewer rows than it was
        asked for. So the last block of a page is not counted but asked for again, and only a page that is
        shorter than another one was is the end.
        """
        first = max(0, known[-1].block - REORG_MARGIN) if known else 0
        rows = [row for row in known if row.block < first]
        longest = 0
        while len(rows) <= self.max_rows:
            page = parse(self._page(action, first, NO_LAST_BLOCK, 1))
            _check_order(page, first, NO_LAST_BLOCK)
            if not page:
                return tuple(rows)
            longest = max(longest, len(page))
            last = page[-1].block
            if page[0].block < last:
                rows.extend(_counted(row for row in page if row.block < last))
                first = last
                continue
            rows.extend(_counted(page))
            if len(page) < min(longest, self.size):
                return tuple(rows) if len(rows) <= self.max_rows else None
            rest = self._rest_of_block(action, parse, last)
            if rest is None:
                return None
            rows.extend(_counted(rest))
            first = last + 1
        return None

    def _rest_of_block(
        self, action: str, parse: Callable[[Sequence[Any]], list[Row[T | None]]], block: int
    ) -> list[Row[T | None]] | None:
        """Return what a block holds beyond the page that it filled; None where that cannot be counted."""
        rest: list[Row[T | None]] = []
        for number in range(2, RESULT_WINDOW // self.size + 1):
            page = parse(self._page(action, block, block, number))
            _check_order(page, block, block)
            if not page:
                return rest
            rest.extend(page)
        return None

    def _page(self, action: str, first: int, last: int, number: int) -> list[Any]:
        """Return one page, asking for fewer rows where they are too many bytes."""
        while True:
            question = PageQuestion(
                chain_id=self.key.chain_id,
                action=action,
                account=self.key.account,
                first_block=first,
                last_block=last,
                page=number,
                size=self.size,
            )
            try:
                rows = self.api.rows(question, self.deadline)
            except ServiceInvalid as error:
                # A page that is not the first would be another one at another size.
                if error.code != TOO_LARGE or self.size == 1 or number > 1:
                    raise
                self.size //= 2
                continue
            if len(rows) > self.size:
                raise ServiceInvalid(
                    f"the explorer answered {len(rows)} rows where {self.size} were asked for"
                )
            return rows


def _counted(page: Iterable[Row[T | None]]) -> Iterator[Row[T]]:
    """Yield the rows that tell something."""
    return (Row(row.block, row.value) for row in page if row.value is not None)


def _check_order(page: Sequence[Row[Any]], first: int, last: int) -> None:
    blocks = [first, *(row.block for row in page), last]
    if blocks != sorted(blocks):
        raise ServiceInvalid("the explorer answered rows that are not in the order that was asked for")
