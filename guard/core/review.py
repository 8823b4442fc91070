"""The review: every rule is asked, nothing missing is passed over, the policy decides.

What belongs here: the asking. What must not: anything that a single rule knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from guard.core.act import flatten
from guard.core.decode import read
from guard.core.evidence import Evidence, Missing
from guard.core.policy import Policy, apply_levels, decide
from guard.core.prediction import in_order
from guard.core.rules import ALL_RULES
from guard.core.rules.rule import Rule
from guard.core.subject import Request, Subject, digest_of
from guard.core.verdict import Confidence, Finding, Severity, Verdict

MISSING_ID = "evidence.missing"
FAILED_ID = "rule.failed"
ENGINE_FINDINGS = {
    MISSING_ID: (
        "A source did not tell what rules needed. The finding names the source, the reason, and the rules "
        "that could not look. A person is asked; with nobody to ask there is no verdict."
    ),
    FAILED_ID: "A rule failed while it looked. It may have been about to object, so the payment is blocked.",
}
"""The findings that no single rule makes, and what they mean."""

_MANY_RULES = 6
"""Rules that one line names; the finding's facts name them all."""

_SOURCES = {
    "chain_id": "the node's chain id",
    "balance": "the sender's balance",
    "recipient_code": "the recipient's code",
    "counterparties": "the known counterparties",
    "spending": "what was spent before",
    "accounts": "the accounts involved",
    "tokens": "the tokens involved",
    "fee_market": "what gas costs now",
    "simulation": "the simulation",
    "listings": "the reputation lists",
}


def review(
    request: Request,
    evidence: Evidence,
    policy: Policy,
    now: int,
    rules: Iterable[Rule] = ALL_RULES,
) -> Verdict:
    """Return the verdict on `request`, given what is known and wanted; `now` is in Unix seconds.

    Never raises: a rule that does blocks the request, under its own id.
    """
    policy = policy.for_request(request.chain_id, request.sender)
    acts = flatten(read(request))
    subject = Subject(request=request, acts=acts, evidence=evidence, policy=policy, now=now)
    kinds = frozenset(type(act.intent) for act in acts)
    # What stands for the unknown cannot be turned off: silence would read as "fine" (invariant 4).
    active = [
        rule
        for rule in rules
        if rule.concerns(kinds) and (rule.is_unknown or policy.levels.get(rule.id, rule.severity) is not None)
    ]
    found = [finding for rule in active for finding in _look(rule, subject)]
    found.extend(_missing(active, evidence, policy))
    findings = apply_levels(found, policy, now)
    decision, confirmation = decide(findings)
    return Verdict(
        digest=digest_of(request),
        decision=decision,
        confirmation=confirmation,
        findings=findings,
        intent=subject.intent,
        prediction=in_order(evidence.predictions, policy.required)[0],
        reviewed_at=now,
        expires_at=now + policy.verdict_lifetime_s,
    )


def _look(rule: Rule, subject: Subject) -> Iterator[Finding]:
    if any(isinstance(getattr(subject.evidence, need), Missing) for need in rule.needs):
        return
    if rule.id in subject.policy.thresholds_of:
        subject = replace(subject, policy=subject.policy.for_rule(rule.id))
    try:
        yield from [rule.finding(hit) for hit in rule.check(subject)]
    except Exception as error:  # noqa: BLE001  a rule that fails, for whatever reason, blocks (invariant 6)
        yield Finding(
            rule=FAILED_ID,
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=f"the rule {rule.id} failed ({type(error).__name__}) and may have been about to object",
            advice="this is a fault of txguard: report it, with the transaction if you may",
            facts={"rule": rule.id, "error": type(error).__name__},
            is_unknown=True,
        )


def _missing(rules: Iterable[Rule], evidence: Evidence, policy: Policy) -> Iterator[Finding]:
    """Yield one finding for each reason, naming what it hid and which rules could not look."""
    told: dict[tuple[str, Severity], tuple[list[str], list[str]]] = {}
    for rule in rules:
        for need in rule.needs:
            fact = getattr(evidence, need)
            if isinstance(fact, Missing):
                names, blind = told.setdefault((fact.reason, policy.of_missing(need)), ([], []))
                names.extend([_SOURCES[need]] if _SOURCES[need] not in names else [])
                blind.extend([rule.id] if rule.id not in blind else [])
    for (reason, level), (names, blind) in told.items():
        yield Finding(
            rule=MISSING_ID,
            severity=level,
            confidence=Confidence.HIGH,
            message=f"{_listed(sorted(names))} could not be learned: {reason}",
            advice=f"mend the source and try again; not checked: {_named(sorted(blind))}",
            facts={"reason": reason, "missing": tuple(sorted(names)), "rules": tuple(sorted(blind))},
            # Where the policy merely notes it, it leaves a decision.
            is_unknown=level is not Severity.INFO,
        )


def _named(rules: list[str]) -> str:
    """Return the rules as a line names them: all, or the first few where the line would be a page."""
    if len(rules) <= _MANY_RULES:
        return ", ".join(rules)
    return f"{', '.join(rules[:_MANY_RULES])} and {len(rules) - _MANY_RULES} more rules"


def _listed(names: list[str]) -> str:
    """Return names as a sentence lists them: `a, b and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
