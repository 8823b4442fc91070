import math

import pytest

from guard.core.features import contract_vector
from guard.core.history import AccountHistory, account_vector
from guard.predict.embedded import Assessment, EmbeddedPredictor, Explanation
from guard.predict.embedded.derived import MODEL_FEATURE_NAMES
from guard.predict.embedded.explanation import WeighedFact, in_words, weigh
from guard.predict.embedded.shap import Attribution
from tests.predict.embedded.histories import HOUR, history, ordinary, phishing_like, received, sent

FLAT = Attribution(base=-2.0, shares=(0.0,) * len(MODEL_FEATURE_NAMES))


def facts_of(row: list[float]) -> set[str]:
    return {fact.text for fact in weigh(row, FLAT, slope=1.0)}


def numbers(vector: tuple[float | str, ...]) -> list[float]:
    return [value for value in vector if not isinstance(value, str)]


def test_every_model_feature_belongs_to_exactly_one_fact() -> None:
    told = [name for fact in weigh([0.0] * 16, FLAT, slope=1.0) for name in fact.features]
    assert sorted(told) == sorted(MODEL_FEATURE_NAMES)


def test_the_facts_of_a_collector_are_told_in_words() -> None:
    past = history([*(received(index * HOUR, 0.9, index) for index in range(30)), sent(44 * HOUR, 26.46)])
    assert facts_of(numbers(account_vector(past))) == {
        "58 minutes before each payment received",
        "44 hours from first to last transaction",
        "30 payments received and 1 sent",
        "no contract created",
        "0.9 ether received on average, at most 0.9 (a round sum)",
        "26 ether sent in all, 26 on average",
        "0.54 ether of what was received not sent on, 2.0% of it",
        "no tokens",
    }


def test_the_facts_of_an_empty_row_and_of_an_overdrawn_one_are_told_too() -> None:
    assert facts_of([0.0] * 16) >= {"all in one moment", "no ether received", "no ether sent"}
    row = [5.0, 0.0, 10.0, 2.0, 1.0, 3.0, 1.234567, 1.2, 2.0, 4.0, -2.8, 0.0, 0.0, 0.0, 2.0, 7.0]
    assert facts_of(row) >= {
        "5 minutes before each payment sent",
        "3 contracts created",
        "1.2 ether received on average, at most 1.2 (no round sum)",
        "2.8 ether more sent than received",
        "7 kinds of token received, tokens sent to 2 accounts",
    }


def test_the_line_tells_the_heaviest_of_each_direction_and_leaves_out_what_weighs_nothing() -> None:
    weights = {"young": 2.0, "few": 0.01, "kept": -1.0, "many": 0.7, "odd": 0.6, "fast": 0.5}
    facts = [WeighedFact(text=text, share=share, features=()) for text, share in weights.items()]
    assert in_words(facts) == (
        "raises the odds of fraud: young (x 7.4); many (x 2.0); odd (x 1.8). lowers them: kept (/ 2.7)"
    )
    assert in_words(facts[1:2]) == "no fact weighs more than another"


def test_a_weight_beyond_measure_does_not_overflow() -> None:
    assert WeighedFact(text="", share=1e9, features=()).factor < 1e6
    assert WeighedFact(text="", share=-1e9, features=()).factor > 1e-6


@pytest.mark.parametrize("past", [phishing_like(), ordinary()])
def test_the_weights_of_the_shipped_model_sum_to_its_probability(past: AccountHistory) -> None:
    vector = account_vector(past)
    found = EmbeddedPredictor().explain(vector)
    probability = found.assessment.probability
    assert found.assessment == EmbeddedPredictor().assess(vector)
    assert found.base is not None
    assert probability is not None
    log_odds = found.base + math.fsum(fact.share for fact in found.facts)
    assert log_odds == pytest.approx(math.log(probability / (1 - probability)), abs=1e-9)
    shares = [abs(fact.share) for fact in found.facts]
    assert shares == sorted(shares, reverse=True)


def test_where_it_abstains_there_is_nothing_to_explain() -> None:
    vector = contract_vector(0.1, 20.0)
    expected = EmbeddedPredictor().assess(vector)
    assert isinstance(expected, Assessment)
    assert EmbeddedPredictor().explain(vector) == Explanation(assessment=expected, base=None, facts=())
