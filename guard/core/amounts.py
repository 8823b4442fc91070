"""Amounts of ether: reading what a person typed, and showing wei so that nothing is lost.

What belongs here: exact conversions between wei, gwei and ether. What must not: floats, except the one
conversion that the feature vector asks for, which rounds to the nearest double.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal

from guard.core.text import escape_untrusted
from guard.errors import InvalidAmount

WEI_PER_GWEI = 10**9
WEI_PER_ETHER = 10**18
MAX_UINT256 = 2**256 - 1

_UNIT_DECIMALS = {"wei": 0, "gwei": 9, "ether": 18, "eth": 18}
# ASCII classes, because \d would also take full-width and other digits.
_AMOUNT = re.compile(r"(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]+))?(?: ?(?P<unit>[a-zA-Z]+))?")
_HEX = re.compile(r"0[xX][0-9a-fA-F]{1,64}")
# 78 digits hold 2^256-1; the default context of 28 would round.
_EXACT = Context(prec=100)


def parse_amount(text: str) -> int:
    """Read an amount into wei: `0.1ether`, `5 gwei`, `1wei`, a bare integer or 0x… meaning wei.

    Raises InvalidAmount for a bare fraction, more decimals than the unit has, signs, underscores, commas,
    exponents, unknown units, and anything above 2^256-1.
    """
    if _HEX.fullmatch(text):
        return int(text, 16)
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise _invalid(text, "is not an amount")
    unit = (match["unit"] or "wei").lower()
    fraction = match["fraction"] or ""
    if unit not in _UNIT_DECIMALS:
        raise _invalid(text, f"has the unknown unit {match['unit']!r}")
    if fraction and not match["unit"]:
        raise _invalid(text, "is a fraction without a unit")
    decimals = _UNIT_DECIMALS[unit]
    if len(fraction) > decimals:
        raise _invalid(text, f"has {len(fraction)} decimals, and {unit} has {decimals}")
    if len(match["whole"]) > 80:
        raise _invalid(text, "is above 2^256-1 wei")
    wei = int(match["whole"] + fraction.ljust(decimals, "0"))
    if wei > MAX_UINT256:
        raise _invalid(text, "is above 2^256-1 wei")
    return wei


def _invalid(text: str, problem: str) -> InvalidAmount:
    return InvalidAmount(
        f"'{escape_untrusted(text, limit=60)}' {problem}",
        hint="give a number and a unit, such as 0.1ether, 5gwei or 1wei; a bare integer means wei",
    )


def ether_from_wei(wei: int) -> Decimal:
    """Return the exact number of ether in `wei`."""
    return Decimal(wei).scaleb(-18, context=_EXACT)


def gwei_from_wei(wei: int) -> Decimal:
    """Return the exact number of gwei in `wei`."""
    return Decimal(wei).scaleb(-9, context=_EXACT)


def format_ether(wei: int) -> str:
    """Return `wei` in ether, exactly and in plain digits, such as `0.1 ether`."""
    return f"{_plain(ether_from_wei(wei))} ether"


def format_gwei(wei: int) -> str:
    """Return `wei` in gwei, exactly and in plain digits, such as `1.5 gwei`."""
    return f"{_plain(gwei_from_wei(wei))} gwei"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
