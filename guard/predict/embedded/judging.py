"""The judging generator: invented accounts that neither training nor the thresholds ever see.

What belongs here: other habits than training's, honest shapes that training does not know, and four kinds of
phishing. What must not: anything that a training or a choice of thresholds imports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from guard.core.history import AccountHistory, account_vector
from guard.core.prediction import PredictionClass
from guard.predict.embedded.ordinary import (
    MINUTES_PER_DAY,
    SHAPES,
    Habits,
    Ledger,
    Range,
    Shape,
    go_between,
    invented_histories,
    party,
)
from guard.predict.embedded.predictor import EmbeddedPredictor

JUDGING = Habits(
    pay=(0.15, 6.0),
    days_between_pay=(6.0, 30.0),
    rent_share=(0.15, 0.7),
    errands_per_day=(0.05, 1.5),
    errand=(0.001, 0.4),
    deposit=(0.01, 10.0),
    days_between_deposits=(1.0, 21.0),
    sales_per_day=(0.5, 25.0),
    price=(0.001, 0.6),
    days_between_supplies=(1.0, 10.0),
    supply_share=(0.3, 0.95),
    stake=(0.2, 40.0),
    swaps_per_day=(0.3, 15.0),
    funding=(0.01, 3.0),
    calls_per_day=(0.5, 25.0),
    purchase=(0.01, 40.0),
    share=(0.008, 1.5),
    days_between_collections=(1.5, 25.0),
)
"""Other ranges than training and thresholds draw from."""


def freelancer(ledger: Ledger) -> None:
    """Write somebody who is paid by a few clients whenever a job is done, and lives from it."""
    chance = ledger.chance
    fee = ledger.between((0.05, 3.0))
    living = ledger.between((0.005, 0.2))
    for moment in ledger.moments(ledger.between((0.1, 1.0))):
        if chance.random() < 0.4:
            ledger.receive(moment, ledger.around(fee), party(f"client {chance.randrange(5)}"))
        else:
            ledger.spend(moment, ledger.around(living), party(f"shop {chance.randrange(20)}"))


def gamer(ledger: Ledger) -> None:
    """Write somebody who tops up a little, makes many calls, wins and loses tokens."""
    chance = ledger.chance
    top_up = ledger.between((0.01, 0.3))
    ledger.receive(0.0, ledger.around(top_up), party("exchange"))
    for moment in ledger.moments(ledger.between((1.0, 20.0))):
        ledger.spend(moment, chance.choice((0.0, ledger.around(top_up / 20))), party("game"))
        if chance.random() < 0.2:
            amount = ledger.between((1.0, 500.0))
            ledger.token("Gold", amount, incoming=chance.random() < 0.6, other=party("game"))
        if ledger.holdings < top_up / 5:
            ledger.receive(moment + 1.0, ledger.around(top_up), party("exchange"))


def beginner(ledger: Ledger) -> None:
    """Write somebody who tries a tiny amount, then moves a larger one in and some of it to a friend."""
    chance = ledger.chance
    ledger.receive(0.0, ledger.between((0.002, 0.02)), party("exchange"))
    ledger.receive(ledger.minutes * 0.2, ledger.between((0.05, 5.0)), party("exchange"))
    for part in range(chance.randint(0, 3)):
        at = ledger.minutes * (0.3 + 0.2 * part)
        ledger.spend(at, ledger.holdings * chance.uniform(0.05, 0.5), party("friend"))


JUDGING_SHAPES: Mapping[str, Shape] = MappingProxyType(
    {**SHAPES, "freelancer": freelancer, "gamer": gamer, "beginner": beginner, "go-between": go_between}
)
"""Ordinary shapes by name, those that training knows first."""

_LOOT: Range = (0.05, 3.0)


def phishing_sweeper(ledger: Ledger) -> None:
    """Write an account whose every receipt is emptied within minutes, by a program."""
    chance = ledger.chance
    typical = ledger.between(_LOOT)
    for index, moment in enumerate(_arrivals(ledger, (8.0, 80.0))):
        ledger.receive(moment, ledger.around(typical, spread=0.9), party(f"victim {index}"))
        ledger.spend(moment + chance.uniform(0.3, 4.0), ledger.holdings, party("sink"))


def phishing_collector(ledger: Ledger) -> None:
    """Write a false sale or give-away: round payments of many, moved on in a few sums."""
    chance = ledger.chance
    typical = ledger.between(_LOOT)
    moments = _arrivals(ledger, (10.0, 100.0))
    sweeps = {len(moments) - 1, *(chance.randrange(len(moments)) for _ in range(chance.randint(0, 4)))}
    for index, moment in enumerate(moments):
        amount = float(f"{typical * chance.lognormvariate(0.0, 0.7):.1g}")
        ledger.receive(moment, amount, party(f"victim {index}"))
        if index in sweeps:
            ledger.spend(moment + chance.uniform(2.0, 200.0), ledger.holdings * 0.995, party("exchange"))


def phishing_drainer(ledger: Ledger) -> None:
    """Write an account that empties whole wallets: odd amounts of any size, tokens, two parties paid out."""
    chance = ledger.chance
    for index, moment in enumerate(_arrivals(ledger, (5.0, 60.0))):
        victim = party(f"victim {index}")
        if chance.random() < 0.6:
            ledger.receive(moment, ledger.between((0.01, 12.0)), victim)
        if chance.random() < 0.5:
            amount = ledger.between((10.0, 20_000.0))
            ledger.token(f"Token {chance.randrange(12)}", amount, incoming=True, other=victim)
        if chance.random() < 0.3:
            held = ledger.holdings
            ledger.spend(moment + chance.uniform(1.0, 30.0), held * 0.2, party("maker of the tool"))
            ledger.spend(moment + chance.uniform(31.0, 90.0), held, party("sink"))


def phishing_mule(ledger: Ledger) -> None:
    """Write a link of a chain of mules: one to three large sums, passed on in parts within hours."""
    chance = ledger.chance
    for index, moment in enumerate(_arrivals(ledger, (1.0, 3.0))):
        amount = ledger.between((2.0, 60.0))
        ledger.receive(moment, amount, party(f"link before {index}"))
        parts = chance.randint(1, 4)
        for part in range(parts):
            later = moment + chance.uniform(3.0, 120.0) * (part + 1)
            ledger.spend(later, amount / parts, party(f"link after {part}"))


PHISHING_SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "sweeper": phishing_sweeper,
        "collector": phishing_collector,
        "drainer": phishing_drainer,
        "mule chain": phishing_mule,
    }
)
"""Kinds of phishing by name."""

PHISHING_HABITS = Habits(days=(0.3, 30.0))


@dataclass(slots=True)
class Tally:
    """How the accounts of one shape were judged."""

    accounts: int = 0
    """All of them."""
    fraud: int = 0
    """Those called FRAUD."""
    suspicious: int = 0
    """Those called SUSPICIOUS."""
    abstained: int = 0
    """Those about which the model said nothing."""

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.accounts + other.accounts,
            self.fraud + other.fraud,
            self.suspicious + other.suspicious,
            self.abstained + other.abstained,
        )


def judge_ordinary(predictor: EmbeddedPredictor, *, count: int, seed: int) -> dict[str, Tally]:
    """Judge `count` ordinary accounts of 1 to 90 days, and tell the classes by shape."""
    return tally(predictor, invented_histories(count, seed=seed, habits=JUDGING, shapes=JUDGING_SHAPES))


def judge_phishing(predictor: EmbeddedPredictor, *, count: int, seed: int) -> dict[str, Tally]:
    """Judge `count` phishing accounts, and tell the classes by shape."""
    return tally(
        predictor, invented_histories(count, seed=seed, habits=PHISHING_HABITS, shapes=PHISHING_SHAPES)
    )


def tally(predictor: EmbeddedPredictor, histories: Iterator[tuple[str, AccountHistory]]) -> dict[str, Tally]:
    """Count the classes of `histories` by shape."""
    found: dict[str, Tally] = {}
    for shape, history in histories:
        counts = found.setdefault(shape, Tally())
        answer = predictor.assess(account_vector(history)).prediction_class
        counts.accounts += 1
        counts.fraud += answer is PredictionClass.FRAUD
        counts.suspicious += answer is PredictionClass.SUSPICIOUS
        counts.abstained += answer is PredictionClass.ABSTAINED
    return found


def _arrivals(ledger: Ledger, how_many: Range) -> list[float]:
    """Return when the loot arrives: in one burst anywhere in the account's time."""
    chance = ledger.chance
    begin = ledger.minutes * chance.uniform(0.0, 0.5)
    end = min(ledger.minutes * 0.97, begin + ledger.between((0.2, 20.0)) * MINUTES_PER_DAY)
    return sorted(chance.uniform(begin, end) for _ in range(max(1, round(ledger.between(how_many)))))
