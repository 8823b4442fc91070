"""What a guard that cries wolf would get wrong: ordinary accounts of one to ninety days."""

from collections import Counter
from dataclasses import replace

import pytest

from guard.core.history import account_vector
from guard.core.prediction import PredictionClass
from guard.predict.embedded import EmbeddedPredictor
from guard.predict.embedded.judging import JUDGING, JUDGING_SHAPES, Tally, judge_phishing
from guard.predict.embedded.ordinary import EVERYDAY, SHAPES, Habits, invented_histories

COUNT = 3000


@pytest.mark.parametrize(
    "habits",
    [JUDGING, EVERYDAY, replace(JUDGING, days=(1.0, 7.0)), replace(JUDGING, days=(30.0, 90.0))],
    ids=["judging", "everyday", "first week", "older"],
)
def test_few_ordinary_young_accounts_are_fraud_or_suspicious(habits: Habits) -> None:
    predictor = EmbeddedPredictor()
    histories = invented_histories(COUNT, seed=987_654, habits=habits, shapes=JUDGING_SHAPES)
    classes = Counter(predictor.assess(account_vector(history)).prediction_class for _, history in histories)
    assert classes[PredictionClass.FRAUD] / COUNT < 0.005
    assert (classes[PredictionClass.SUSPICIOUS] + classes[PredictionClass.FRAUD]) / COUNT < 0.05
    # Only those that have done nothing yet, such as a shop without a customer.
    assert classes[PredictionClass.ABSTAINED] / COUNT < 0.1


def test_invented_histories_are_the_same_for_a_seed_and_others_for_another() -> None:
    first, again, other = (list(invented_histories(30, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_shapes_take_turns_and_stay_within_their_days() -> None:
    for index, (name, history) in enumerate(invented_histories(60, seed=3)):
        assert name == tuple(SHAPES)[index % len(SHAPES)]
        times = [entry.timestamp for entry in history.transactions]
        assert times == sorted(times)
        assert not times or times[-1] - times[0] <= 90 * 86_400


def test_nobody_spends_what_was_never_received() -> None:
    for _, history in invented_histories(200, seed=5):
        held = 0
        for entry in history.transactions:
            held += entry.value_wei if entry.sender != history.account else -entry.value_wei
        assert held >= 0


def test_phishing_of_every_kind_but_the_mule_chain_is_found_more_often_than_not() -> None:
    found = judge_phishing(EmbeddedPredictor(), count=400, seed=11)
    shares = {kind: (tally.fraud + tally.suspicious) / tally.accounts for kind, tally in found.items()}
    assert list(shares) == ["sweeper", "collector", "drainer", "mule chain"]
    assert min(shares["sweeper"], shares["collector"], shares["drainer"]) > 0.5
    # The card says so: few large sums, passed on, look like anybody's.
    assert shares["mule chain"] < 0.1


def test_tallies_add_up() -> None:
    assert Tally(4, 3, 2, 1) + Tally(1, 1, 1, 1) == Tally(5, 4, 3, 2)
