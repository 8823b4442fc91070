from __future__ import annotations

from dataclasses import replace

from guard.core.rules.examples import STRANGER, signed_subject
from guard.core.rules.offers import LISTING
from guard.core.rules.order_unusual import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels


def test_what_is_unusual_is_noted_in_words() -> None:
    (finding,) = asked(RULE, signed_subject(replace(LISTING, unusual=("a zone", "a conduit"))))
    assert (finding.severity, finding.message) == (
        Severity.INFO,
        "the order (seaport) is out of the ordinary: a zone; a conduit",
    )


def test_an_ordinary_order_and_somebody_elses_are_quiet() -> None:
    assert levels(RULE, signed_subject(LISTING)) == []
    assert levels(RULE, signed_subject(replace(LISTING, unusual=("a zone",), offerer=STRANGER))) == []
