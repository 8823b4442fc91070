from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.entries import Allow, Deny
from guard.core.evidence import Missing
from guard.core.policy import Policy
from guard.core.policy_case import Case, entry_of, try_case
from guard.core.prediction import PredictionClass
from guard.core.rules.examples import ETHER, EVIDENCE, FRIEND, NOW, STRANGER, TRANSFER, said
from guard.core.verdict import Decision, Severity

CASE = Case(name="a payment", request=TRANSFER, evidence=EVIDENCE, now=NOW, expected=Decision.ALLOW)
FIRST = replace(CASE, request=replace(TRANSFER, to=STRANGER, value=ETHER))
ENTRY = Allow(rule="recipient.first-time", counterparty=STRANGER, note="new landlord")


@pytest.mark.parametrize(
    ("case", "policy", "decision", "deciding"),
    [
        (CASE, Policy(), Decision.ALLOW, []),
        (FIRST, Policy(), Decision.WARN, [("recipient.first-time", "its own level")]),
        (
            FIRST,
            Policy(allowed=(ENTRY,)),
            Decision.ALLOW,
            [("recipient.first-time", "allow entry 1 (new landlord)")],
        ),
        (
            FIRST,
            Policy(levels={"recipient.first-time": Severity.BLOCK}),
            Decision.BLOCK,
            [("recipient.first-time", "the level of recipient.first-time")],
        ),
        (FIRST, Policy(unattended=True), Decision.BLOCK, [("recipient.first-time", "unattended")]),
        (
            FIRST,
            Policy(denied=(Deny(address=FRIEND), Deny(address=STRANGER)), allowed=(ENTRY,)),
            Decision.BLOCK,
            [("policy.denied", "deny entry 2")],
        ),
        (
            replace(CASE, evidence=replace(EVIDENCE, balance=Missing("no node"))),
            Policy(),
            None,
            [("evidence.missing", "[missing]")],
        ),
        (
            replace(CASE, evidence=said(PredictionClass.UNKNOWN)),
            Policy(),
            None,
            [("model.unknown", "[missing]")],
        ),
        (
            CASE,
            Policy(per_transaction_limit_wei=ETHER // 100, daily_limit_wei=0),
            Decision.BLOCK,
            [("limit.daily", "[limits] daily"), ("limit.per-transaction", "[limits] per_transaction")],
        ),
    ],
)
def test_the_entries_that_decided_are_named(
    case: Case, policy: Policy, decision: Decision | None, deciding: list[tuple[str, str]]
) -> None:
    outcome = try_case(case, policy)
    told = [(finding.rule, entry_of(finding)) for finding in outcome.deciding]
    assert (outcome.verdict.decision, told) == (decision, deciding)
    assert try_case(replace(case, expected=decision), policy).passed


def test_a_case_passes_by_its_decision_and_by_the_rule_that_it_names() -> None:
    for case, passed in (
        (replace(FIRST, expected=Decision.WARN), True),
        (replace(FIRST, expected=Decision.BLOCK), False),
        (replace(FIRST, expected=None), False),
        (replace(FIRST, expected=Decision.WARN, rule="recipient.first-time"), True),
        (replace(FIRST, expected=Decision.WARN, rule="recipient.lookalike"), False),
        (replace(CASE, rule="recipient.first-time"), False),
    ):
        assert try_case(case, Policy()).passed is passed
