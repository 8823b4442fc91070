"""What an account has committed itself to within a time, counted so that nothing is counted twice.

What belongs here: the sum. What must not: where the sends are kept, or what a limit does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from guard.core.journal import SendRecord, SendState

WINDOW_S = 24 * 60 * 60
"""Seconds that a daily limit looks back; it moves with the clock and does not start again at midnight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What the journal knows of one account on one chain."""

    spent_wei: int
    """The most that what was signed within the window can cost: value and maximum fee, wei."""
    next_nonce: int | None
    """One above the highest nonce that was signed; None where nothing was."""


NOTHING_SPENT = Spending(spent_wei=0, next_nonce=None)
"""Of an account that this journal has never signed for."""


def spent_wei(records: Iterable[SendRecord]) -> int:
    """Return the most wei that these signed sends of one account on one chain can cost together.

    Rivals for one nonce count once, as the dearest of them, for at most one can happen. Only what is final
    lowers that: then the one that was mined counts, or none where the nonce went to somebody else's.
    """
    slots: dict[int | None, list[SendRecord]] = {}
    for record in records:
        slots.setdefault(record.request.nonce, []).append(record)
    return sum(_slot_wei(rivals) for rivals in slots.values())


def _slot_wei(rivals: list[SendRecord]) -> int:
    possible = [record for record in rivals if not (record.is_final and record.state is SendState.REPLACED)]
    return max((_cost_wei(record) for record in possible), default=0)


def _cost_wei(record: SendRecord) -> int:
    return record.request.value + (record.request.max_fee_wei or 0)
