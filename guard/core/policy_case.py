"""One example of what a policy is meant to decide, and what it does decide: the test of a policy.

What belongs here: the trial, and who decided. What must not: how cases are written in a file.
"""

from __future__ import annotations

from dataclasses import dataclass

from guard.core.evidence import Evidence
from guard.core.policy import Policy
from guard.core.review import MISSING_ID, review
from guard.core.subject import Request
from guard.core.verdict import Decision, Finding, Severity, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request in assumed circumstances, and the decision that is expected."""

    name: str
    """What it shows, in the user's words, escaped."""
    request: Request
    """What would be signed."""
    evidence: Evidence
    """What is assumed of the world."""
    now: int
    """When it happens, Unix seconds."""
    expected: Decision | None
    """What the policy should decide; None: that no verdict can be had."""
    rule: str | None = None
    """A rule that should be among those that decide; None where it does not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a policy made of a case."""

    case: Case
    """The case."""
    verdict: Verdict
    """The whole verdict."""
    deciding: tuple[Finding, ...]
    """The findings without which the decision would be another one; of an ALLOW those that were lowered."""

    @property
    def passed(self) -> bool:
        """Whether the decision, and the rule if one was named, are the expected ones."""
        rule = self.case.rule
        by_rule = rule is None or any(finding.rule == rule for finding in self.deciding)
        return by_rule and self.verdict.decision is self.case.expected


def try_case(case: Case, policy: Policy) -> Outcome:
    """Return what `policy` makes of a case; it is reviewed as any request is."""
    verdict = review(case.request, case.evidence, policy, case.now)
    return Outcome(case=case, verdict=verdict, deciding=_deciding(verdict))


def _deciding(verdict: Verdict) -> tuple[Finding, ...]:
    match verdict.decision:
        case Decision.BLOCK:
            found = [finding for finding in verdict.findings if finding.severity is Severity.BLOCK]
        case Decision.WARN:
            found = [finding for finding in verdict.findings if finding.severity is Severity.WARN]
        case Decision.ALLOW:
            found = [finding for finding in verdict.findings if finding.decided_by]
        case _:
            found = [finding for finding in verdict.findings if finding.is_unknown]
    return tuple(found)


_SECTIONS = {
    MISSING_ID: "[missing]",
    "policy.strangers": "[counterparties] unknown",
    "limit.daily": "[limits] daily",
    "limit.per-transaction": "[limits] per_transaction",
    "limit.token": "[limits.tokens]",
    "limit.window": "[limits]",
    "model.fraud": "[predict]",
    "model.suspicious": "[predict]",
    "model.unknown": "[missing]",
}
"""Where in the file stands what a rule does, for rules that do nothing of themselves."""


def entry_of(finding: Finding) -> str:
    """Return which entry of the policy gave a finding its level, in words, or that the rule did itself."""
    return finding.decided_by or _SECTIONS.get(finding.rule, "its own level")
