"""What the user wants held or stopped, as data, and the decision that follows from findings.

What belongs here: limits, levels, and the one function that decides. What must not: reading a file, or any
knowledge of a single rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from guard.core.address import Address
from guard.core.amounts import WEI_PER_ETHER, WEI_PER_GWEI
from guard.core.entries import Allow, Deny, WindowLimit
from guard.core.features import FeatureKind
from guard.core.prediction import Prediction, PredictionSource, Required
from guard.core.thresholds import THRESHOLDS, check_threshold
from guard.core.verdict import Confirmation, Decision, Finding, Severity
from guard.errors import ConfigurationError

DEFAULT_STRANGER_LIMIT_WEI = WEI_PER_ETHER // 20
"""0.05 ether: what a first payment to a stranger may be before a person is asked."""
DEFAULT_FEE_LIMIT_WEI = WEI_PER_ETHER // 20
"""0.05 ether: a hundred times a plain transfer at 20 gwei."""
DEFAULT_LOOKALIKE_PREFIX = 3
DEFAULT_LOOKALIKE_SUFFIX = 4
"""Hex digits that must agree at both ends. By chance that happens to one address in 16^7 (268 million), and
a poisoner who cannot match that many is not mistaken for the original."""
DEFAULT_LOOKALIKE_ALONE = 8
"""Hex digits that are no chance even where the other end differs: one address in 16^8 (4,295 million)."""


DENIED_ID = "policy.denied"
"""The rule that nothing in a policy lifts."""
DAY_S = 24 * 60 * 60
"""Seconds that the daily limit looks back."""
MAY_BE_MISSING = frozenset({"accounts", "tokens", "fee_market", "simulation", "listings"})
"""Fields of Evidence whose absence a policy may merely note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One user's rules of the house. Raises ConfigurationError for a value outside its range."""

    name: str = "default"
    """What the user calls it."""
    per_transaction_limit_wei: int | None = None
    """The most native value of one transaction, wei; None sets no limit."""
    daily_limit_wei: int | None = None
    """The most that one account may commit itself to on one chain within 24 hours, value and maximum fees
    together, wei; None sets no limit."""
    stranger_limit_wei: int = DEFAULT_STRANGER_LIMIT_WEI
    """The most native value of a first payment that is only noted, wei; above it a person is asked."""
    fee_limit_wei: int = DEFAULT_FEE_LIMIT_WEI
    """The most that a fee may come to without a person being asked, wei."""
    lookalike_prefix: int = DEFAULT_LOOKALIKE_PREFIX
    """Leading hex digits that a lookalike shares with a known address."""
    lookalike_suffix: int = DEFAULT_LOOKALIKE_SUFFIX
    """Trailing hex digits that a lookalike shares with a known address."""
    lookalike_alone: int = DEFAULT_LOOKALIKE_ALONE
    """Hex digits that agree at one end alone and are noticed; zeros in front count for nothing, for many
    well-known contracts begin with them."""
    unlimited_supply_percent: int = 100
    """An allowance of so much of a token's supply, or more, is without limit, percent."""
    allowance_balance_multiple: int = 10
    """An allowance of so many times what the owner holds, or more, is far above what is needed."""
    grant_days: int = 30
    """Days that a permit, an order or an allowance may hold without a person being asked."""
    young_contract_days: int = 3
    """Days during which a contract is new."""
    portfolio_percent: int = 20
    """The share of what the sender holds of one asset that may leave at once without being noted, percent."""
    priority_fee_limit_wei: int = 10 * WEI_PER_GWEI
    """The tip for a unit of gas that is only noted where the node suggests much less, wei."""
    priority_fee_multiple: int = 10
    """How many times the node's tip a tip may be."""
    fee_over_market_percent: int = 20
    """How far above what the node suggests the price of gas may be, percent."""
    repeat_count: int = 3
    """The how manieth of identical requests in a burst a person is asked about."""
    repeat_minutes: int = 10
    """Within how many minutes requests are a burst."""
    thresholds_of: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Rule id to other values of fields named in `THRESHOLDS`, for that rule alone."""
    fraud: Severity = Severity.BLOCK
    """What a FRAUD prediction does: BLOCK, or WARN with typed confirmation."""
    suspicious: Severity = Severity.WARN
    """What a SUSPICIOUS prediction does where it rests on an account's history."""
    suspicious_contract: Severity = Severity.INFO
    """What a SUSPICIOUS prediction does where it rests on the contract vector, which says nothing of it."""
    embedded_fraud: Severity | None = None
    """What a FRAUD of the embedded model does; None: the same as any other."""
    embedded_suspicious: Severity | None = None
    """What a SUSPICIOUS of the embedded model does; None: the same as any other on an account's history."""
    required: Required = Required.ANY
    """Whose silence leaves no verdict, where more than one witness is asked."""
    missing: Severity = Severity.WARN
    """What missing evidence does: WARN asks a person (nobody there: no verdict), BLOCK refuses."""
    missing_of: Mapping[str, Severity] = field(default_factory=dict)
    """The same for one field of Evidence; INFO, which only notes it, for those in `MAY_BE_MISSING`."""
    denied: tuple[Deny, ...] = ()
    """Addresses with which nothing is to be done: stronger than everything else."""
    allowed: tuple[Allow, ...] = ()
    """Rules that are to be silent about single counterparties."""
    token_limits: Mapping[Address, int] = field(default_factory=dict)
    """The most of each of these tokens in one request, in its smallest unit."""
    windows: tuple[WindowLimit, ...] = ()
    """Limits within a time, besides the daily one."""
    strangers: Severity = Severity.INFO
    """What a counterparty that is not known does by itself: INFO leaves it to the other rules."""
    unattended: bool = False
    """Whether nobody will ever be asked: what would be a question is a refusal."""
    typed_warnings: bool = False
    """Whether every warning is accepted by the first eight hex digits of the digest alone, typed."""
    scopes: Mapping[tuple[int | None, Address | None], Policy] = field(default_factory=dict)
    """Whole policies for one chain, one account, or one account on one chain, instead of this one."""
    levels: Mapping[str, Severity | None] = field(default_factory=dict)
    """Rule id to the level of its findings instead of their own; None turns the rule off."""
    verdict_lifetime_s: int = 600
    """Seconds during which a verdict may be acted on."""

    def __post_init__(self) -> None:
        _check_levels(self)
        _check_limits(self)
        for name in THRESHOLDS:
            check_threshold(name, getattr(self, name), "[thresholds]")
        for rule_id, changed in self.thresholds_of.items():
            for name, value in changed.items():
                check_threshold(name, value, f'[rules."{rule_id}"]')

    def for_request(self, chain_id: int | None, sender: Address) -> Policy:
        """Return the policy that counts for a sender on a chain: the most particular scope, or this one.

        An account on a chain comes before the account anywhere, and that before the chain. What is denied
        here is denied in every scope.
        """
        places = ((chain_id, sender), (None, sender), (chain_id, None))
        found = next((self.scopes[place] for place in places if place in self.scopes), None)
        if found is None:
            return self
        return replace(found, denied=tuple(dict.fromkeys((*found.denied, *self.denied))), scopes={})

    def for_rule(self, rule_id: str) -> Policy:
        """Return the policy as one rule sees it: with the thresholds that are set for it alone."""
        changed: dict[str, Any] = dict(self.thresholds_of.get(rule_id, ()))
        return replace(self, thresholds_of={}, **changed) if changed else self

    def for_nobody(self) -> Policy:
        """Return the same policy, its scopes too, where nobody will ever be asked."""
        scopes = {place: scope.for_nobody() for place, scope in self.scopes.items()}
        return replace(self, unattended=True, scopes=scopes)

    @property
    def has_limits_over_time(self) -> bool:
        """Whether what was signed before counts for a limit."""
        return self.daily_limit_wei is not None or bool(self.windows)

    @property
    def longest_window_s(self) -> int:
        """Seconds that the limits of this policy and of its scopes look back at the most."""
        own = [window.seconds for window in self.windows]
        return max([DAY_S, *own, *(scope.longest_window_s for scope in self.scopes.values())])

    def of_missing(self, name: str) -> Severity:
        """Return what it does that this field of Evidence is missing."""
        return self.missing_of.get(name, self.missing)

    def of_fraud(self, prediction: Prediction) -> Severity:
        """Return what a FRAUD of this witness does."""
        is_embedded = prediction.source is PredictionSource.EMBEDDED
        return self.embedded_fraud if is_embedded and self.embedded_fraud is not None else self.fraud

    def of_suspicion(self, prediction: Prediction) -> Severity:
        """Return what a SUSPICIOUS of this witness, on this vector, does."""
        if prediction.source is PredictionSource.EMBEDDED and self.embedded_suspicious is not None:
            return self.embedded_suspicious
        on_account = prediction.features_kind is FeatureKind.ACCOUNT
        return self.suspicious if on_account else self.suspicious_contract


def _check_levels(policy: Policy) -> None:
    if Severity.INFO in (policy.fraud, policy.embedded_fraud):
        raise ConfigurationError(
            "[predict] fraud cannot be info",
            hint='use "block", or "warn" to be asked with a typed answer',
        )
    if policy.missing is Severity.INFO:
        raise ConfigurationError("[missing] level cannot be info", hint='use "warn" to be asked, or "block"')
    for name, level in policy.missing_of.items():
        if level is Severity.INFO and name not in MAY_BE_MISSING:
            raise ConfigurationError(
                f"[missing] {name} cannot be info",
                hint=f'use "warn" or "block"; info is for {", ".join(sorted(MAY_BE_MISSING))}',
            )
    if DENIED_ID in {*policy.levels, *(entry.rule for entry in policy.allowed)}:
        raise ConfigurationError(
            f"{DENIED_ID} has a level or an allow entry", hint="take the deny entry out instead"
        )


def _check_limits(policy: Policy) -> None:
    limits = [
        policy.stranger_limit_wei,
        policy.fee_limit_wei,
        policy.per_transaction_limit_wei or 0,
        policy.daily_limit_wei or 0,
        *policy.token_limits.values(),
    ]
    for window in policy.windows:
        limits.extend((window.native_wei or 0, *window.tokens.values()))
    if min(limits) < 0 or policy.verdict_lifetime_s <= 0:
        raise ConfigurationError(
            "a limit is negative, or a verdict has no lifetime",
            hint="give wei from 0, and seconds above 0",
        )
    if any(window.seconds <= 0 for window in policy.windows):
        raise ConfigurationError("a window has no length", hint="give seconds above 0")
    for side, length in (
        ("prefix", policy.lookalike_prefix),
        ("suffix", policy.lookalike_suffix),
        ("alone", policy.lookalike_alone),
    ):
        if not 1 <= length <= 39:
            raise ConfigurationError(f"[lookalike] {side} cannot be {length}", hint="give 1 to 39 hex digits")


def apply_levels(findings: Iterable[Finding], policy: Policy, now: int = 0) -> tuple[Finding, ...]:
    """Return the findings at the levels that the policy sets, worst first, then by rule id.

    What stands for something unknown keeps its level: a policy says what unknown means in one place. What an
    allow entry silences is still there, as a note that names the entry: a person sees what was passed over.
    """
    leveled = []
    for finding in findings:
        if not finding.is_unknown and policy.levels.get(finding.rule, finding.severity) is None:
            continue
        leveled.append(_leveled(finding, policy, now))
    return tuple(
        sorted(leveled, key=lambda finding: (-finding.severity, finding.rule, finding.path, finding.message))
    )


def _leveled(finding: Finding, policy: Policy, now: int) -> Finding:
    if finding.is_unknown:
        return _asked(finding, policy)
    if finding.rule == DENIED_ID:
        return replace(finding, decided_by=_deny_entry(finding, policy))
    for number, entry in enumerate(policy.allowed, start=1):
        if entry.holds(finding.rule, finding.counterparty, now):
            words = f"allow entry {number}{f' ({entry.note})' if entry.note else ''}"
            return replace(finding.at(Severity.INFO), decided_by=words)
    configured = policy.levels.get(finding.rule)
    if configured is not None:
        finding = replace(finding.at(configured), decided_by=f"the level of {finding.rule}")
    if policy.unattended and finding.severity is Severity.WARN:
        return replace(finding.at(Severity.BLOCK), decided_by="unattended")
    return _asked(finding, policy)


def _deny_entry(finding: Finding, policy: Policy) -> str:
    numbers = {entry.address: number for number, entry in enumerate(policy.denied, start=1)}
    return f"deny entry {numbers[finding.counterparty]}" if finding.counterparty in numbers else ""


def _asked(finding: Finding, policy: Policy) -> Finding:
    """Return the finding with the answer that this policy wants to a warning."""
    if policy.typed_warnings and finding.confirmation is not Confirmation.TYPED:
        return replace(finding, confirmation=Confirmation.TYPED)
    return finding


def decide(findings: Iterable[Finding]) -> tuple[Decision | None, Confirmation]:
    """Return the decision and what a person would have to answer.

    The worst finding decides, in any order. A finding that stands for something unknown leaves no decision
    (None) unless another one blocks: unknown is neither allowed nor refused, it is asked.
    """
    known = tuple(findings)
    if any(finding.severity is Severity.BLOCK for finding in known):
        return Decision.BLOCK, Confirmation.NONE
    asked = [finding for finding in known if finding.severity is Severity.WARN or finding.is_unknown]
    confirmation = max((finding.confirmation for finding in asked), default=Confirmation.ORDINARY)
    if any(finding.is_unknown for finding in asked):
        return None, confirmation
    return (Decision.WARN if asked else Decision.ALLOW), confirmation
