from __future__ import annotations

from dataclasses import replace

from guard.core.rules.examples import SENDER, STRANGER, knowing, signed_subject
from guard.core.rules.offers import LISTING
from guard.core.rules.order_named_taker import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels

PRIVATE = replace(LISTING, taker=STRANGER)


def test_a_taker_that_is_not_known_is_asked_about() -> None:
    (finding,) = asked(RULE, signed_subject(PRIVATE))
    assert (finding.severity, finding.counterparty, finding.facts) == (
        Severity.WARN,
        STRANGER,
        {"taker": STRANGER, "form": "seaport"},
    )


def test_anybody_a_contact_and_oneself_are_quiet() -> None:
    assert levels(RULE, signed_subject(LISTING)) == []
    assert levels(RULE, signed_subject(PRIVATE, knowing(STRANGER))) == []
    assert levels(RULE, signed_subject(replace(LISTING, taker=SENDER))) == []
