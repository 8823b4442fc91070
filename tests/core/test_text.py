from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.core.text import MAX_TEXT, escape_once, escape_untrusted

FORBIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
INVISIBLE = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\ufe00\ufe0f\uffa0\U000e0100\U000e01ef"
)
ANY_TEXT = st.text(st.characters(), max_size=700) | st.text(
    st.sampled_from("a\\ \x1b\x00\u202e\u200b\u2028\u0301\u20dd\ufe0f\ud800é漢" + INVISIBLE), max_size=700
)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain text, 100% ~", "plain text, 100% ~"),
        ("Zürich 漢字 ünïcode", "Zürich 漢字 ünïcode"),
        ("line\nnext\r\n\t", "line\\x0anext\\x0d\\x0a\\x09"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x1b]52;c;aGk=\x07", "\\x1b]52;c;aGk=\\x07"),
        ("\x9b31m \x7f \x00", "\\x9b31m \\x7f \\x00"),
        ("a\\x1bb", "a\\\\x1bb"),
        ("USDC\u202egnp.exe", "USDC\\u202egnp.exe"),
        ("\u2066iso\u2069", "\\u2066iso\\u2069"),
        ("zero\u200bwidth\u200d\ufeff", "zero\\u200bwidth\\u200d\\ufeff"),
        ("soft\u00adhyphen", "soft\\xadhyphen"),
        ("\u2028\u2029\x85", "\\u2028\\u2029\\x85"),
        ("non\u00a0breaking\u3000space", "non\\xa0breaking\\u3000space"),
        ("\ud800", "\\ud800"),
        ("\ue000\U000f0000", "\\ue000\\U000f0000"),
        ("\U000e0041", "\\U000e0041"),
        ("\u0378", "\\u0378"),
        ("e\u0301\u0301\u0301\u0301", "e\u0301\u0301\\u0301\\u0301"),
        ("e\u20dd\u20dd\u20dd", "e\u20dd\u20dd\\u20dd"),
        ("e\u0301a\u0301\u0301", "e\u0301a\u0301\u0301"),
        ("\U0001f600", "\U0001f600"),
        ("", ""),
    ],
)
def test_outside_text_becomes_one_printable_line(text: str, escaped: str) -> None:
    assert escape_untrusted(text) == escaped


@pytest.mark.parametrize("character", INVISIBLE)
def test_letters_and_marks_that_show_nothing_are_escaped(character: str) -> None:
    assert character not in escape_untrusted(f"a{character}b")


@settings(max_examples=500)
@given(ANY_TEXT)
def test_nothing_that_could_move_hide_or_break_a_line_ever_comes_out(text: str) -> None:
    escaped = escape_untrusted(text)
    assert len(escaped) <= MAX_TEXT
    assert {unicodedata.category(character) for character in escaped}.isdisjoint(FORBIDDEN_CATEGORIES)
    assert set(escaped).isdisjoint(INVISIBLE)
    assert len(f"<{escaped}>".splitlines()) == 1
    assert {character for character in escaped if unicodedata.category(character) == "Zs"} <= {" "}
    longest = max((len(run) for run in re.findall(r"[\u0301\u20dd]+", escaped)), default=0)
    assert longest <= 2


@given(ANY_TEXT, ANY_TEXT)
def test_two_texts_that_fit_are_shown_alike_only_when_they_are_alike(one: str, other: str) -> None:
    wide = 10 * 700
    assert (escape_untrusted(one, limit=wide) == escape_untrusted(other, limit=wide)) == (one == other)


def test_a_forged_escape_cannot_be_told_as_a_real_one() -> None:
    assert escape_untrusted("\\x1b") != escape_untrusted("\x1b")


def test_a_text_of_exactly_the_limit_is_kept_whole() -> None:
    assert escape_untrusted("a" * 512) == "a" * 512


def test_a_longer_text_is_cut_and_ends_in_three_dots() -> None:
    assert escape_untrusted("a" * 513) == "a" * 509 + "..."


def test_a_cut_never_splits_an_escape() -> None:
    assert escape_untrusted("abcdef\n\n\n", limit=12) == "abcdef..."
    assert escape_untrusted("abcdef\n\n\n", limit=13) == "abcdef\\x0a..."


@pytest.mark.parametrize(("limit", "cut"), [(0, ""), (1, "."), (2, ".."), (3, "..."), (4, "a...")])
def test_the_limit_holds_even_where_the_mark_of_a_cut_hardly_fits(limit: int, cut: str) -> None:
    assert escape_untrusted("abcdefgh", limit=limit) == cut


def test_ten_million_characters_are_cut_at_the_limit_without_being_read() -> None:
    assert escape_untrusted("\x1b" * 10_000_000) == "\\x1b" * 127 + "..."


@given(st.text())
def test_what_was_escaped_once_comes_back_as_it_is(text: str) -> None:
    escaped = escape_untrusted(text)
    assert escape_once(escaped) == escaped


@given(st.text())
def test_what_somebody_put_in_its_place_is_escaped(text: str) -> None:
    assert escape_once(text).isprintable()


def test_an_escape_that_was_edited_into_a_control_is_escaped_again() -> None:
    assert escape_once("done\x1b[2J") == "done\\x1b[2J"
    assert escape_once("done\\x1b[2J") == "done\\x1b[2J"
