from __future__ import annotations

import pytest

from guard.core.confusable import imitating_script, look_of


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ("USDC", "USDC"),
        ("usd\u0441", "USDC"),
        ("\uff35SDC", "USDC"),
        ("U\u0301SDC", "USDC"),
        ("fri\u0435nd", "FRIEND"),
        ("fr\u0131end", "FRIEND"),
        ("\u0391\u03a1\u0395", "APE"),
        ("\u674e", "\u674e"),
        ("", ""),
    ],
)
def test_a_text_looks_like_the_latin_capitals_it_is_read_as(text: str, look: str) -> None:
    """D14 D15: Cyrillic, Greek, full width, marks, case."""
    assert look_of(text) == look


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("friend", None),
        ("fri\u0435nd", "Cyrillic"),
        ("\u0391pe", "Greek"),
        ("\u041c\u0430\u0440\u0438\u044f", None),
        ("\u0395\u03bb\u03ad\u03bd\u03b7", None),
        ("Zo\u00eb \u674e 4", None),
        ("\u0441\u03b1x", "Cyrillic"),
        ("", None),
    ],
)
def test_letters_that_imitate_are_told_only_beside_those_they_imitate(text: str, script: str | None) -> None:
    """D14 D15: a name in one script is as good as another."""
    assert imitating_script(text) == script
