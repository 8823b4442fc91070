"""Time to the verdict of a send, with sources of known slowness: against the slowest source alone."""

from __future__ import annotations

import threading

from guard.core.address import Address
from guard.core.prediction import Prediction, PredictionQuery
from guard.core.rules.examples import TRANSFER
from guard.deadline import Deadline
from guard.engine import Guard
from guard.testing import FakeAddressBook, FakeChain, FakePredictor
from tests.benchmarks.table import median_s, print_table


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


class _SlowChain(FakeChain):
    def balance(self, account: Address) -> int:
        _wait(0.06)
        return super().balance(account)

    def code(self, account: Address) -> bytes:
        _wait(0.04)
        return super().code(account)


class _SlowPredictor(FakePredictor):
    def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
        _wait(0.2)
        return super().predict(query, deadline)


def main() -> None:
    guard = Guard(predictor=_SlowPredictor(), chain=_SlowChain(), address_book=FakeAddressBook())
    instant = Guard(predictor=FakePredictor(), chain=FakeChain(), address_book=FakeAddressBook())
    print_table(
        "time to verdict: prediction 200 ms, balance 60 ms, code 40 ms",
        [
            ("baseline: the slowest source alone", median_s(lambda: _wait(0.2), repeats=9)),
            ("all sources at once, and the review", median_s(lambda: guard.review(TRANSFER), repeats=9)),
            ("one after the other would be", 0.3),
            ("with sources that answer at once", median_s(lambda: instant.review(TRANSFER), repeats=99)),
        ],
    )


if __name__ == "__main__":
    main()
