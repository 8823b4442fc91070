"""Histories from an explorer: every page, in whatever pieces it comes, and only what is new the next time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guard.adapters.explorer_history import FRESH_S, REORG_MARGIN, RESULT_WINDOW, WHOLE_EVERY_S
from guard.core.evidence import Fact, Missing, Observed
from guard.core.history import AccountHistory
from guard.deadline import Deadline
from guard.errors import NodeError
from guard.testing import FixedClock
from tests.adapters.explorer_rows import GENESIS, ME, Told, move, payment, reader
from tests.explorer import Explorer, Row, refusing
from tests.loopback import http_answer


def told(fact: Fact[AccountHistory]) -> AccountHistory:
    assert isinstance(fact, Observed), fact
    return fact.value


def missing(explorer: Explorer, reason: str) -> Missing:
    return Missing(f"no history from the explorer 127.0.0.1:{explorer.port}: {reason}", is_failure=True)


def ask(explorer: Explorer, folder: Path | None = None, **named: Any) -> Fact[AccountHistory]:
    return reader(explorer, folder, **named).history(ME, Deadline.after(30))


def blocks(history: AccountHistory) -> list[int]:
    return [(entry.timestamp - GENESIS) // 12 for entry in history.transactions]


def starts(explorer: Explorer, action: str = "txlist") -> list[int]:
    return [int(asked["startblock"]) for asked in explorer.questions if asked["action"] == action]


def test_an_account_without_a_past_has_an_empty_history_and_not_a_missing_one() -> None:
    for shape in ("etherscan", "blockscout"):
        with Explorer(Told(), shape=shape) as explorer:
            fact = ask(explorer)
            source = f"explorer 127.0.0.1:{explorer.port}"
        assert fact == Observed(
            AccountHistory(account=ME, transactions=(), token_moves=(), source=source), source, 0
        )


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 1000])
def test_no_size_of_a_page_changes_what_is_told(size: int) -> None:
    places = [(1, 0), (2, 0), (2, 1), (2, 2), (2, 3), (5, 0), (6, 0), (6, 1), (9, 0)]
    rows = [payment(*place) for place in places]
    with Explorer(Told(rows, [move(3), move(4)])) as explorer:
        history = told(ask(explorer, page_size=size))
    assert blocks(history) == [block for block, _ in places]
    assert len(history.token_moves) == 2


@pytest.mark.parametrize("most", [1, 2, 3, 5])
@pytest.mark.parametrize(
    "places",
    [
        [(number, 0) for number in range(1, 12)],
        [(1, 0), (2, 0), (2, 1), (2, 2), (2, 3), (5, 0), (9, 0), (9, 1), (9, 2)],
        [(4, index) for index in range(6)],
        [(4, 0), (4, 1), (7, 0)],
    ],
    ids=range(4),
)
def test_an_explorer_that_gives_less_than_it_is_asked_for_cuts_nothing_off(
    most: int, places: list[tuple[int, int]]
) -> None:
    rows = [payment(*place) for place in places]
    with Explorer(Told(rows), most=most) as explorer:
        assert blocks(told(ask(explorer, page_size=1000))) == [block for block, _ in places]


@pytest.mark.parametrize(("count", "questions"), [(0, 1), (1, 3), (2, 2), (900, 2), (1000, 2), (1500, 3)])
def test_an_ordinary_account_costs_few_questions(count: int, questions: int) -> None:
    with Explorer(Told([payment(number) for number in range(1, count + 1)])) as explorer:
        assert len(blocks(told(ask(explorer)))) == count
    assert len(starts(explorer)) == questions


def test_pages_are_counted_by_block_and_never_beyond_the_window() -> None:
    rows = [payment(number) for number in range(1, 26)]
    with Explorer(Told(rows)) as explorer:
        told(ask(explorer, page_size=10))
    asked = [question for question in explorer.questions if question["action"] == "txlist"]
    assert [(question["startblock"], question["page"]) for question in asked] == [
        ("0", "1"),
        ("10", "1"),
        ("19", "1"),
        ("25", "1"),
    ]


def test_a_block_that_fills_pages_is_read_by_page() -> None:
    rows = [payment(4, index) for index in range(7)] + [payment(5)]
    with Explorer(Told(rows)) as explorer:
        history = told(ask(explorer, page_size=3))
    assert blocks(history) == [4] * 7 + [5]


def test_a_block_that_no_page_number_reaches_the_end_of_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guard.adapters.explorer_history.RESULT_WINDOW", 6)
    rows = [payment(4, index) for index in range(9)]
    with Explorer(Told(rows)) as explorer:
        assert ask(explorer, page_size=3, max_rows=20) == Missing(
            "the account has more than 20 transactions or token moves, more than are read"
        )
    assert RESULT_WINDOW == 10_000


@pytest.mark.parametrize("which", ["transactions", "moves"])
def test_a_past_that_is_too_long_is_missing_and_never_a_part(which: str) -> None:
    def rows(count: int) -> Told:
        if which == "moves":
            return Told(moves=[move(number) for number in range(1, count + 1)])
        return Told([payment(number) for number in range(1, count + 1)])

    with Explorer(rows(20)) as explorer:
        assert len(told(ask(explorer, page_size=6, max_rows=20)).transactions) in (0, 20)
    with Explorer(rows(21)) as explorer:
        fact = ask(explorer, page_size=6, max_rows=20)
    assert fact == Missing("the account has more than 20 transactions or token moves, more than are read")


def test_rows_of_tokens_with_an_id_do_not_end_a_page_early() -> None:
    def collectible(block: int) -> Row:
        row = move(block) | {"tokenID": "1"}
        del row["value"]
        return row

    rows = [collectible(1), collectible(2), move(3), collectible(4), move(5)]
    with Explorer(Told(moves=rows), shape="blockscout") as explorer:
        assert len(told(ask(explorer, page_size=2)).token_moves) == 2


def test_a_page_of_too_many_bytes_is_asked_for_in_smaller_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guard.adapters.explorer_api.MAX_PAGE_BYTES", 4000)
    rows = [payment(number, input="0x" + "ab" * 400) for number in range(1, 10)]
    with Explorer(Told(rows)) as explorer:
        assert blocks(told(ask(explorer, page_size=8))) == list(range(1, 10))
    sizes = [question["offset"] for question in explorer.questions if question["action"] == "txlist"]
    assert sizes[:3] == ["8", "4", "2"]


def test_a_page_made_smaller_is_not_taken_for_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guard.adapters.explorer_api.MAX_PAGE_BYTES", 7000)
    heavy = {"input": "0x" + "ab" * 600}
    rows = [payment(number) for number in range(1, 9)]
    rows += [payment(9, index, **heavy) for index in range(6)] + [payment(10)]
    with Explorer(Told(rows)) as explorer:
        assert blocks(told(ask(explorer, page_size=8))) == [*range(1, 9), *[9] * 6, 10]
        assert [one["offset"] for one in explorer.questions][:3] == ["8", "8", "4"]


def test_one_row_of_too_many_bytes_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guard.adapters.explorer_api.MAX_PAGE_BYTES", 4000)
    with Explorer(Told([payment(1, input="0x" + "ab" * 4000)])) as explorer:
        fact = ask(explorer, page_size=4)
        assert fact == missing(explorer, "the service sent more than 4000 bytes")


class Lying(Told):
    """Ignores what it is asked for."""

    def __call__(self, action: str, account: str) -> list[Row]:
        return self.transactions if action == "txlist" else []


@pytest.mark.parametrize(
    "rows",
    [
        [payment(9), payment(5)],
        [payment(5), payment(9), payment(7, 1)],
    ],
    ids=range(2),
)
def test_rows_in_another_order_are_refused(rows: list[Row]) -> None:
    with Explorer(Lying(rows)) as explorer:
        fact = ask(explorer)
    assert isinstance(fact, Missing)
    assert fact.reason.endswith("the explorer answered rows that are not in the order that was asked for")


def test_more_rows_than_were_asked_for_are_refused() -> None:
    body = b'{"status": "1", "message": "OK", "result": [{}, {}, {}]}'
    with Explorer(Told(), refusals=[http_answer(body)]) as explorer:
        fact = ask(explorer, page_size=2)
    assert isinstance(fact, Missing)
    assert fact.reason.endswith("the explorer answered 3 rows where 2 were asked for")


def test_one_bad_row_leaves_nothing_of_the_others(tmp_path: Path) -> None:
    with Explorer(Told([payment(1), payment(2, value="x")])) as explorer:
        fact = ask(explorer, tmp_path)
        assert fact == missing(explorer, "the explorer answered no number as value")
        explorer._rows = Told([payment(1)])
        assert blocks(told(ask(explorer, tmp_path))) == [1]


@pytest.mark.parametrize("answers", [1, 2, 3])
def test_when_a_later_page_fails_nothing_of_the_earlier_ones_is_told(answers: int) -> None:
    class Failing(Explorer):
        def _answer(self, asked: Any) -> object:
            if len(self.questions) > answers:
                return {"status": "0", "message": "NOTOK", "result": "Query Timeout occured"}
            return super()._answer(asked)

    with Failing(Told([payment(number) for number in range(1, 9)], [move(1)])) as explorer:
        fact = ask(explorer, page_size=3)
    assert isinstance(fact, Missing)
    assert fact.reason.endswith("the explorer refuses: Query Timeout occured")


def test_without_time_it_is_missing() -> None:
    with Explorer(Told([payment(1)])) as explorer:
        fact = reader(explorer).history(ME, Deadline.after(0))
        assert isinstance(fact, Missing)
        assert explorer.questions == []


def test_a_rate_limit_that_outlasts_the_deadline_is_missing_with_its_reason() -> None:
    with Explorer(Told(), refusals=[refusing("Max rate limit reached")]) as explorer:
        fact = reader(explorer).history(ME, Deadline.after(0.5))
        reason = "the explorer says that it was asked too often: Max rate limit reached"
        assert fact == missing(explorer, reason)


def test_a_chain_that_cannot_be_told_is_missing_with_its_reason() -> None:
    def chain_id() -> int:
        raise NodeError("the node is down")

    with Explorer(Told()) as explorer:
        fact = ask(explorer, chain_id=chain_id)
        assert fact == missing(explorer, "the node is down")


def test_the_chain_is_told_to_an_explorer_of_many() -> None:
    with Explorer(Told()) as explorer:
        ask(explorer, chain_id=lambda: 11155111)
    assert {question["chainid"] for question in explorer.questions} == {"11155111"}


def test_within_a_minute_nothing_is_asked_again(tmp_path: Path) -> None:
    clock = FixedClock()
    with Explorer(Told([payment(1)], [move(2)])) as explorer:
        first = ask(explorer, tmp_path, clock=clock)
        asked = len(explorer.questions)
        clock.time += FRESH_S - 1
        assert ask(explorer, tmp_path, clock=clock) == first
        assert len(explorer.questions) == asked
        clock.time += 1
        assert ask(explorer, tmp_path, clock=clock) == first
        assert len(explorer.questions) > asked


def test_later_only_the_last_blocks_and_what_is_new_are_asked_for(tmp_path: Path) -> None:
    rows = [payment(number) for number in (10, 5000, 9990, 10_000)]
    clock, known = FixedClock(), Told(rows, [move(7000)])
    with Explorer(known) as explorer:
        ask(explorer, tmp_path, clock=clock)
        explorer.questions.clear()
        clock.time += FRESH_S
        known.transactions.append(payment(10_200))
        known.moves.append(move(10_100))
        history = told(ask(explorer, tmp_path, clock=clock))
    assert blocks(history) == [10, 5000, 9990, 10_000, 10_200]
    assert len(history.token_moves) == 2
    assert min(starts(explorer)) == 10_000 - REORG_MARGIN
    assert min(starts(explorer, "tokentx")) == 7000 - REORG_MARGIN


def test_blocks_that_were_replaced_are_forgotten(tmp_path: Path) -> None:
    rows = [payment(8000), payment(9990), payment(10_000)]
    clock, known = FixedClock(), Told(rows, [move(9995)])
    with Explorer(known) as explorer:
        ask(explorer, tmp_path, clock=clock)
        clock.time += FRESH_S
        known.transactions[1:] = [payment(9999, 7)]
        known.moves.clear()
        history = told(ask(explorer, tmp_path, clock=clock))
    assert (blocks(history), history.token_moves) == ([8000, 9999], ())


def test_after_a_week_everything_is_asked_for_again(tmp_path: Path) -> None:
    clock, known = FixedClock(), Told([payment(5000), payment(10_000)])
    with Explorer(known) as explorer:
        ask(explorer, tmp_path, clock=clock)
        known.transactions.insert(0, payment(7))
        clock.time += WHOLE_EVERY_S - 1
        assert blocks(told(ask(explorer, tmp_path, clock=clock))) == [5000, 10_000]
        clock.time += 1
        assert blocks(told(ask(explorer, tmp_path, clock=clock))) == [7, 5000, 10_000]


def test_a_clock_that_went_back_makes_what_is_kept_worthless(tmp_path: Path) -> None:
    clock, known = FixedClock(), Told([payment(5000), payment(10_000)])
    with Explorer(known) as explorer:
        ask(explorer, tmp_path, clock=clock)
        known.transactions.insert(0, payment(7))
        clock.time -= 1
        assert blocks(told(ask(explorer, tmp_path, clock=clock))) == [7, 5000, 10_000]


def test_that_a_past_is_too_long_is_kept_for_a_week_and_not_asked_again(tmp_path: Path) -> None:
    clock = FixedClock()
    with Explorer(Told([payment(number) for number in range(1, 30)])) as explorer:
        first = ask(explorer, tmp_path, clock=clock, max_rows=20, page_size=10)
        explorer.questions.clear()
        clock.time += WHOLE_EVERY_S - 1
        assert ask(explorer, tmp_path, clock=clock, max_rows=20, page_size=10) == first
        assert explorer.questions == []
    assert isinstance(first, Missing)


def test_what_one_explorer_and_chain_told_is_not_taken_for_anothers(tmp_path: Path) -> None:
    with Explorer(Told([payment(1)])) as one, Explorer(Told([payment(2)])) as other:
        assert blocks(told(ask(one, tmp_path))) == [1]
        assert blocks(told(ask(other, tmp_path))) == [2]
        one._rows = Told([payment(3)])
        assert blocks(told(ask(one, tmp_path, chain_id=lambda: 5))) == [3]
        assert blocks(told(ask(one, tmp_path))) == [1]


def test_an_answer_that_fails_leaves_what_is_kept_as_it_was(tmp_path: Path) -> None:
    clock, known = FixedClock(), Told([payment(1)])
    with Explorer(known) as explorer:
        ask(explorer, tmp_path, clock=clock)
        clock.time += FRESH_S
        explorer.behaviour.refusals = [refusing("Invalid API Key")]
        assert isinstance(ask(explorer, tmp_path, clock=clock), Missing)
        assert blocks(told(ask(explorer, tmp_path, clock=clock))) == [1]
