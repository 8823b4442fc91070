"""The judging generator: the library's shapes under other habits, and shapes that training never saw."""

from guard.predict.embedded.ordinary import SHAPES, Habits, Ledger, party

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
)


def freelancer(ledger: Ledger) -> None:
    """Paid by a few clients whenever a job is done; lives from it."""
    chance = ledger.chance
    fee = ledger.between((0.05, 3.0))
    living = ledger.between((0.005, 0.2))
    for moment in ledger.moments(ledger.between((0.1, 1.0))):
        if chance.random() < 0.4:
            ledger.receive(moment, ledger.around(fee), party(f"client {chance.randrange(5)}"))
        else:
            ledger.spend(moment, ledger.around(living), party(f"shop {chance.randrange(20)}"))


def gamer(ledger: Ledger) -> None:
    """Tops up a little, makes many calls, wins and loses tokens."""
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
    """Tries out a wallet with a tiny amount, then moves a larger one in and some of it to a friend."""
    chance = ledger.chance
    ledger.receive(0.0, ledger.between((0.002, 0.02)), party("exchange"))
    ledger.receive(ledger.minutes * 0.2, ledger.between((0.05, 5.0)), party("exchange"))
    for part in range(chance.randint(0, 3)):
        at = ledger.minutes * (0.3 + 0.2 * part)
        ledger.spend(at, ledger.holdings * chance.uniform(0.05, 0.5), party("friend"))


JUDGING_SHAPES = {
    **SHAPES,
    "freelancer": freelancer,
    "gamer": gamer,
    "beginner": beginner,
}
