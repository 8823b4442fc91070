from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.bundle import CallBundle
from guard.core.policy import Policy
from guard.core.review import review
from guard.core.rules.call_value_to_stranger import RULE
from guard.core.rules.examples import ETHER, EVIDENCE, FRIEND, NOW, SENDER, STRANGER, TRANSFER, call
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

LIMIT = Policy().stranger_limit_wei


@pytest.mark.parametrize(
    ("value", "amount", "severity"),
    [
        (LIMIT, "0.05 ether", Severity.INFO),
        (LIMIT + 1, "0.050000000000000001 ether", Severity.WARN),
    ],
)
def test_above_the_limit_for_strangers_a_person_is_asked(value: int, amount: str, severity: Severity) -> None:
    assert ask(RULE, call(STRANGER, "deposit()", value=value)) == (
        Finding(
            rule="call.value-to-stranger",
            severity=severity,
            confidence=Confidence.HIGH,
            message=(
                f"{amount} would go along with a call of {STRANGER}; the limit for strangers is 0.05 ether"
            ),
            advice="compare the contract's address with its application's own documentation",
            facts={
                "contract": STRANGER,
                "amount": amount,
                "amount_wei": value,
                "limit": "0.05 ether",
                "limit_wei": LIMIT,
            },
            counterparty=STRANGER,
        ),
    )


def test_a_known_contract_no_ether_and_plain_ether_are_quiet() -> None:
    requests = (
        call(FRIEND, "deposit()", value=ETHER),
        call(STRANGER, "deposit()"),
        replace(TRANSFER, to=STRANGER, value=ETHER),
    )
    assert [ask(RULE, request) for request in requests] == [()] * 3


def test_each_call_of_a_bundle_is_looked_at() -> None:
    paid = call(STRANGER, "deposit()", value=ETHER)
    bundle = CallBundle(sender=SENDER, calls=(TRANSFER, paid, paid), chain_id=1)
    findings = review(bundle, EVIDENCE, Policy(), NOW, rules=(RULE,)).findings
    assert [finding.facts["amount"] for finding in findings] == ["1 ether", "1 ether"]


def test_the_calls_of_a_bundle_and_its_payments_count_together() -> None:
    small = call(STRANGER, "deposit()", value=LIMIT)
    payment = replace(TRANSFER, to=STRANGER, value=1)
    for calls, expected in (
        ((small,), [Severity.INFO]),
        ((small, small), [Severity.WARN, Severity.WARN]),
        ((small, payment), [Severity.WARN]),
        ((small, TRANSFER), [Severity.INFO]),
    ):
        bundle = CallBundle(sender=SENDER, calls=calls, chain_id=1)
        findings = review(bundle, EVIDENCE, Policy(), NOW, rules=(RULE,)).findings
        assert [finding.severity for finding in findings] == expected


def test_a_creation_that_is_given_ether_is_looked_at() -> None:
    (finding,) = ask(RULE, replace(TRANSFER, to=None, data=b"\x60", value=ETHER))
    assert (finding.severity, finding.counterparty) == (Severity.WARN, None)
    assert finding.facts["contract"] == "a contract that it creates"
