"""How often each rule speaks about the everyday set, and what is decided.

What belongs here: the counting and its table. What must not: the set.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from guard.core.policy import Policy
from guard.core.review import review
from guard.core.rules.examples import NOW
from guard.core.verdict import Decision, Severity
from tests.benign.everyday import everyday


@dataclass
class Rates:
    """The counts of one policy."""

    count: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    fired: Counter[tuple[str, Severity]] = field(default_factory=Counter)
    """Transactions about which a rule spoke, by rule and level."""
    warned: Counter[str] = field(default_factory=Counter)
    """Transactions that are not allowed, by kind."""


def measure(policy: Policy) -> Rates:
    """Return what this policy and all rules say of the whole set."""
    rates = Rates()
    for case in everyday():
        verdict = review(case.request, case.evidence, policy, NOW)
        rates.count += 1
        rates.decisions["no verdict" if verdict.decision is None else verdict.decision.name] += 1
        rates.fired.update({(finding.rule, finding.severity) for finding in verdict.findings})
        if verdict.decision is not Decision.ALLOW:
            rates.warned[case.kind] += 1
    return rates


def table() -> str:
    """Return the measure of the default policy as Markdown."""
    rates = measure(Policy())
    lines = [
        f"{rates.count} everyday transactions under the default policy (`personal`):",
        "",
        "| decision | transactions | share |",
        "|---|---|---|",
        *(
            f"| {name} | {rates.decisions[name]} | {rates.decisions[name] / rates.count:.2%} |"
            for name in ("ALLOW", "WARN", "BLOCK", "no verdict")
        ),
        "",
        "| rule | level | transactions | share |",
        "|---|---|---|---|",
        *(
            f"| `{rule}` | {severity.name.lower()} | {count} | {count / rates.count:.2%} |"
            for (rule, severity), count in sorted(rates.fired.items(), key=lambda item: (-item[1], item[0]))
        ),
        "",
        "Every rule that is not in this table was silent on all of them.",
    ]
    if rates.warned:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in rates.warned.most_common())
        lines.extend(["", f"Not allowed without a question: {kinds}."])
    return "\n".join(lines) + "\n"
