"""What a policy does, in words: every part of a policy that does something is told."""

from __future__ import annotations

from dataclasses import fields

import pytest

from guard.core.entries import Allow, Deny, WindowLimit
from guard.core.policy import Policy
from guard.core.policy_words import policy_lines
from guard.core.rules.examples import ETHER, FRIEND, STRANGER, TOKEN
from guard.core.verdict import Severity

DEFAULTS = [
    "A person is asked.",
    "A first payment above 0.05 ether is asked about.",
    "A fee that may come to more than 0.05 ether is asked about.",
    "A counterparty that is not known is noted, and other rules look at it.",
    "What the model calls fraud is refused.",
    "What it calls suspicious by an account's history is asked about.",
    "What it calls suspicious by amount and gas price is noted.",
    "What cannot be learned leaves no verdict.",
]


def test_the_default_policy_in_words() -> None:
    assert list(policy_lines(Policy(), 0)) == DEFAULTS


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (
            {"typed_warnings": True},
            ["A person is asked, and accepts a warning by typing the first 8 digits of the digest."],
        ),
        ({"per_transaction_limit_wei": ETHER}, ["A payment above 1 ether is refused."]),
        ({"daily_limit_wei": ETHER}, ["More than 1 ether within 24 hours, fees included, is refused."]),
        ({"token_limits": {TOKEN: 5}}, [f"More than 5 units of {TOKEN} in one request are refused."]),
        (
            {"windows": (WindowLimit(seconds=7200, native_wei=ETHER, tokens={TOKEN: 5}),)},
            [
                "More than 1 ether within 2 hours, fees included, is refused.",
                f"More than 5 units of {TOKEN} within 2 hours, rights to take them included, are refused.",
            ],
        ),
        ({"windows": (WindowLimit(seconds=7200),)}, []),
        ({"stranger_limit_wei": 0}, ["A first payment above 0 ether is asked about."]),
        ({"fee_limit_wei": 0}, ["A fee that may come to more than 0 ether is asked about."]),
        ({"strangers": Severity.BLOCK}, ["A counterparty that is not known is refused."]),
        ({"fraud": Severity.WARN}, ["What the model calls fraud is asked about."]),
        ({"missing": Severity.BLOCK}, ["What cannot be learned is refused."]),
        (
            {"missing_of": {"tokens": Severity.INFO, "balance": Severity.WARN, "spending": Severity.BLOCK}},
            [
                "Where balance cannot be learned, that leaves no verdict.",
                "Where spending cannot be learned, that is refused.",
                "Where tokens cannot be learned, that is noted.",
            ],
        ),
        (
            {"levels": {"fee.tip": None, "fee.high": Severity.BLOCK}},
            ["What fee.high finds is refused.", "What fee.tip finds is not looked for."],
        ),
        ({"grant_days": 7}, ["grant_days is 7."]),
        (
            {"thresholds_of": {"fee.tip": {"priority_fee_multiple": 3}}},
            ["For fee.tip alone, priority_fee_multiple is 3."],
        ),
        (
            {"denied": (Deny(address=FRIEND), Deny(address=STRANGER, note="fell out"))},
            [
                f"Deny entry 1: everything with {FRIEND} is refused.",
                f"Deny entry 2: everything with {STRANGER} is refused (fell out).",
            ],
        ),
        (
            {
                "allowed": (
                    Allow(rule="fee.tip", counterparty=FRIEND, expires_at=99),
                    Allow(rule="fee.high", counterparty=FRIEND, expires_at=100, note="mine"),
                    Allow(rule="fee.over-market", counterparty=FRIEND),
                )
            },
            [
                f"Allow entry 1: what fee.tip finds about {FRIEND} is noted alone. It has expired.",
                f"Allow entry 2: what fee.high finds about {FRIEND} is noted alone (mine).",
                f"Allow entry 3: what fee.over-market finds about {FRIEND} is noted alone.",
            ],
        ),
    ],
)
def test_each_part_of_a_policy_is_told(change: dict[str, object], lines: list[str]) -> None:
    told = list(policy_lines(Policy(**change), 100))  # type: ignore[arg-type]
    assert [line for line in told if line not in DEFAULTS] == lines


def test_where_nobody_is_asked_nothing_is_said_to_be_asked_about() -> None:
    told = list(
        policy_lines(Policy(unattended=True, typed_warnings=True, levels={"fee.tip": Severity.WARN}), 0)
    )
    assert told[0] == "Nobody is asked: whatever would be a question is refused."
    assert "What fee.tip finds is refused." in told
    assert [line for line in told if "asked about" in line] == []


def test_no_field_of_a_policy_is_left_out_of_the_words_by_mistake() -> None:
    untold = {
        *("name", "scopes", "verdict_lifetime_s", "required"),
        *("lookalike_prefix", "lookalike_suffix", "lookalike_alone"),
        *("embedded_fraud", "embedded_suspicious"),
    }
    told = {
        *("per_transaction_limit_wei", "daily_limit_wei", "token_limits", "windows", "stranger_limit_wei"),
        *("fee_limit_wei", "unlimited_supply_percent", "allowance_balance_multiple", "grant_days"),
        *("young_contract_days", "portfolio_percent", "priority_fee_limit_wei", "priority_fee_multiple"),
        *(
            "fee_over_market_percent",
            "repeat_count",
            "repeat_minutes",
            "thresholds_of",
            "fraud",
            "suspicious",
        ),
        *("suspicious_contract", "missing", "missing_of", "denied", "allowed", "strangers", "unattended"),
        *("typed_warnings", "levels"),
    }
    assert {field.name for field in fields(Policy)} == told | untold
