"""The two accounts that the demonstration shows, through the shipped file at the shipped thresholds."""

from dataclasses import replace

import pytest

from guard.core.history import AccountHistory, account_vector
from guard.core.prediction import PredictionClass
from guard.predict.embedded import EmbeddedPredictor
from tests.predict.embedded.histories import ordinary, phishing_like


def shown(history: AccountHistory) -> PredictionClass:
    return EmbeddedPredictor().assess(account_vector(history)).prediction_class


@pytest.mark.parametrize("seed", range(12))
def test_the_phishing_like_account_is_fraud(seed: int) -> None:
    assert shown(phishing_like(seed)) is PredictionClass.FRAUD


@pytest.mark.parametrize("seed", range(6))
def test_it_is_fraud_when_each_sweep_moves_thirteen_and_a_half_ether(seed: int) -> None:
    assert shown(phishing_like(seed, sweep_ether=13.5)) is PredictionClass.FRAUD


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("earlier", [1, 2])
def test_it_is_fraud_when_it_got_one_or_two_receipts_earlier(seed: int, earlier: int) -> None:
    assert shown(phishing_like(seed, earlier=earlier)) is PredictionClass.FRAUD


@pytest.mark.parametrize("seed", range(6))
def test_it_is_fraud_when_it_has_fifty_six_transactions(seed: int) -> None:
    assert shown(phishing_like(seed, receipts=54)) is PredictionClass.FRAUD


@pytest.mark.parametrize("jitter", [1, 30, 900])
def test_it_is_fraud_when_block_times_are_not_exact(jitter: int) -> None:
    assert shown(phishing_like(3, jitter=jitter)) is PredictionClass.FRAUD


def test_its_reason_tells_what_happened() -> None:
    assert EmbeddedPredictor().assess(account_vector(phishing_like(1))).reason == (
        "received 30 payments of 0.89 ether on average within 44 hours and forwarded more than 99 % of it"
    )


@pytest.mark.parametrize(
    "history",
    [
        ordinary(),
        ordinary(pay=1.9, days_between=16),
        ordinary(payment=0.38),
        ordinary(payments=21),
        ordinary(pays=5, payments=24),
    ],
)
def test_the_ordinary_account_is_safe(history: AccountHistory) -> None:
    assert shown(history) is PredictionClass.SAFE


def test_the_ordinary_account_is_safe_a_second_later() -> None:
    moved = tuple(
        replace(entry, timestamp=entry.timestamp + index % 2)
        for index, entry in enumerate(ordinary().transactions)
    )
    assert shown(replace(ordinary(), transactions=moved)) is PredictionClass.SAFE
