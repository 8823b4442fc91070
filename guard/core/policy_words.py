"""What a policy does, in words that its owner can check against what was meant.

What belongs here: the sentences. What must not: any decision.
"""

from __future__ import annotations

from collections.abc import Iterator

from guard.core.amounts import format_ether
from guard.core.entries import WindowLimit
from guard.core.policy import Policy
from guard.core.thresholds import THRESHOLDS
from guard.core.verdict import Severity

_HOUR_S = 60 * 60
_DOES = {
    Severity.INFO: "is noted",
    Severity.WARN: "is asked about",
    Severity.BLOCK: "is refused",
    None: "is not looked for",
}
_DEFAULT = Policy()
_TOLD_AS_LIMITS = {"stranger_limit_wei", "fee_limit_wei"}


def policy_lines(policy: Policy, now: int) -> Iterator[str]:
    """Yield what the policy does, a sentence a line, its scopes apart; `now` is in Unix seconds."""
    yield from _asking(policy)
    yield from _limits(policy)
    yield from _answers(policy)
    yield from _thresholds(policy)
    yield from _entries(policy, now)


def _asking(policy: Policy) -> Iterator[str]:
    if policy.unattended:
        yield "Nobody is asked: whatever would be a question is refused."
    elif policy.typed_warnings:
        yield "A person is asked, and accepts a warning by typing the first 8 digits of the digest."
    else:
        yield "A person is asked."


def _limits(policy: Policy) -> Iterator[str]:
    if policy.per_transaction_limit_wei is not None:
        yield f"A payment above {format_ether(policy.per_transaction_limit_wei)} is refused."
    if policy.daily_limit_wei is not None:
        yield f"More than {format_ether(policy.daily_limit_wei)} within 24 hours, fees included, is refused."
    for window in policy.windows:
        yield from _window(window)
    for token, units in policy.token_limits.items():
        yield f"More than {units} units of {token} in one request are refused."
    does = _does(policy, Severity.WARN)
    yield f"A first payment above {format_ether(policy.stranger_limit_wei)} {does}."
    yield f"A fee that may come to more than {format_ether(policy.fee_limit_wei)} {does}."


def _window(window: WindowLimit) -> Iterator[str]:
    hours = f"within {window.seconds / _HOUR_S:g} hours"
    if window.native_wei is not None:
        yield f"More than {format_ether(window.native_wei)} {hours}, fees included, is refused."
    for token, units in window.tokens.items():
        yield f"More than {units} units of {token} {hours}, rights to take them included, are refused."


def _answers(policy: Policy) -> Iterator[str]:
    yield f"A counterparty that is not known {_does(policy, policy.strangers)}{_left(policy.strangers)}."
    yield f"What the model calls fraud {_does(policy, policy.fraud)}."
    yield f"What it calls suspicious by an account's history {_does(policy, policy.suspicious)}."
    yield f"What it calls suspicious by amount and gas price {_does(policy, policy.suspicious_contract)}."
    refused = policy.missing is Severity.BLOCK
    yield f"What cannot be learned {'is refused' if refused else 'leaves no verdict'}."
    for source, level in sorted(policy.missing_of.items()):
        does = "leaves no verdict" if level is Severity.WARN else _DOES[level]
        yield f"Where {source} cannot be learned, that {does}."
    for rule_id, configured in sorted(policy.levels.items()):
        yield f"What {rule_id} finds {_does(policy, configured)}."


def _does(policy: Policy, level: Severity | None) -> str:
    """Return what a level comes to; where nobody is asked, a question is a refusal."""
    is_question = policy.unattended and level is Severity.WARN
    return _DOES[Severity.BLOCK if is_question else level]


def _left(level: Severity) -> str:
    return ", and other rules look at it" if level is Severity.INFO else ""


def _thresholds(policy: Policy) -> Iterator[str]:
    for name in THRESHOLDS:
        value = getattr(policy, name)
        if name not in _TOLD_AS_LIMITS and value != getattr(_DEFAULT, name):
            yield f"{name} is {value}."
    for rule_id, changed in sorted(policy.thresholds_of.items()):
        for name, value in changed.items():
            yield f"For {rule_id} alone, {name} is {value}."


def _entries(policy: Policy, now: int) -> Iterator[str]:
    for number, denied in enumerate(policy.denied, start=1):
        yield f"Deny entry {number}: everything with {denied.address} is refused{_note(denied.note)}."
    for number, allowed in enumerate(policy.allowed, start=1):
        is_over = allowed.expires_at is not None and now > allowed.expires_at
        over = " It has expired." if is_over else ""
        words = f"what {allowed.rule} finds about {allowed.counterparty} is noted alone"
        yield f"Allow entry {number}: {words}{_note(allowed.note)}.{over}"


def _note(note: str) -> str:
    return f" ({note})" if note else ""
