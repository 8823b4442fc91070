from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.core.address import Address
from guard.core.entries import Allow, Deny, WindowLimit
from guard.core.policy import DENIED_ID, Policy, apply_levels, decide
from guard.core.rules.examples import FRIEND, SENDER, STRANGER
from guard.core.verdict import Confirmation, Decision, Finding, Severity
from guard.errors import ConfigurationError
from tests.core.strategies import findings
from tests.core.values import NOTE

# From free to refused; no decision lies between a question and a refusal.
RANK = {Decision.ALLOW: 0, Decision.WARN: 1, None: 2, Decision.BLOCK: 3}
WARNING = replace(NOTE, rule="b.warning", severity=Severity.WARN)
BLOCK = replace(NOTE, rule="c.block", severity=Severity.BLOCK)
UNKNOWN = replace(WARNING, rule="d.unknown", is_unknown=True)


@pytest.mark.parametrize(
    ("found", "decision", "confirmation"),
    [
        ([], Decision.ALLOW, Confirmation.ORDINARY),
        ([NOTE], Decision.ALLOW, Confirmation.ORDINARY),
        ([NOTE, WARNING], Decision.WARN, Confirmation.WARNING),
        ([replace(WARNING, confirmation=Confirmation.TYPED), WARNING], Decision.WARN, Confirmation.TYPED),
        ([replace(NOTE, confirmation=Confirmation.TYPED), WARNING], Decision.WARN, Confirmation.WARNING),
        ([replace(WARNING, confirmation=Confirmation.ORDINARY)], Decision.WARN, Confirmation.ORDINARY),
        ([BLOCK], Decision.BLOCK, Confirmation.NONE),
        ([NOTE, WARNING, UNKNOWN, BLOCK], Decision.BLOCK, Confirmation.NONE),
        ([UNKNOWN], None, Confirmation.WARNING),
        ([WARNING, UNKNOWN], None, Confirmation.WARNING),
        ([replace(WARNING, confirmation=Confirmation.TYPED), UNKNOWN], None, Confirmation.TYPED),
        ([replace(UNKNOWN, severity=Severity.INFO)], None, Confirmation.WARNING),
    ],
)
def test_the_worst_finding_decides_and_names_the_question(
    found: list[Finding], decision: Decision | None, confirmation: Confirmation
) -> None:
    assert decide(found) == (decision, confirmation)


@given(st.lists(findings, max_size=8), st.randoms(use_true_random=False))
def test_no_order_of_the_findings_changes_the_decision(found: list[Finding], shuffle: random.Random) -> None:
    shuffled = list(found)
    shuffle.shuffle(shuffled)
    assert decide(shuffled) == decide(found)
    assert decide(apply_levels(shuffled, Policy())) == decide(found)


@given(st.lists(findings, max_size=8), findings)
def test_a_further_finding_never_lowers_the_decision_nor_the_question(
    found: list[Finding], further: Finding
) -> None:
    (before, asked), (after, asked_after) = decide(found), decide([*found, further])
    assert RANK[after] >= RANK[before]
    assert after is Decision.BLOCK or asked_after >= asked


@given(st.lists(findings, max_size=8))
def test_the_unknown_leaves_no_decision_unless_something_blocks(found: list[Finding]) -> None:
    decision, confirmation = decide(found)
    if any(finding.severity is Severity.BLOCK for finding in found):
        assert (decision, confirmation) == (Decision.BLOCK, Confirmation.NONE)
    elif any(finding.is_unknown for finding in found):
        assert decision is None
    else:
        assert decision in (Decision.ALLOW, Decision.WARN)


LEVELS = st.dictionaries(
    st.sampled_from(["a.one", "b.two", "c.three"]), st.none() | st.sampled_from(Severity)
)


@given(st.lists(findings, max_size=8), LEVELS)
def test_levels_touch_known_findings_alone_and_put_the_worst_first(
    found: list[Finding], levels: dict[str, Severity | None]
) -> None:
    expected = []
    for finding in found:
        level = finding.severity if finding.is_unknown else levels.get(finding.rule, finding.severity)
        if level is not None:
            configured = not finding.is_unknown and finding.rule in levels
            words = f"the level of {finding.rule}" if configured else ""
            expected.append(replace(finding, severity=level, decided_by=words))
    applied = apply_levels(found, Policy(levels=levels))
    assert sorted(map(repr, applied)) == sorted(map(repr, expected))
    keys = [(-finding.severity, finding.rule, finding.path, finding.message) for finding in applied]
    assert keys == sorted(keys)


def test_a_policy_can_raise_lower_or_silence_one_rule() -> None:
    policy = Policy(levels={"a.note": Severity.BLOCK, "b.warning": None, "c.block": Severity.WARN})
    applied = apply_levels([NOTE, WARNING, BLOCK], policy)
    assert applied == (
        replace(NOTE, severity=Severity.BLOCK, decided_by="the level of a.note"),
        replace(BLOCK, severity=Severity.WARN, decided_by="the level of c.block"),
    )


def test_an_allow_entry_silences_one_rule_for_one_counterparty_until_it_expires() -> None:
    entry = Allow(rule="c.block", counterparty=FRIEND, expires_at=100, note="my router")
    policy = Policy(allowed=(Allow(rule="a.note", counterparty=STRANGER), entry))
    about = replace(BLOCK, counterparty=FRIEND)
    passed = replace(about, severity=Severity.INFO, decided_by="allow entry 2 (my router)")
    assert apply_levels([about], policy, 100) == (passed,)
    for other in (replace(about, counterparty=STRANGER), replace(about, rule="d.other"), BLOCK):
        assert apply_levels([other], policy, 100) == (other,)
    assert apply_levels([about], policy, 101) == (about,)


def test_an_allow_entry_comes_before_a_level_and_lifts_nothing_unknown() -> None:
    entry = Allow(rule="d.unknown", counterparty=FRIEND)
    unknown = replace(UNKNOWN, counterparty=FRIEND)
    assert apply_levels([unknown], Policy(allowed=(entry,))) == (unknown,)
    policy = Policy(levels={"c.block": Severity.BLOCK}, allowed=(replace(entry, rule="c.block"),))
    assert apply_levels([replace(BLOCK, counterparty=FRIEND)], policy) == (
        replace(BLOCK, counterparty=FRIEND, severity=Severity.INFO, decided_by="allow entry 1"),
    )


def test_where_nobody_can_be_asked_a_question_is_a_refusal_and_the_unknown_stays_unknown() -> None:
    assert apply_levels([NOTE, WARNING, UNKNOWN], Policy(unattended=True)) == (
        replace(WARNING, severity=Severity.BLOCK, decided_by="unattended"),
        UNKNOWN,
        NOTE,
    )


SCOPES = Policy(
    name="everywhere",
    denied=(Deny(address=STRANGER),),
    scopes={
        (1, None): Policy(name="chain"),
        (None, SENDER): Policy(name="account", denied=(Deny(address=FRIEND),)),
        (1, SENDER): Policy(name="both", windows=(WindowLimit(seconds=200_000),)),
    },
)


@pytest.mark.parametrize(
    ("chain_id", "sender", "name", "denied"),
    [
        (1, SENDER, "both", (STRANGER,)),
        (2, SENDER, "account", (FRIEND, STRANGER)),
        (None, SENDER, "account", (FRIEND, STRANGER)),
        (1, FRIEND, "chain", (STRANGER,)),
        (2, FRIEND, "everywhere", (STRANGER,)),
    ],
)
def test_the_most_particular_scope_counts_and_what_is_denied_everywhere_is_denied_in_it(
    chain_id: int | None, sender: Address, name: str, denied: tuple[Address, ...]
) -> None:
    policy = SCOPES.for_request(chain_id, sender)
    assert (policy.name, tuple(entry.address for entry in policy.denied)) == (name, denied)


def test_the_longest_window_is_a_day_or_what_any_scope_looks_back() -> None:
    assert (Policy().longest_window_s, SCOPES.longest_window_s) == (86_400, 200_000)


def test_what_a_missing_source_means_can_be_told_for_each() -> None:
    policy = Policy(missing_of={"simulation": Severity.INFO, "balance": Severity.BLOCK})
    assert [policy.of_missing(name) for name in ("simulation", "balance", "tokens")] == [
        Severity.INFO,
        Severity.BLOCK,
        Severity.WARN,
    ]


def test_a_policy_cannot_silence_what_stands_for_the_unknown() -> None:
    assert apply_levels([UNKNOWN], Policy(levels={"d.unknown": None})) == (UNKNOWN,)


def test_the_defaults_are_those_of_the_readme() -> None:
    policy = Policy()
    assert (policy.stranger_limit_wei, policy.per_transaction_limit_wei) == (5 * 10**16, None)
    assert policy.fee_limit_wei == 5 * 10**16
    assert (policy.lookalike_prefix, policy.lookalike_suffix) == (3, 4)
    assert (policy.fraud, policy.suspicious, policy.suspicious_contract, policy.missing) == (
        Severity.BLOCK,
        Severity.WARN,
        Severity.INFO,
        Severity.WARN,
    )
    assert (policy.levels, policy.verdict_lifetime_s) == ({}, 600)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fraud": Severity.INFO}, "[predict] fraud cannot be info"),
        ({"missing": Severity.INFO}, "[missing] level cannot be info"),
        ({"missing_of": {"balance": Severity.INFO}}, "[missing] balance cannot be info"),
        ({"levels": {"policy.denied": None}}, "policy.denied has a level or an allow entry"),
        (
            {"allowed": (Allow(rule="policy.denied", counterparty=FRIEND),)},
            "policy.denied has a level or an allow entry",
        ),
        ({"lookalike_prefix": 0}, "[lookalike] prefix cannot be 0"),
        ({"lookalike_suffix": 0}, "[lookalike] suffix cannot be 0"),
        ({"lookalike_prefix": 40}, "[lookalike] prefix cannot be 40"),
        ({"lookalike_suffix": -1}, "[lookalike] suffix cannot be -1"),
        ({"stranger_limit_wei": -1}, "a limit is negative, or a verdict has no lifetime"),
        ({"per_transaction_limit_wei": -1}, "a limit is negative, or a verdict has no lifetime"),
        ({"fee_limit_wei": -1}, "a limit is negative, or a verdict has no lifetime"),
        ({"verdict_lifetime_s": 0}, "a limit is negative, or a verdict has no lifetime"),
    ],
)
def test_a_policy_that_would_switch_the_guard_off_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Policy(**change)
    assert caught.value.message == message


@pytest.mark.parametrize("length", [1, 39])
def test_the_ends_of_the_range_of_lookalike_digits_are_taken(length: int) -> None:
    policy = Policy(lookalike_prefix=length, lookalike_suffix=length)
    assert (policy.lookalike_prefix, policy.lookalike_suffix) == (length, length)


def test_a_rule_with_thresholds_of_its_own_sees_them_and_the_others_do_not() -> None:
    policy = Policy(grant_days=30, thresholds_of={"order.long-lived": {"grant_days": 1}})
    assert policy.for_rule("order.long-lived") == Policy(grant_days=1)
    assert policy.for_rule("permit.long-lived") is policy


@pytest.mark.parametrize(
    ("policy", "counts"),
    [
        (Policy(), False),
        (Policy(per_transaction_limit_wei=1), False),
        (Policy(daily_limit_wei=0), True),
        (Policy(windows=(WindowLimit(seconds=1),)), True),
    ],
)
def test_limits_over_time_are_told_apart(policy: Policy, counts: bool) -> None:
    assert policy.has_limits_over_time is counts


@pytest.mark.parametrize(
    "change",
    [
        {"windows": (WindowLimit(seconds=0, native_wei=1),)},
        {"windows": (WindowLimit(seconds=1, native_wei=-1),)},
        {"windows": (WindowLimit(seconds=1, tokens={FRIEND: -1}),)},
        {"token_limits": {FRIEND: -1}},
    ],
)
def test_a_limit_that_holds_nothing_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Policy(**change)


def test_every_warning_can_be_made_one_that_is_typed() -> None:
    typed = replace(UNKNOWN, confirmation=Confirmation.TYPED)
    found = apply_levels([WARNING, UNKNOWN], Policy(typed_warnings=True))
    assert found == (replace(WARNING, confirmation=Confirmation.TYPED), typed)
    assert decide(found) == (None, Confirmation.TYPED)
    assert apply_levels([typed], Policy(typed_warnings=True)) == (typed,)
    assert decide(apply_levels([WARNING], Policy())) == (Decision.WARN, Confirmation.WARNING)


DENIED = replace(BLOCK, rule=DENIED_ID)


def test_a_denied_party_names_the_entry_and_nothing_lifts_it() -> None:
    policy = Policy(
        denied=(Deny(address=SENDER), Deny(address=FRIEND)),
        allowed=(Allow(rule="c.block", counterparty=FRIEND),),
    )
    found = apply_levels([replace(DENIED, counterparty=FRIEND)], policy)
    assert found == (replace(DENIED, counterparty=FRIEND, decided_by="deny entry 2"),)
    assert apply_levels([DENIED], policy) == (DENIED,)


PARTIES = (FRIEND, STRANGER, SENDER)
RULES = ("a.one", "b.two", "c.three")
allow_entries = st.builds(
    Allow,
    rule=st.sampled_from(RULES),
    counterparty=st.sampled_from(PARTIES),
    expires_at=st.none() | st.sampled_from([50, 100, 150]),
)
deny_entries = st.builds(Deny, address=st.sampled_from(PARTIES))
about_parties = st.builds(
    lambda finding, party, is_denied: replace(
        finding,
        counterparty=party,
        **({"rule": DENIED_ID, "severity": Severity.BLOCK, "is_unknown": False} if is_denied else {}),
    ),
    findings,
    st.none() | st.sampled_from(PARTIES),
    st.booleans(),
)


@given(
    found=st.lists(about_parties, max_size=6),
    denied=st.lists(deny_entries, max_size=4),
    allowed=st.lists(allow_entries, max_size=6),
    levels=LEVELS,
    is_unattended=st.booleans(),
    shuffle=st.randoms(use_true_random=False),
)
def test_c8_no_order_of_entries_or_findings_changes_the_verdict(
    found: list[Finding],
    denied: list[Deny],
    allowed: list[Allow],
    levels: dict[str, Severity | None],
    is_unattended: bool,
    shuffle: random.Random,
) -> None:
    def told(policy: Policy, findings: list[Finding]) -> tuple[object, list[tuple[object, ...]]]:
        leveled = apply_levels(findings, policy, 100)
        # Which of several entries for the same is named may differ, and nothing else.
        return decide(leveled), sorted((one.rule, one.severity, one.path, one.message) for one in leveled)

    policy = Policy(denied=tuple(denied), allowed=tuple(allowed), levels=levels, unattended=is_unattended)
    expected = told(policy, found)
    for entries in (denied, allowed, found):
        shuffle.shuffle(entries)
    shuffled = replace(policy, denied=tuple(denied), allowed=tuple(allowed))
    assert told(shuffled, found) == expected


@given(found=st.lists(about_parties, max_size=6), allowed=st.lists(allow_entries, max_size=6), levels=LEVELS)
def test_c8_deny_is_above_block_above_warn_above_allow(
    found: list[Finding], allowed: list[Allow], levels: dict[str, Severity | None]
) -> None:
    policy = Policy(allowed=tuple(allowed), levels=levels)
    leveled = apply_levels(found, policy, 100)
    decision, _ = decide(leveled)
    if any(finding.rule == DENIED_ID for finding in found):
        assert decision is Decision.BLOCK
    # An entry touches its own rule about its own counterparty, and only while it holds.
    lifted = [one for one in leveled if one.decided_by.startswith("allow entry")]
    for one in lifted:
        assert any(entry.holds(one.rule, one.counterparty, 100) for entry in allowed)
        assert (one.severity, one.is_unknown) == (Severity.INFO, False)
    worst = max((one.severity for one in leveled), default=Severity.INFO)
    if decision is not None:
        assert decision.value == worst.value


def test_a_policy_for_nobody_is_the_same_with_every_scope_unattended() -> None:
    policy = Policy(fraud=Severity.WARN, scopes={(1, None): Policy(suspicious=Severity.INFO)})
    assert policy.for_nobody() == replace(
        policy,
        unattended=True,
        scopes={(1, None): Policy(suspicious=Severity.INFO, unattended=True)},
    )
