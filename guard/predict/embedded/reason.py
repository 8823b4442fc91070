"""What an account vector says, in words.

What belongs here: facts of the vector. What must not: a cause, a probability, or a judgement.
"""

from __future__ import annotations

from collections.abc import Sequence

from guard.core.features import NUMERIC_FEATURE_NAMES

_PLACE = {name: index for index, name in enumerate(NUMERIC_FEATURE_NAMES)}
_MINUTES_PER_HOUR = 60
_MINUTES_PER_DAY = 1440
_TOO_LONG = 1e15
"""From here on the digits of a number fill the line and tell nobody anything."""


def describe(row: Sequence[float]) -> str:
    """Return the main facts of an account's past (16 numbers, wire order) as one line."""
    received, sent = row[_PLACE["received_tnx"]], row[_PLACE["sent_tnx"]]
    total_sent = row[_PLACE["total_ether_sent"]]
    total_received = total_sent + row[_PLACE["total_ether_balance"]]
    minutes = row[_PLACE["time_diff_mins"]]
    within = f" within {duration(minutes)}" if received + sent > 1 else ""
    if received == 0:
        return f"sent {_payments(sent, row[_PLACE['avg_val_sent']])}{within} and received none"
    line = f"received {_payments(received, row[_PLACE['avg_val_received']])}{within}"
    if sent == 0:
        return f"{line} and sent none"
    if 0 < total_sent <= total_received:
        return f"{line} and forwarded {_percent(total_sent / total_received)} of it"
    return f"{line} and sent {_payments(sent, row[_PLACE['avg_val_sent']])}"


def _payments(count: float, mean_ether: float) -> str:
    if count == 1:
        return f"one payment of {amount(mean_ether)} ether"
    return f"{count:.0f} payments of {amount(mean_ether)} ether on average"


def amount(ether: float) -> str:
    """Return an amount with two digits below ten, whole above: `0.9`, `0.0042`, `130`, `1e+18`."""
    if ether >= _TOO_LONG:
        return f"{ether:.2g}"
    if ether >= 10:
        return f"{ether:.0f}"
    if 0 < ether < 0.0001:
        return "less than 0.0001"
    return f"{float(f'{ether:.2g}'):.10f}".rstrip("0").rstrip(".")


def _percent(share: float) -> str:
    """A share in whole percent; 100 % is said only when nothing stayed."""
    percent = share * 100
    if percent < 1:
        return "less than 1 %"
    if 99 < percent < 100:
        return "more than 99 %"
    return f"{percent:.0f} %"


def duration(minutes: float) -> str:
    """Return minutes as a whole number of minutes, hours or days: `90 minutes`, `44 hours`."""
    if minutes < 2 * _MINUTES_PER_HOUR:
        return _count(minutes, "minute")
    if minutes < 3 * _MINUTES_PER_DAY:
        return _count(minutes / _MINUTES_PER_HOUR, "hour")
    return _count(minutes / _MINUTES_PER_DAY, "day")


def _count(number: float, unit: str) -> str:
    if number >= _TOO_LONG:
        return f"{number:.2g} {unit}s"
    whole = max(1, round(number))
    return f"{whole} {unit}" if whole == 1 else f"{whole} {unit}s"
