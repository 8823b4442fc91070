"""Names that are read as others: what a text looks like, and whether its letters are of two scripts.

What belongs here: the look of letters. What must not: whose name may look like whose.

Source: https://www.unicode.org/reports/tr39/ (confusable detection, mixed scripts)
"""

from __future__ import annotations

import unicodedata

IMITATING_SCRIPTS = frozenset({"ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "GREEK", "LISU"})
"""Scripts with letters that look like Latin ones; the first word of a character's Unicode name tells its."""
_LOOKS_LIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХавеѕіјкмнорстухԛԝһԁΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχօոսԱՏ",
    "ABESIJKMHOPCTYXABESIJKMHOPCTYXQWHDABEZHIKMNOPTYXAIKVOPTUXONUUS",
)
"""Letters that look like a Latin capital or small one, and that capital.
Source: https://www.unicode.org/Public/security/latest/confusables.txt"""


def look_of(text: str) -> str:
    """Return the Latin capitals that a text is read as; two texts that look alike have one look."""
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return bare.translate(_LOOKS_LIKE).upper()


def imitating_script(text: str) -> str | None:
    """Return the script, such as `Cyrillic`, whose letters stand beside Latin ones that they look like."""
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha()}
    mixed = sorted(scripts & IMITATING_SCRIPTS)
    return mixed[0].title() if mixed and "LATIN" in scripts else None
