"""A call that was asked about comes again as it was shown, for ten minutes, and not for ever."""

from __future__ import annotations

from guard.middleware.questions import LIFETIME_S, MOST_CALLS, OpenQuestions
from tests.adapters.values import NOW, request

GIVEN = request(nonce=None, fee=None)
SHOWN = request(nonce=None)


def test_what_was_shown_first_stays_until_it_passes_or_is_old() -> None:
    questions = OpenQuestions()
    assert questions.recall(GIVEN, now=NOW) is None
    questions.remember(GIVEN, SHOWN, now=NOW)
    questions.remember(GIVEN, request(nonce=None, gas_limit=50_000), now=NOW + 5)
    assert questions.recall(GIVEN, now=NOW + LIFETIME_S) == SHOWN
    assert questions.recall(request(nonce=None, fee=None, value=2), now=NOW) is None
    assert questions.recall(GIVEN, now=NOW + LIFETIME_S + 1) is None
    assert questions.recall(GIVEN, now=NOW) is None


def test_what_has_passed_is_completed_anew() -> None:
    questions = OpenQuestions()
    questions.remember(GIVEN, SHOWN, now=NOW)
    questions.forget(GIVEN)
    questions.forget(GIVEN)
    assert questions.recall(GIVEN, now=NOW) is None


def test_the_oldest_gives_way_beyond_the_bound() -> None:
    questions = OpenQuestions()
    for value in range(MOST_CALLS + 1):
        questions.remember(request(value=value, fee=None), request(value=value), now=NOW)
    assert questions.recall(request(value=0, fee=None), now=NOW) is None
    assert questions.recall(request(value=1, fee=None), now=NOW) == request(value=1)
