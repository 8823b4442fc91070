from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guard.core.evidence import Missing, Observed
from guard.core.rules.examples import TOKEN, TRANSFER, subject
from guard.core.rules.limit_per_transaction import RULE
from guard.core.rules.rule import HEADINGS, Hit
from guard.core.subject import observed
from guard.core.verdict import Confidence, Confirmation, FactValue, Finding, Severity
from guard.errors import ConfigurationError

FACTS = {"what": "value", "amount": "2 ether", "limit": "1 ether"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"id": ""}, "needs an id of the form family.name"),
        ({"id": "limit"}, "needs an id of the form family.name"),
        ({"id": "Limit.one"}, "needs an id of the form family.name"),
        ({"id": "limit.one."}, "needs an id of the form family.name"),
        ({"id": "limit.one_two"}, "needs an id of the form family.name"),
        ({"id": "limit.one\n"}, "needs an id of the form family.name"),
        ({"documentation": ""}, "needs the headings"),
        ({"documentation": "A title.\n\nWhat it finds: x\n"}, "needs the headings"),
        ({"documentation": RULE.documentation.replace("Limits:", "Limit:")}, "needs the headings"),
        ({"documentation": RULE.documentation.partition("Limits:")[0] + "Limits:\n"}, "needs the headings"),
        ({"needs": ("weather",)}, "needs evidence that does not exist: weather"),
        ({"thresholds": ("weather",)}, "names thresholds that do not exist: weather"),
        ({"thresholds": ("young_contract_days",)}, "names thresholds that do not exist: young_contract_days"),
        ({"needs": ("balance", "x", "a")}, "needs evidence that does not exist: a, x"),
        ({"message": ""}, "needs a message, an advice"),
        ({"advice": ""}, "needs a message, an advice"),
        ({"fires": ()}, "needs a message, an advice, and examples"),
        ({"quiet": ()}, "needs a message, an advice, and examples"),
    ],
)
def test_a_rule_with_an_incomplete_description_is_refused_at_construction(
    change: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        replace(RULE, **change)
    assert problem in caught.value.message
    assert caught.value.hint == "complete it; see CONTRIBUTING.md"


def test_headings_in_another_order_are_refused() -> None:
    text = "A title.\n\n" + "\n\n".join(f"{heading}: x" for heading in reversed(HEADINGS))
    with pytest.raises(ConfigurationError, match="needs the headings"):
        replace(RULE, documentation=text)


def test_the_title_and_sections_are_those_of_the_docstring() -> None:
    assert RULE.title == "Amount is above the policy's limit for one transaction"
    assert list(RULE.sections()) == list(HEADINGS)
    assert RULE.sections()["What it finds"] == (
        "Native value, or a maximum fee, above `[limits] per_transaction`. Each is compared by itself, "
        "so that exactly the limit can be sent."
    )


def test_a_finding_is_made_from_the_rule_and_the_facts_of_the_hit() -> None:
    assert RULE.finding(Hit(facts=FACTS)) == Finding(
        rule="limit.per-transaction",
        severity=Severity.BLOCK,
        confidence=Confidence.HIGH,
        message="a value of 2 ether is above the policy's limit of 1 ether for one transaction",
        advice="send less, or raise the limit in the policy file",
        facts=FACTS,
        is_unknown=False,
        confirmation=Confirmation.WARNING,
    )


def test_a_hit_can_carry_another_severity_info_included() -> None:
    severities = [RULE.finding(Hit(facts=FACTS, severity=level)).severity for level in Severity]
    assert severities == list(Severity)


def test_a_message_reads_facts_and_never_attributes_of_the_rule() -> None:
    with pytest.raises(KeyError):
        replace(RULE, message="{id}").finding(Hit(facts=FACTS))


def test_a_fact_with_braces_is_shown_as_it_is() -> None:
    facts = {"what": "value", "amount": "{limit.__class__}", "limit": "{0}"}
    assert RULE.finding(Hit(facts=facts)).message.startswith("a value of {limit.__class__} is above")


def test_what_was_observed_is_read_and_what_is_missing_never_is() -> None:
    assert observed(Observed(0, "node")) == 0
    with pytest.raises(ConfigurationError, match="read evidence that is missing: the node is down") as caught:
        observed(Missing("the node is down"))
    assert caught.value.hint == "name it in the rule's `needs`"


def test_a_subject_knows_its_beneficiary() -> None:
    assert subject().beneficiary == TRANSFER.to
    assert subject(replace(TRANSFER, to=TOKEN, data=b"junk")).beneficiary == TOKEN
    assert subject(replace(TRANSFER, to=None)).beneficiary is None


def test_whatever_text_a_rule_passes_on_is_escaped_once() -> None:
    facts: dict[str, FactValue] = {
        "what": "X\x1b[2J\u202e",
        "amount": "\\u202eUSD\u0421",
        "limit": "1",
        "tokens": ("a\nb", "c"),
        "n": 3,
    }
    finding = RULE.finding(Hit(facts=facts))
    assert finding.facts == {
        "what": "X\\x1b[2J\\u202e",
        "amount": "\\u202eUSD\u0421",
        "limit": "1",
        "tokens": ("a\\x0ab", "c"),
        "n": 3,
    }
    assert finding.message.isprintable()
    assert "X\\x1b[2J\\u202e" in finding.message
