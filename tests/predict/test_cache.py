from __future__ import annotations

import pytest

from guard.core.prediction import PredictionClass
from guard.predict.cache import FRAUD_TTL_S, AnswerCache
from guard.predict.reading import Reading
from tests.clock import Clock

SAFE = Reading(prediction_class=PredictionClass.SAFE)
SUSPICIOUS = Reading(prediction_class=PredictionClass.SUSPICIOUS, probability=0.8)
FRAUD = Reading(prediction_class=PredictionClass.FRAUD, text="Unsafe")


def cache(clock: Clock, *, ttl_s: float = 60.0, entries: int = 4096) -> AnswerCache:
    return AnswerCache(ttl_s=ttl_s, entries=entries, clock=clock)


@pytest.mark.parametrize("reading", [SAFE, SUSPICIOUS])
def test_an_answer_is_kept_for_its_time_and_not_a_moment_longer(reading: Reading) -> None:
    clock = Clock()
    answers = cache(clock)
    answers.keep(b"question", reading)
    clock.now += 59.9
    assert answers.find(b"question") == reading
    clock.now += 0.1
    assert answers.find(b"question") is None


@pytest.mark.parametrize("ttl_s", [0.0, 60.0, 86_400.0])
def test_a_fraud_is_kept_for_24_hours_whatever_the_time_of_the_others(ttl_s: float) -> None:
    clock = Clock()
    answers = cache(clock, ttl_s=ttl_s)
    answers.keep(b"question", FRAUD)
    clock.now += FRAUD_TTL_S - 0.1
    assert answers.find(b"question") == FRAUD
    clock.now += 0.1
    assert (FRAUD_TTL_S, answers.find(b"question")) == (24 * 3600, None)


def test_a_fraud_is_not_forgotten_for_a_later_safe() -> None:
    answers = cache(Clock())
    answers.keep(b"question", FRAUD)
    answers.keep(b"question", SAFE)
    assert answers.find(b"question") == FRAUD


def test_another_question_has_no_answer() -> None:
    answers = cache(Clock())
    answers.keep(b"question", SAFE)
    assert answers.find(b"question ") is None


def test_without_a_time_nothing_but_a_fraud_is_kept() -> None:
    answers = cache(Clock(), ttl_s=0.0)
    answers.keep(b"question", SAFE)
    assert answers.find(b"question") is None


def test_an_unknown_is_never_kept() -> None:
    answers = cache(Clock())
    answers.keep(b"question", Reading(prediction_class=PredictionClass.UNKNOWN, reason="nonsense"))
    assert answers.find(b"question") is None


def test_the_oldest_answer_goes_first_and_a_flood_of_others_pushes_no_fraud_out() -> None:
    answers = cache(Clock(), entries=2)
    answers.keep(b"fraud", FRAUD)
    for question in (b"1", b"2", b"3"):
        answers.keep(question, SAFE)
    assert [answers.find(question) for question in (b"fraud", b"1", b"2", b"3")] == [FRAUD, None, SAFE, SAFE]
