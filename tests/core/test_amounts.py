from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.core.amounts import (
    MAX_UINT256,
    WEI_PER_ETHER,
    ether_from_wei,
    format_ether,
    format_gwei,
    gwei_from_wei,
    parse_amount,
)
from guard.errors import InvalidAmount

WEI = st.integers(0, MAX_UINT256)


@pytest.mark.parametrize(
    ("text", "wei"),
    [
        ("0.1ether", 10**17),
        ("0.1 ether", 10**17),
        ("0.1ETHER", 10**17),
        ("1.5eth", 15 * 10**17),
        ("1Eth", 10**18),
        ("5gwei", 5 * 10**9),
        ("5 Gwei", 5 * 10**9),
        ("0.000000001gwei", 1),
        ("0.000000000000000001ether", 1),
        ("1wei", 1),
        ("21000", 21_000),
        ("0", 0),
        ("007", 7),
        ("0x10", 16),
        ("0XfF", 255),
        ("0x" + "f" * 64, MAX_UINT256),
        (str(MAX_UINT256), MAX_UINT256),
        ("115792089237316195423570985008687907853269984665640564039457.584007913129639935ether", MAX_UINT256),
    ],
)
def test_an_amount_is_read_exactly(text: str, wei: int) -> None:
    assert parse_amount(text) == wei


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not an amount"),
        ("1,5", "is not an amount"),
        ("1,5ether", "is not an amount"),
        ("1e18", "is not an amount"),
        ("1e18wei", "is not an amount"),
        ("-1", "is not an amount"),
        ("-1ether", "is not an amount"),
        ("+1", "is not an amount"),
        ("1_000", "is not an amount"),
        ("1_000ether", "is not an amount"),
        ("１ether", "is not an amount"),
        ("1．5ether", "is not an amount"),
        ("١ether", "is not an amount"),
        (".5ether", "is not an amount"),
        ("1.ether", "is not an amount"),
        ("1.2.3ether", "is not an amount"),
        (" 1ether", "is not an amount"),
        ("1ether ", "is not an amount"),
        ("1 ", "is not an amount"),
        ("1  ether", "is not an amount"),
        ("1\tether", "is not an amount"),
        ("1ether\n", "is not an amount"),
        ("1\u00a0ether", "is not an amount"),
        ("ether", "is not an amount"),
        ("NaN", "is not an amount"),
        ("-0x1", "is not an amount"),
        ("0x_f", "is not an amount"),
        ("0x", "has the unknown unit 'x'"),
        ("1finney", "has the unknown unit 'finney'"),
        ("infinity1", "is not an amount"),
        ("1.5", "is a fraction without a unit"),
        ("0.0", "is a fraction without a unit"),
        ("1.5wei", "has 1 decimals, and wei has 0"),
        ("1.0wei", "has 1 decimals, and wei has 0"),
        ("0.0000000001gwei", "has 10 decimals, and gwei has 9"),
        ("0.0000000000000000001ether", "has 19 decimals, and ether has 18"),
        (str(MAX_UINT256 + 1), "is above 2^256-1 wei"),
        ("0x1" + "0" * 64, "is not an amount"),
        ("1" + "0" * 60 + "ether", "is above 2^256-1 wei"),
        ("9" * 5000, "is above 2^256-1 wei"),
        (
            "115792089237316195423570985008687907853269984665640564039457.584007913129639936ether",
            "is above 2^256-1 wei",
        ),
    ],
)
def test_what_is_no_amount_is_refused_with_its_reason(text: str, problem: str) -> None:
    with pytest.raises(InvalidAmount) as caught:
        parse_amount(text)
    assert caught.value.message.endswith(problem)
    assert caught.value.hint.startswith("give a number and a unit")


@given(st.text())
def test_any_text_is_an_amount_or_is_refused(text: str) -> None:
    try:
        wei = parse_amount(text)
    except InvalidAmount:
        return
    assert 0 <= wei <= MAX_UINT256


@given(WEI)
def test_what_is_shown_is_read_back_to_the_same_wei(wei: int) -> None:
    shown = (format_ether(wei), format_gwei(wei), f"{wei} wei", str(wei), hex(wei))
    assert [parse_amount(text) for text in shown] == [wei] * 5


@given(WEI)
def test_ether_and_gwei_are_exact(wei: int) -> None:
    assert Fraction(ether_from_wei(wei)) == Fraction(wei, 10**18)
    assert Fraction(gwei_from_wei(wei)) == Fraction(wei, 10**9)


@pytest.mark.parametrize(
    ("wei", "ether", "gwei"),
    [
        (0, "0 ether", "0 gwei"),
        (1, "0.000000000000000001 ether", "0.000000001 gwei"),
        (1_500_000_000, "0.0000000015 ether", "1.5 gwei"),
        (WEI_PER_ETHER, "1 ether", "1000000000 gwei"),
        (100 * WEI_PER_ETHER, "100 ether", "100000000000 gwei"),
    ],
)
def test_amounts_are_shown_in_plain_digits_without_needless_zeros(wei: int, ether: str, gwei: str) -> None:
    assert (format_ether(wei), format_gwei(wei)) == (ether, gwei)


def test_the_surrounding_decimal_context_rounds_nothing() -> None:
    assert ether_from_wei(MAX_UINT256) == Decimal(
        "115792089237316195423570985008687907853269984665640564039457.584007913129639935"
    )
