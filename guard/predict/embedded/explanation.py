"""Why this score: the model's arithmetic folded into facts about the account, in words.

What belongs here: which features tell the same fact, and how a fact is worded. What must not: the
arithmetic (`shap`), or a cause; a model weighs, it does not know why.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from guard.predict.embedded.derived import MODEL_FEATURE_NAMES, decimals
from guard.predict.embedded.reason import amount, duration
from guard.predict.embedded.shap import Attribution

MOST_TOLD = 3
"""How many facts of each direction one line tells."""
LEAST_TOLD = 1.1
"""A fact that changes the odds by less than this factor is not told in the line."""

Numbers = Mapping[str, float]
"""One row by the names of its features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedFact:
    """One fact about an account, and what it weighs in the score."""

    text: str
    """The fact, in words."""
    share: float
    """What it adds to the calibrated log-odds of fraud; below zero it speaks for the account."""
    features: tuple[str, ...]
    """The model features whose shares were added up."""

    @property
    def factor(self) -> float:
        """By how much it multiplies the odds of fraud, at most a million and at least a millionth."""
        return math.exp(max(-13.8, min(13.8, self.share)))


def _tempo(row: Numbers) -> str:
    gaps = [
        f"{duration(gap)} before each payment {direction}"
        for name, direction in (
            ("avg_min_between_received_tnx", "received"),
            ("avg_min_between_sent_tnx", "sent"),
        )
        if (gap := row[name]) > 0
    ]
    return " and ".join(gaps) if gaps else "no two payments of one direction to tell a tempo"


def _age(row: Numbers) -> str:
    minutes = row["time_diff_mins"]
    return f"{duration(minutes)} from first to last transaction" if minutes > 0 else "all in one moment"


def _counts(row: Numbers) -> str:
    return f"{row['received_tnx']:.0f} payments received and {row['sent_tnx']:.0f} sent"


def _created(row: Numbers) -> str:
    count = row["number_of_created_contracts"]
    return f"{count:.0f} contracts created" if count else "no contract created"


def _received(row: Numbers) -> str:
    largest = row["max_value_received"]
    if largest <= 0:
        return "no ether received"
    kind = "a round sum" if decimals(largest) <= 1 else "no round sum" if decimals(largest) > 3 else ""
    told = f"{amount(row['avg_val_received'])} ether received on average, at most {amount(largest)}"
    return f"{told} ({kind})" if kind else told


def _sent(row: Numbers) -> str:
    total = row["total_ether_sent"]
    if total <= 0:
        return "no ether sent"
    return f"{amount(total)} ether sent in all, {amount(row['avg_val_sent'])} on average"


def _kept(row: Numbers) -> str:
    balance = row["total_ether_balance"]
    if balance < 0:
        return f"{amount(-balance)} ether more sent than received"
    total = balance + row["total_ether_sent"]
    part = f", {balance / total:.1%} of it" if total > 0 else ""
    return f"{amount(balance)} ether of what was received not sent on{part}"


def _tokens(row: Numbers) -> str:
    names, recipients = row["erc20_uniq_rec_token_name"], row["erc20_uniq_sent_addr"]
    if not names and not recipients:
        return "no tokens"
    return f"{names:.0f} kinds of token received, tokens sent to {recipients:.0f} accounts"


_FACTS: Mapping[Callable[[Numbers], str], tuple[str, ...]] = MappingProxyType(
    {
        _tempo: ("avg_min_between_sent_tnx", "avg_min_between_received_tnx"),
        _age: ("time_diff_mins",),
        _counts: ("sent_tnx", "received_tnx"),
        _created: ("number_of_created_contracts",),
        _received: ("max_value_received", "avg_val_received", "decimals_of_max_value_received"),
        _sent: ("avg_val_sent", "total_ether_sent"),
        _kept: ("total_ether_balance", "balance_per_sent_tnx"),
        _tokens: (
            "erc20_total_ether_received",
            "erc20_total_ether_sent",
            "erc20_total_ether_sent_contract",
            "erc20_uniq_sent_addr",
            "erc20_uniq_rec_token_name",
        ),
    }
)
"""Each fact's wording, and the features that it stands for; every model feature has exactly one."""


def weigh(row: Sequence[float], attribution: Attribution, *, slope: float) -> tuple[WeighedFact, ...]:
    """Return the facts of `row` (16 numbers, wire order), the heaviest first.

    `slope` is the calibration's, so that the shares add up to calibrated log-odds.
    """
    numbers = dict(zip(MODEL_FEATURE_NAMES, row, strict=False))
    shares = dict(zip(MODEL_FEATURE_NAMES, attribution.shares, strict=True))
    facts = (
        WeighedFact(
            text=wording(numbers),
            share=slope * math.fsum(shares[name] for name in names),
            features=names,
        )
        for wording, names in _FACTS.items()
    )
    return tuple(sorted(facts, key=lambda fact: -abs(fact.share)))


def in_words(facts: Sequence[WeighedFact]) -> str:
    """Return the heaviest facts of each direction as one line, with what they do to the odds."""
    told = [fact for fact in facts if max(fact.factor, 1 / fact.factor) >= LEAST_TOLD]
    against = [fact for fact in told if fact.share > 0][:MOST_TOLD]
    speaking_for = [fact for fact in told if fact.share < 0][:MOST_TOLD]
    parts = []
    if against:
        parts.append(
            "raises the odds of fraud: " + "; ".join(f"{one.text} (x {one.factor:.1f})" for one in against)
        )
    if speaking_for:
        parts.append(
            "lowers them: " + "; ".join(f"{one.text} (/ {1 / one.factor:.1f})" for one in speaking_for)
        )
    return ". ".join(parts) if parts else "no fact weighs more than another"
