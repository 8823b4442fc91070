"""Invented pasts of young phishing accounts, the counterweight to the ordinary ones in training.

What belongs here: shapes that are told in public reports of phishing. What must not: a real account.

Invented ordinary accounts alone would teach a model that whatever is young is honest. A few collectors,
at about the table's base rate, keep that from happening; the ranges are the authors' own estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guard.predict.embedded.ordinary import Ledger, Range, Shape, party

_VICTIMS: Range = (6.0, 120.0)
"""How many payments arrive."""
_LOOT: Range = (0.08, 4.0)
"""The typical payment, ether."""


def collector(ledger: Ledger) -> None:
    """Write an account that collects from many and moves the sum on in one to six sweeps."""
    chance = ledger.chance
    moments = _arrivals(ledger)
    count = len(moments)
    sweeps = {*chance.sample(range(count - 1), min(chance.choice((0, 1, 2, 3, 5)), count - 2)), count - 1}
    kept = chance.choice((0.0, 0.0, chance.uniform(0.0, 0.15)))
    typical = ledger.between(_LOOT)
    for index, moment in enumerate(moments):
        ledger.receive(moment, ledger.around(typical, spread=0.6), party(f"victim {index}"))
        if index in sweeps:
            ledger.spend(moment + chance.uniform(1.0, 90.0), ledger.holdings * (1.0 - kept), party("sink"))


SHAPES: Mapping[str, Shape] = MappingProxyType({"collector": collector})
"""The shapes by name; `judging` has others."""

DAYS: Range = (0.25, 21.0)
"""How long such an account is in use."""


def _arrivals(ledger: Ledger) -> list[float]:
    """Write the small receipts with which such accounts are often prepared; return when payments arrive.

    They arrive by chance or at a steady pace, after the preparation; 5 % of the time is left at the end.
    """
    chance = ledger.chance
    begin, end = ledger.minutes * chance.choice((0.0, chance.uniform(0.0, 0.8))), ledger.minutes * 0.95
    for index in range(chance.choice((0, 0, 1, 2))):
        moment = chance.uniform(0.0, begin)
        ledger.receive(moment, ledger.between((0.005, 1.0)), party(f"preparation {index}"))
    count = round(ledger.between(_VICTIMS))
    if chance.random() < 0.4:
        return [begin + (end - begin) * index / count for index in range(count)]
    return sorted(chance.uniform(begin, end) for _ in range(count))
