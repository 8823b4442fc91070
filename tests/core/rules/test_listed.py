from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.intent import Batch
from guard.core.reputation import Listing, Standing
from guard.core.rules import listing_exchange, listing_malicious, listing_suspicious
from guard.core.rules.examples import (
    DAY,
    FRIEND,
    NOW,
    ROUTER,
    SENDER,
    STRANGER,
    acts_subject,
    approval,
    call_doing,
    knowing,
    subject,
    told,
)
from guard.core.rules.rule import Rule
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import asked, levels

RULES = {
    Standing.MALICIOUS: listing_malicious.RULE,
    Standing.SUSPICIOUS: listing_suspicious.RULE,
    Standing.EXCHANGE: listing_exchange.RULE,
}
LINE = Listing(
    list_name="community", standing=Standing.MALICIOUS, label="Phish", source="a.csv", as_of=NOW - 3 * DAY
)


def test_a_listed_party_is_named_with_list_label_and_age() -> None:
    assert asked(listing_malicious.RULE, subject(evidence=told(listings={FRIEND: (LINE,)}))) == (
        Finding(
            rule="listing.malicious",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=f"{FRIEND} is on the list community (Phish), as of 3 days ago",
            advice="do not sign; if the listing is wrong, allow the address in the policy",
            facts={"address": FRIEND, "list": "community", "label": "Phish", "source": "a.csv", "days": 3},
            counterparty=FRIEND,
        ),
    )


@pytest.mark.parametrize("standing", list(Standing))
def test_each_standing_has_its_rule_and_a_harmless_one_has_none(standing: Standing) -> None:
    evidence = told(listings={FRIEND: (replace(LINE, standing=standing),)})
    found = [rule for rule in RULES.values() if asked(rule, subject(evidence=evidence))]
    assert found == ([RULES[standing]] if standing in RULES else [])


@pytest.mark.parametrize(
    ("rule", "level"),
    [
        (listing_malicious.RULE, Severity.BLOCK),
        (listing_suspicious.RULE, Severity.WARN),
        (listing_exchange.RULE, Severity.INFO),
    ],
)
def test_a_contact_that_is_listed_is_told_all_the_same(rule: Rule, level: Severity) -> None:
    standing = next(one for one, its in RULES.items() if its is rule)
    evidence = told(listings={FRIEND: (replace(LINE, standing=standing),)}, evidence=knowing(FRIEND))
    assert levels(rule, subject(evidence=evidence)) == [level]


def test_every_line_is_told_with_the_act_that_names_the_party() -> None:
    lines = (LINE, replace(LINE, list_name="another", label=""))
    evidence = told(listings={STRANGER: lines, ROUTER: (LINE,)})
    batch = Batch(form="multicall", calls=(call_doing(approval()), call_doing(approval(STRANGER))))
    findings = asked(listing_malicious.RULE, acts_subject(batch, evidence))
    assert sorted((str(one.counterparty), one.facts["list"], one.path) for one in findings) == sorted(
        [
            (str(STRANGER), "another", (2,)),
            (str(STRANGER), "community", (2,)),
            (str(ROUTER), "community", (1,)),
        ]
    )
    assert "without a label" in {finding.facts["label"] for finding in findings}


def test_the_sender_is_left_out_and_who_only_a_simulation_shows_has_no_place() -> None:
    evidence = told(listings={SENDER: (LINE,), STRANGER: (LINE,)})
    (finding,) = asked(listing_malicious.RULE, subject(evidence=evidence))
    assert (finding.counterparty, finding.path) == (STRANGER, ())


def test_a_list_from_the_future_is_of_today() -> None:
    evidence = told(listings={FRIEND: (replace(LINE, as_of=NOW + DAY),)})
    (finding,) = asked(listing_malicious.RULE, subject(evidence=evidence))
    assert finding.facts["days"] == 0
