"""Invented pasts of ordinary accounts, 1 to 90 days old, for thresholds, training and judging.

What belongs here: a few shapes of honest young accounts, drawn from stated ranges. What must not: a real
account, or anything fraudulent.

Every benign account of the public table is old, so a model trained on it alone calls the young ones
suspicious. The ranges are the authors' own estimate of everyday use, not a measurement.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from types import MappingProxyType

from guard.core.address import Address
from guard.core.amounts import WEI_PER_ETHER
from guard.core.history import AccountHistory, AccountTransaction, TokenMove

MINUTES_PER_DAY = 1440.0
GAS_RESERVE = 0.001
"""Ether that stays behind to pay for gas."""
_FIRST_MOMENT = 1_600_000_000
"""Unix seconds at which every history starts; no feature depends on it."""

Range = tuple[float, float]
"""Lowest and highest of something that is drawn between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """The ranges from which ordinary accounts are drawn; amounts are ether."""

    days: Range = (1.0, 90.0)
    """How long the account has been in use."""
    pay: Range = (0.2, 4.0)
    """One salary."""
    days_between_pay: Range = (7.0, 31.0)
    """Time from one salary to the next."""
    rent_share: Range = (0.2, 0.6)
    """Part of a salary that goes out as rent within two days."""
    errands_per_day: Range = (0.03, 0.8)
    """Small payments of a salaried person, a day."""
    errand: Range = (0.002, 0.3)
    """One small payment."""
    deposit: Range = (0.02, 5.0)
    """One deposit of a saver."""
    days_between_deposits: Range = (2.0, 31.0)
    """Time from one deposit to the next."""
    sales_per_day: Range = (0.3, 15.0)
    """Payments that a shop receives, a day."""
    price: Range = (0.002, 0.4)
    """The typical payment to a shop."""
    days_between_supplies: Range = (1.5, 14.0)
    """Time from one payment of a shop to its suppliers or exchange to the next."""
    supply_share: Range = (0.2, 0.9)
    """Part of the takings that a shop pays out then."""
    stake: Range = (0.3, 20.0)
    """What a trader moves in from an exchange."""
    swaps_per_day: Range = (0.2, 8.0)
    """Swaps of a trader, a day."""
    funding: Range = (0.02, 1.5)
    """What an airdrop hunter starts with."""
    calls_per_day: Range = (0.3, 12.0)
    """Contract calls of an airdrop hunter, a day."""
    purchase: Range = (0.02, 15.0)
    """One withdrawal from an exchange into a fresh wallet."""
    share: Range = (0.01, 1.0)
    """What each friend gives to someone who pays for all of them."""
    days_between_collections: Range = (2.0, 31.0)
    """Time from one such payment to the next."""


EVERYDAY = Habits()
"""What training draws from."""

BUSY = Habits(
    pay=(0.1, 8.0),
    days_between_pay=(5.0, 15.0),
    rent_share=(0.1, 0.8),
    errands_per_day=(0.1, 2.0),
    deposit=(0.01, 15.0),
    days_between_deposits=(0.8, 10.0),
    sales_per_day=(1.0, 30.0),
    price=(0.001, 0.5),
    days_between_supplies=(1.0, 7.0),
    supply_share=(0.3, 0.95),
    stake=(0.1, 50.0),
    swaps_per_day=(0.5, 20.0),
    funding=(0.005, 4.0),
    calls_per_day=(1.0, 30.0),
    purchase=(0.005, 50.0),
    share=(0.005, 2.0),
    days_between_collections=(1.0, 14.0),
)
"""Wider and faster than everyday: what the thresholds must stand."""


@dataclass(slots=True)
class Ledger:
    """One account's past while it is being written; times are minutes since its first moment."""

    account: Address
    """Whose past it is."""
    chance: random.Random
    """Where every draw comes from."""
    habits: Habits
    """The ranges to draw from."""
    minutes: float
    """How long the past lasts."""
    holdings: float = 0.0
    """Ether received and not yet spent."""
    transactions: list[AccountTransaction] = field(default_factory=list)
    """What was sent and received so far, in no order."""
    token_moves: list[TokenMove] = field(default_factory=list)
    """Token moves so far."""

    def between(self, bounds: Range) -> float:
        """Draw a number whose logarithm is uniform between `bounds`."""
        low, high = bounds
        return math.exp(self.chance.uniform(math.log(low), math.log(high)))

    def around(self, typical: float, spread: float = 0.4) -> float:
        """Draw an amount near `typical`, `spread` in log units; half of all people type a round one."""
        amount = typical * self.chance.lognormvariate(0.0, spread)
        return float(f"{amount:.2g}") if self.chance.random() < 0.5 else amount

    def receive(self, at: float, ether: float, sender: Address) -> None:
        """Write a receipt, unless it would come after the end."""
        if at <= self.minutes:
            self.holdings += ether
            self._write(at, ether, sender, self.account)

    def spend(self, at: float, ether: float, recipient: Address) -> None:
        """Write a payment of at most what is held less a reserve, unless it would come after the end."""
        ether = min(ether, self.holdings - GAS_RESERVE)
        if at <= self.minutes and (ether > GAS_RESERVE or ether == 0.0):
            self.holdings -= ether
            self._write(at, ether, self.account, recipient)

    def token(self, name: str, amount: float, *, incoming: bool, other: Address) -> None:
        """Write one token move."""
        sender, recipient = (other, self.account) if incoming else (self.account, other)
        self.token_moves.append(
            TokenMove(
                sender=sender,
                recipient=recipient,
                token=party(f"token {name}"),
                token_name=name,
                amount=Decimal(f"{amount:.6f}"),
            )
        )

    def moments(self, per_day: float) -> Iterator[float]:
        """Yield the minutes at which something happens `per_day` times a day on average, by chance."""
        at = 0.0
        while (at := at + self.chance.expovariate(per_day / MINUTES_PER_DAY)) <= self.minutes:
            yield at

    def _write(self, at: float, ether: float, sender: Address, recipient: Address) -> None:
        self.transactions.append(
            AccountTransaction(
                timestamp=_FIRST_MOMENT + round(at * 60),
                sender=sender,
                recipient=recipient,
                value_wei=round(ether * WEI_PER_ETHER),
            )
        )


@cache
def party(name: str) -> Address:
    """Return the same invented address for the same name."""
    return Address.from_bytes(random.Random(name).randbytes(20))  # noqa: S311 - invented, nobody's key


def salary_and_rent(ledger: Ledger) -> None:
    """Write a person who is paid, pays rent, and runs errands."""
    habits, chance = ledger.habits, ledger.chance
    pay, period = ledger.between(habits.pay), ledger.between(habits.days_between_pay) * MINUTES_PER_DAY
    share = chance.uniform(*habits.rent_share)
    events: list[tuple[float, float, str]] = []
    at = 0.0
    while at <= ledger.minutes:
        events.append((at, pay * chance.uniform(0.97, 1.03), "employer"))
        events.append((at + chance.uniform(60.0, 2880.0), -pay * share, "landlord"))
        at += period * chance.uniform(0.95, 1.05)
    typical = ledger.between(habits.errand)
    for moment in ledger.moments(ledger.between(habits.errands_per_day)):
        events.append((moment, -ledger.around(typical), f"shop {chance.randrange(12)}"))
    for moment, ether, other in sorted(events):
        if ether > 0:
            ledger.receive(moment, ether, party(other))
        else:
            ledger.spend(moment, -ether, party(other))


def savings(ledger: Ledger) -> None:
    """Write a saver: deposits from an exchange, now and then a withdrawal."""
    habits, chance = ledger.habits, ledger.chance
    typical = ledger.between(habits.deposit)
    period = ledger.between(habits.days_between_deposits) * MINUTES_PER_DAY
    withdraws = chance.choice((0.0, 0.0, 0.1, 0.3))
    at = 0.0
    while at <= ledger.minutes:
        ledger.receive(at, ledger.around(typical), party("exchange"))
        if chance.random() < withdraws:
            later = at + period * chance.uniform(0.2, 0.8)
            ledger.spend(later, ledger.holdings * chance.uniform(0.1, 0.9), party("own account"))
        at += period * chance.uniform(0.6, 1.4)


def shop(ledger: Ledger) -> None:
    """Write a small shop: many small receipts, and regular payments to suppliers or an exchange."""
    habits, chance = ledger.habits, ledger.chance
    price = ledger.between(habits.price)
    period = ledger.between(habits.days_between_supplies) * MINUTES_PER_DAY
    share = chance.uniform(*habits.supply_share)
    next_supply = period
    for moment in ledger.moments(ledger.between(habits.sales_per_day)):
        while moment > next_supply:
            ledger.spend(next_supply, ledger.holdings * share, party(f"supplier {chance.randrange(3)}"))
            next_supply += period * chance.uniform(0.8, 1.2)
        if chance.random() < 0.03:
            ledger.spend(moment, ledger.around(price), party(f"refund {chance.randrange(50)}"))
        else:
            ledger.receive(moment, ledger.around(price), party(f"customer {chance.randrange(400)}"))


def trader(ledger: Ledger) -> None:
    """Write a trader: stakes from an exchange, swaps for tokens, some failed, profits sent back."""
    habits, chance = ledger.habits, ledger.chance
    stake = ledger.between(habits.stake)
    ledger.receive(0.0, ledger.around(stake), party("exchange"))
    for moment in ledger.moments(ledger.between(habits.swaps_per_day)):
        draw = chance.random()
        name = f"Token {chance.randrange(25)}"
        if draw < 0.1:
            ledger.receive(moment, ledger.around(stake / 2), party("exchange"))
        elif draw < 0.16:
            ledger.spend(moment, ledger.holdings * chance.uniform(0.2, 0.8), party("exchange"))
        elif draw < 0.6:
            ledger.spend(moment, ledger.around(stake / 12), party("router"))
            # What a swap brings back in ether is an internal transfer, which no account feature counts.
            ledger.token(name, ledger.between((1.0, 50_000.0)), incoming=True, other=party("router"))
        else:
            ledger.spend(moment, 0.0, party("router"))
            ledger.token(name, ledger.between((1.0, 50_000.0)), incoming=False, other=party("router"))


def airdrop_hunter(ledger: Ledger) -> None:
    """Write an airdrop hunter: one funding, many small calls, many kinds of token."""
    habits, chance = ledger.habits, ledger.chance
    ledger.receive(0.0, ledger.around(ledger.between(habits.funding)), party("exchange"))
    size = ledger.holdings / 30
    for moment in ledger.moments(ledger.between(habits.calls_per_day)):
        other = party(f"protocol {chance.randrange(20)}")
        ledger.spend(moment, chance.choice((0.0, 0.0, ledger.around(size))), other)
        if chance.random() < 0.4:
            name = f"Airdrop {chance.randrange(40)}"
            ledger.token(name, ledger.between((1.0, 5_000.0)), incoming=True, other=other)
        if chance.random() < 0.03:
            ledger.receive(moment, ledger.around(size * 3), party("exchange"))


def fresh_wallet(ledger: Ledger) -> None:
    """Write a wallet just filled from an exchange, and its first few payments."""
    habits, chance = ledger.habits, ledger.chance
    typical = ledger.between(habits.purchase)
    if chance.random() < 0.4:
        ledger.receive(0.0, typical * chance.uniform(0.002, 0.05), party("exchange"))
    at = chance.uniform(3.0, 120.0)
    for _ in range(chance.choice((1, 1, 2, 3))):
        ledger.receive(at, ledger.around(typical), party("exchange"))
        at += ledger.minutes * chance.uniform(0.02, 0.4)
    filled = min(at, ledger.minutes)
    for moment in sorted(
        chance.uniform(filled, ledger.minutes) for _ in range(chance.choice((0, 0, 1, 2, 4)))
    ):
        part = ledger.holdings * chance.uniform(0.02, 0.6)
        ledger.spend(moment, part, party(f"friend {chance.randrange(9)}"))


def go_between(ledger: Ledger) -> None:
    """Write someone who collects a share from each of a few friends and pays the whole on."""
    habits, chance = ledger.habits, ledger.chance
    friends, share = chance.randint(1, 8), ledger.between(habits.share)
    period = ledger.between(habits.days_between_collections) * MINUTES_PER_DAY
    at = 0.0
    while at <= ledger.minutes:
        paid_at = at
        for friend in range(friends):
            ledger.receive(paid_at, share, party(f"friend {friend}"))
            # All have paid before the next round begins.
            paid_at += chance.uniform(5.0, max(10.0, min(MINUTES_PER_DAY, period * 0.7 / friends)))
        ledger.spend(paid_at, share * friends * chance.uniform(0.9, 1.3), party("whom all pay"))
        at += period * chance.uniform(0.8, 1.2)


Shape = Callable[[Ledger], None]
"""Something that writes one kind of ordinary past into a ledger."""

SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "salary and rent": salary_and_rent,
        "savings": savings,
        "shop": shop,
        "trader": trader,
        "airdrop hunter": airdrop_hunter,
        "fresh wallet": fresh_wallet,
        "go-between": go_between,
    }
)
"""The shapes by name, in the order in which they are drawn."""


def invented_histories(
    count: int, *, seed: int, habits: Habits = EVERYDAY, shapes: Mapping[str, Shape] = SHAPES
) -> Iterator[tuple[str, AccountHistory]]:
    """Yield `count` pairs of a shape's name and one such past, the shapes in turn; the same for a seed."""
    chance = random.Random(seed)  # noqa: S311 - repeatable by design
    names = tuple(shapes)
    for index in range(count):
        ledger = Ledger(account=party("the account"), chance=chance, habits=habits, minutes=0.0)
        ledger.minutes = ledger.between(habits.days) * MINUTES_PER_DAY
        name = names[index % len(names)]
        shapes[name](ledger)
        yield (
            name,
            AccountHistory(
                account=ledger.account,
                transactions=tuple(sorted(ledger.transactions, key=lambda entry: entry.timestamp)),
                token_moves=tuple(ledger.token_moves),
                source="invented",
            ),
        )
