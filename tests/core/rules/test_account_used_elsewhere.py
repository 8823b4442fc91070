from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.evidence import Observed
from guard.core.rules import account_used_elsewhere
from guard.core.rules.examples import EVIDENCE, TRANSFER, subject
from guard.core.spending import Spending


@pytest.mark.parametrize(
    ("expected", "facts"),
    [
        (5, [{"nonce": 7, "expected": 5, "count": 2}]),
        (6, [{"nonce": 7, "expected": 6, "count": 1}]),
        (7, []),
        (9, []),
        (None, []),
    ],
)
def test_f11_a_nonce_beyond_what_the_journal_knows_is_told(
    expected: int | None, facts: list[dict[str, int]]
) -> None:
    evidence = replace(EVIDENCE, spending=Observed(Spending(next_nonce=expected), "journal"))
    hits = account_used_elsewhere.check(subject(TRANSFER, evidence))
    assert [hit.facts for hit in hits] == facts
