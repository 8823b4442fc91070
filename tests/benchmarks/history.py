"""An account of 10,000 transactions: its features, the pages that tell it, and what is kept of it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from guard.adapters.explorer_pages import PageReader, read_page
from guard.adapters.history_cache import CachedHistory, CacheKey, HistoryCache
from guard.core.history import AccountHistory, account_vector
from guard.deadline import Deadline
from guard.testing import FixedClock
from tests.adapters.explorer_rows import ME, Told, move, payment, reader
from tests.adapters.values import address
from tests.benchmarks.table import median_s, print_table
from tests.explorer import Explorer, Row

COUNT = 10_000
PAGE = 1_000


def _rows() -> Told:
    """Return as many payments and token moves, with a thousand different others."""
    others = [address(1000 + number).lower() for number in range(1000)]

    def sides(number: int) -> Row:
        sides = [others[number % 1000], ME.lower()]
        return dict(zip(("from", "to"), sides if number % 3 else sides[::-1], strict=True))

    numbers = range(1, COUNT + 1)
    payments = [payment(number, input="0x" + "ab" * 68, **sides(number)) for number in numbers]
    return Told(payments, [move(number, **sides(number)) for number in numbers])


def _features(told: Told) -> AccountHistory:
    page_reader = PageReader(ME)
    transactions = [row.value for row in page_reader.transactions(told.transactions) if row.value]
    moves = [row.value for row in page_reader.token_moves(told.moves) if row.value]
    history = AccountHistory(
        account=ME, transactions=tuple(transactions), token_moves=tuple(moves), source="benchmark"
    )
    seconds = median_s(lambda: account_vector(history), repeats=9)
    small = AccountHistory(
        account=ME, transactions=history.transactions[:56], token_moves=(), source="benchmark"
    )
    print_table(
        "features of an account",
        [
            ("baseline: one pass over its transactions", median_s(lambda: _one_pass(history), repeats=9)),
            (f"the vector of {COUNT:,} transactions, {COUNT:,} moves", seconds),
            ("the vector of 56 transactions", median_s(lambda: account_vector(small), repeats=99)),
        ],
    )
    return history


def _one_pass(history: AccountHistory) -> int:
    return sum(entry.value_wei for entry in history.transactions)


def _pages(told: Told) -> None:
    page = {"status": "1", "message": "OK", "result": told.transactions[:PAGE]}
    body = json.dumps(page).encode()
    rows = read_page(body)
    moves = told.moves[:PAGE]
    print_table(
        f"one page of {PAGE:,} rows ({len(body) / 1024:.0f} KB)",
        [
            ("baseline: json.loads alone", median_s(lambda: json.loads(body), repeats=9)),
            ("the strict reading of its JSON", median_s(lambda: read_page(body), repeats=9)),
            ("its rows as transactions", median_s(lambda: PageReader(ME).transactions(rows), repeats=9)),
            ("as many rows as token moves", median_s(lambda: PageReader(ME).token_moves(moves), repeats=9)),
        ],
    )


def _cache(told: Told, folder: Path) -> None:
    clock = FixedClock()
    with Explorer(told) as explorer:
        source = reader(explorer, folder, clock=clock)

        def ask() -> object:
            return source.history(ME, Deadline.after(120))

        whole = median_s(ask, repeats=1)
        hit = median_s(ask, repeats=9)
        questions = len(explorer.questions)

        def later() -> None:
            clock.time += 60
            ask()

        refreshed = median_s(later, repeats=5)
        again = (len(explorer.questions) - questions) / 5
    kept = (folder / "histories.sqlite3").stat().st_size / 1024
    cache = HistoryCache(folder / "histories.sqlite3")
    key = CacheKey(chain_id=1, account=address(7), source="x")
    small = CachedHistory(asked_at=1, whole_at=1)
    cache.save(key, small)
    print_table(
        f"{COUNT:,} transactions and moves from a loopback explorer; {kept:.0f} KB are kept",
        [
            (f"baseline: the first time, {questions} questions", whole),
            ("again within a minute: no question", hit),
            (f"later: {again:.0f} questions for what is new", refreshed),
            ("what is kept of an empty account", median_s(lambda: cache.load(key), repeats=9)),
        ],
    )


def main() -> None:
    told = _rows()
    _features(told)
    print()
    _pages(told)
    print()
    with tempfile.TemporaryDirectory() as folder:
        _cache(told, Path(folder))


if __name__ == "__main__":
    main()
