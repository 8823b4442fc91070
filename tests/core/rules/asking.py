"""Asking one real rule about one request, through the real review."""

from __future__ import annotations

from guard.core.evidence import Evidence
from guard.core.policy import Policy
from guard.core.request import TransactionRequest
from guard.core.review import judge, review
from guard.core.rules import examples
from guard.core.rules.rule import Rule
from guard.core.subject import Subject
from guard.core.verdict import Finding, Severity


def ask(
    rule: Rule,
    request: TransactionRequest = examples.TRANSFER,
    evidence: Evidence = examples.EVIDENCE,
    policy: Policy | None = None,
) -> tuple[Finding, ...]:
    """Return what the rule finds."""
    return review(request, evidence, policy or Policy(), now=0, rules=(rule,)).findings


def asked(rule: Rule, subject: Subject) -> tuple[Finding, ...]:
    """Return what the rule finds in what was read already."""
    return judge(subject, (rule,)).findings


def levels(rule: Rule, subject: Subject) -> list[Severity]:
    """Return the levels of what the rule finds, worst first."""
    return [finding.severity for finding in asked(rule, subject)]
