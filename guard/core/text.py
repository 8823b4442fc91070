"""The one door for outside text on its way to a terminal, log, page or file.

What belongs here: escaping. What must not: any knowledge of a particular sink or sender.
"""

from __future__ import annotations

import unicodedata

MAX_TEXT = 512
"""Characters kept of one outside text; the service's free text has been seen to hold whole tracebacks."""

_ELLIPSIS = "..."

# Cc control, Cf format (bidi controls, zero width), Cs surrogate, Co private use, Cn unassigned,
# Zl and Zp line and paragraph separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_COMBINING_CATEGORIES = frozenset({"Mn", "Me"})
_MAX_COMBINING_RUN = 2

# Letters and marks that show nothing, Unicode's Default_Ignorable_Code_Point outside category Cf, and the
# blank Braille pattern: joiner, Hangul and Khmer fillers, variation selectors.
# Source: https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
_INVISIBLE_RANGES = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0100, 0xE01EF),
)


def escape_untrusted(text: str, *, limit: int = MAX_TEXT) -> str:
    """Return `text` as one printable line of at most `limit` characters.

    Control, format (bidi, zero-width), invisible, surrogate, private-use and unassigned characters, line
    separators and floods of combining marks become `\\xNN`, `\\uNNNN` or `\\UNNNNNNNN`; a backslash
    becomes two, so that no escape can be forged. A longer text is cut and ends in three dots.
    """
    pieces: list[str] = []
    length = 0
    combining = 0
    for character in text:
        combining = combining + 1 if unicodedata.category(character) in _COMBINING_CATEGORIES else 0
        piece = _escape_character(character, combining)
        if length + len(piece) > limit:
            return _cut(pieces, length, limit)
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces)


def escape_once(text: str) -> str:
    """Return text that was escaped when it was kept; escape it if somebody has changed it since.

    What `escape_untrusted` returned comes back as it is, and nothing unsafe ever does.
    """
    without = text.replace("\\", "")
    return text if escape_untrusted(without) == without else escape_untrusted(text)


def _escape_character(character: str, combining_run: int) -> str:
    if character == "\\":
        return "\\\\"
    if " " <= character <= "~":
        return character
    if unicodedata.category(character) in _UNSAFE_CATEGORIES or combining_run > _MAX_COMBINING_RUN:
        return _escape_sequence(ord(character))
    # Spaces other than U+0020 can imitate it or hide an end of a word.
    if unicodedata.category(character) == "Zs" or _is_invisible(ord(character)):
        return _escape_sequence(ord(character))
    return character


def _is_invisible(codepoint: int) -> bool:
    return any(first <= codepoint <= last for first, last in _INVISIBLE_RANGES)


def _escape_sequence(codepoint: int) -> str:
    if codepoint <= 0xFF:
        return f"\\x{codepoint:02x}"
    if codepoint <= 0xFFFF:
        return f"\\u{codepoint:04x}"
    return f"\\U{codepoint:08x}"


def _cut(pieces: list[str], length: int, limit: int) -> str:
    """Drop whole pieces until the mark of a cut fits, so that no escape is split."""
    while pieces and length + len(_ELLIPSIS) > limit:
        length -= len(pieces.pop())
    return ("".join(pieces) + _ELLIPSIS)[:limit]
