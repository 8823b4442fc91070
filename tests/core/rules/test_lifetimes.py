from __future__ import annotations

import pytest

from guard.core.rules.examples import DAY, NOW, subject
from guard.core.rules.lifetimes import how_long, latest


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (None, "for ever"),
        (0, "for less than a day"),
        (NOW + DAY - 1, "for less than a day"),
        (NOW + DAY, "for 1 days"),
        (NOW + 36_524 * DAY, "for 36524 days"),
        (NOW + 36_525 * DAY, "for more than a century"),
        (2**256 - 1, "for more than a century"),
    ],
)
def test_how_long_something_holds_is_told_in_whole_days(end: int | None, words: str) -> None:
    assert how_long(subject(), end) == words


def test_no_end_is_later_than_any() -> None:
    assert latest((1, 3, 2)) == 3
    assert latest((1, None, 2)) is None
