from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.rules.examples import DAY, NOW, STRANGER, signed_subject
from guard.core.rules.offers import LISTING
from guard.core.rules.order_long_lived import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels

LIMIT = NOW + 30 * DAY


@pytest.mark.parametrize(
    ("end", "fires"), [(LIMIT, False), (LIMIT + 1, True), (2**256 - 1, True), (0, False)]
)
def test_an_end_beyond_the_policys_days_is_asked_about(end: int, fires: bool) -> None:
    assert levels(RULE, signed_subject(replace(LISTING, expires_at=end))) == [Severity.WARN] * fires


def test_an_order_without_an_end_is_for_ever_and_somebody_elses_is_quiet() -> None:
    (finding,) = asked(RULE, signed_subject(replace(LISTING, expires_at=None)))
    assert finding.message == "the order (seaport) can be taken for ever; the policy lets 30 days pass"
    assert levels(RULE, signed_subject(replace(LISTING, expires_at=None, offerer=STRANGER))) == []
