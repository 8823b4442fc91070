"""The review: every rule is asked, nothing missing is passed over, the policy decides.

What belongs here: the asking. What must not: anything that a single rule knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import lru_cache

from guard.core.act import flatten
from guard.core.decode import read
from guard.core.evidence import Evidence, Missing
from guard.core.policy import Policy, apply_levels, decide
from guard.core.prediction import in_order
from guard.core.rules import ALL_RULES
from guard.core.rules.rule import Rule
from guard.core.signature_request import SignatureRequest
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
    return judge(Subject(request=request, acts=acts, evidence=evidence, policy=policy, now=now), rules)


def judge(subject: Subject, rules: Iterable[Rule] = ALL_RULES) -> Verdict:
    """Return the verdict on what was read already; `review` reads it first."""
    policy, evidence = subject.policy, subject.evidence
    active: Sequence[Rule] = concerned(rules, subject)
    if policy.levels:
        # What stands for the unknown cannot be turned off: silence would read as "fine" (invariant 4).
        active = tuple(
            rule
            for rule in active
            if rule.is_unknown or policy.levels.get(rule.id, rule.severity) is not None
        )
    missing = {name: fact for name in _SOURCES if isinstance(fact := getattr(evidence, name), Missing)}
    found: list[Finding] = []
    for rule in active:
        if not missing or missing.keys().isdisjoint(rule.needs):
            own = policy.thresholds_of and rule.id in policy.thresholds_of
            seen = replace(subject, policy=policy.for_rule(rule.id)) if own else subject
            found.extend(_look(rule, seen))
    if missing:
        found.extend(_missing(active, missing, policy))
    findings = apply_levels(found, policy, subject.now)
    decision, confirmation = decide(findings)
    return Verdict(
        digest=digest_of(subject.request),
        decision=decision,
        confirmation=confirmation,
        findings=findings,
        intent=subject.intent,
        prediction=in_order(evidence.predictions, policy.required)[0],
        reviewed_at=subject.now,
        expires_at=subject.now + policy.verdict_lifetime_s,
    )


def concerned(rules: Iterable[Rule], subject: Subject) -> Sequence[Rule]:
    """Return the rules that have something to look at: an intent, a request or a content of their kinds."""
    kinds: set[type[object]] = {type(act.intent) for act in subject.acts}
    kinds.add(type(subject.request))
    if isinstance(subject.request, SignatureRequest):
        kinds.add(type(subject.request.content))
    return _of_kinds(frozenset(kinds)) if rules is ALL_RULES else _concerned(rules, kinds)


@lru_cache(maxsize=256)
def _of_kinds(kinds: frozenset[type[object]]) -> Sequence[Rule]:
    """Return the same of all rules: the kinds of everyday requests come again and again."""
    return _concerned(ALL_RULES, kinds)


def _concerned(rules: Iterable[Rule], kinds: AbstractSet[type[object]]) -> Sequence[Rule]:
    return tuple(rule for rule in rules if rule.concerns(kinds))


def _look(rule: Rule, subject: Subject) -> list[Finding]:
    try:
        return [rule.finding(hit) for hit in rule.check(subject)]
    except Exception as error:  # noqa: BLE001  a rule that fails, for whatever reason, blocks (invariant 6)
        failed = Finding(
            rule=FAILED_ID,
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=f"the rule {rule.id} failed ({type(error).__name__}) and may have been about to object",
            advice="this is a fault of txguard: report it, with the transaction if you may",
            facts={"rule": rule.id, "error": type(error).__name__},
            is_unknown=True,
        )
        return [failed]


def _missing(rules: Iterable[Rule], missing: Mapping[str, Missing], policy: Policy) -> Iterator[Finding]:
    """Yield one finding for each reason, naming what it hid and which rules could not look."""
    told: dict[tuple[str, Severity], tuple[list[str], list[str]]] = {}
    for rule in rules:
        for field in rule.reads:
            if field in missing:
                key = (missing[field].reason, policy.of_missing(field))
                names, blind = told.setdefault(key, ([], []))
                names.extend([_SOURCES[field]] if _SOURCES[field] not in names else [])
                blind.extend([rule.id] if rule.id not in blind else [])
    for (reason, level), (names, blind) in told.items():
        yield Finding(
            rule=MISSING_ID,
            severity=level,
            confidence=Confidence.HIGH,
            message=f"{_listed(sorted(names))} could not be learned: {reason}",
            advice=f"mend the source and try again; not checked in full: {_named(sorted(blind))}",
            facts={"reason": reason, "missing": tuple(sorted(names)), "rules": tuple(sorted(blind))},
            # Where the policy merely notes it, it leaves a decision.
            is_unknown=level is not Severity.INFO,
        )


def _named(rules: list[str]) -> str:
    """Return the rules as a line names them: all, or the first few where several more would follow."""
    if len(rules) <= _MANY_RULES + 1:
        return ", ".join(rules)
    return f"{', '.join(rules[:_MANY_RULES])} and {len(rules) - _MANY_RULES} more rules"


def _listed(names: list[str]) -> str:
    """Return names as a sentence lists them: `a, b and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
