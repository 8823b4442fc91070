from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.rules.examples import FRIEND, STATE, TOKEN, subject, token_transfer, told
from guard.core.rules.token_confusable import RULE
from guard.core.text import escape_untrusted
from guard.core.verdict import Severity
from tests.core.rules.asking import asked

HIDDEN = "holds characters that do not show"
USDC = "is read as USDC, and written otherwise"


@pytest.mark.parametrize(
    ("symbol", "why"),
    [
        ("USDC\u202e", HIDDEN),
        ("US\u200bDC", HIDDEN),
        ("USDC\x1b[2J", HIDDEN),
        ("U" + "\u0301" * 9 + "SDC", HIDDEN),
        ("USD\u0421", USDC),
        ("U\u0405D\u0421", USDC),
        ("\uff35\uff33\uff24\uff23", USDC),
        ("\U0001d414\U0001d412\U0001d403\U0001d402", USDC),
        ("u\u0455d\u0441", USDC),
        ("USD\u010a", USDC),
        ("\u0415\u0422\u041d", "is read as ETH, and written otherwise"),
        ("\u0391\u0391VE", "is read as AAVE, and written otherwise"),
        ("Teth\u0435r", "mixes Latin and Cyrillic letters"),
        ("\u03a9mega", "mixes Latin and Greek letters"),
        ("USDC", None),
        ("USDC.e", None),
        ("\u67f4\u72ac", None),
        ("\u5e01\u5b89BNB", None),
        ("\u0420\u0443\u0431\u043b\u044c", None),
        ("caf\u00e9", None),
        ("USD\u20ae0", None),
        ("", None),
    ],
)
def test_a_symbol_is_judged_by_what_it_looks_like(symbol: str, why: str | None) -> None:
    """D14: what imitates by direction, invisible characters, marks or another script is marked confusable."""
    state = replace(STATE, symbol=escape_untrusted(symbol, limit=64))
    findings = asked(RULE, subject(token_transfer(FRIEND), told(tokens={TOKEN: state})))
    assert [finding.facts["why"] for finding in findings] == ([why] if why else [])


def test_the_contract_is_named_and_symbol_and_name_are_both_looked_at() -> None:
    state = replace(STATE, symbol="USD\u0421", name="USD C\u043ein")
    findings = asked(RULE, subject(token_transfer(FRIEND), told(tokens={TOKEN: state})))
    assert sorted((finding.facts["part"], finding.counterparty) for finding in findings) == [
        ("name", TOKEN),
        ("symbol", TOKEN),
    ]
    assert all(TOKEN in finding.message and finding.severity is Severity.WARN for finding in findings)


def test_a_token_that_tells_neither_is_quiet() -> None:
    state = replace(STATE, symbol=None, name=None)
    assert asked(RULE, subject(token_transfer(FRIEND), told(tokens={TOKEN: state}))) == ()
