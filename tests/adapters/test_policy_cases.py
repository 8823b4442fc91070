"""Cases of a policy: what they assume, and every fault with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guard.adapters.policy_cases import DEFAULT_NOW, load_cases, parse_cases
from guard.adapters.policy_file import load_preset
from guard.core.evidence import Missing, Observed
from guard.core.policy import Policy
from guard.core.policy_case import try_case
from guard.core.prediction import PredictionClass
from guard.core.presets import PRESETS
from guard.core.request import MarketFee, TransactionRequest
from guard.core.rules.examples import FRIEND, ROUTER, SENDER, STRANGER, TOKEN
from guard.core.signature_request import PersonalMessage, SignatureRequest
from guard.core.spending import Commitment, Spending, payload_of
from guard.core.subject import observed
from guard.core.verdict import Decision
from guard.errors import CallerError
from tests.documentation import ROOT

PLAIN: dict[str, Any] = {
    "name": "a payment",
    "expect": "ALLOW",
    "request": {"from": SENDER, "to": FRIEND, "value": "1.5 ether"},
}


def table(assumed: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {"version": 1, "given": assumed or {}, "case": [{**PLAIN, **changes}]}


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_does_what_its_published_cases_say(name: str) -> None:
    policy = load_preset(name)
    for case in load_cases(ROOT / "docs" / "policy-cases" / f"{name}.toml"):
        outcome = try_case(case, policy)
        assert outcome.passed, (case.name, outcome.verdict.findings)


def test_a_case_that_says_little_is_an_ordinary_day() -> None:
    (case,) = parse_cases(table({"known": [FRIEND]}), "a test")
    gwei = 10**9
    assert case.request == TransactionRequest(
        sender=SENDER,
        to=FRIEND,
        value=15 * 10**17,
        chain_id=1,
        nonce=0,
        gas_limit=21_000,
        fee=MarketFee(max_fee_per_gas=20 * gwei, max_priority_fee_per_gas=gwei),
    )
    assert (case.name, case.now, case.expected, case.rule) == ("a payment", DEFAULT_NOW, Decision.ALLOW, None)
    assert try_case(case, Policy()).verdict.findings == ()


def test_everything_that_a_case_can_assume() -> None:
    given = {
        "known": [FRIEND],
        "contracts": [ROUTER],
        "young": [STRANGER],
        "balance": "2ether",
        "prediction": "SUSPICIOUS",
        "features": "account",
        "reverts": True,
        "missing": ["fee_market"],
        "spent": [
            {"hours_ago": 1.5, "native": "3ether", "tokens": {TOKEN: "7"}, "same": True},
            {"hours_ago": 0},
        ],
        "token": [{"address": TOKEN, "decimals": 6, "supply": 100, "balance": "50", "symbol": "USDC"}],
        "listing": [
            {"address": STRANGER, "standing": "malicious"},
            {"address": STRANGER, "standing": "exchange"},
        ],
    }
    (case,) = parse_cases(table(given, now=5_000_000, expect="NO VERDICT", rule="evidence.missing"), "a test")
    evidence = case.evidence
    assert (case.expected, case.rule, case.now) == (None, "evidence.missing", 5_000_000)
    assert evidence.balance == Observed(2 * 10**18, "the case assumes it")
    assert evidence.fee_market == Missing("the case assumes it")
    assert (evidence.prediction.prediction_class, evidence.prediction.features_kind.value) == (
        PredictionClass.SUSPICIOUS,
        "account",
    )
    assert not observed(evidence.simulation).succeeded
    accounts = observed(evidence.accounts)
    assert {address: (bool(one.code), one.is_young) for address, one in accounts.items()} == {
        SENDER: (False, None),
        FRIEND: (False, None),
        ROUTER: (True, False),
        TOKEN: (True, False),
        STRANGER: (True, True),
    }
    token = observed(evidence.tokens)[TOKEN]
    assert (token.decimals, token.total_supply, token.balances, token.symbol) == (
        6,
        100,
        {SENDER: 50},
        "USDC",
    )
    assert [one.standing.value for one in observed(evidence.listings)[STRANGER]] == ["malicious", "exchange"]
    assert isinstance(case.request, TransactionRequest)
    same = frozenset({payload_of(case.request)})
    assert observed(evidence.spending) == Spending(
        commitments=(
            Commitment(at=5_000_000 - 5400, wei=3 * 10**18, tokens={TOKEN: 7}, payloads=same),
            Commitment(at=5_000_000),
        ),
        next_nonce=0,
    )


def test_what_is_given_for_all_lies_below_what_one_case_says() -> None:
    document = table({"balance": "1ether", "known": [FRIEND]}, given={"balance": "2ether"})
    document["case"].append({**PLAIN, "given": {"known": []}})
    first, second = parse_cases(document, "a test")
    assert [observed(case.evidence.balance) for case in (first, second)] == [2 * 10**18, 10**18]
    assert [len(observed(case.evidence.counterparties)) for case in (first, second)] == [1, 0]


def test_a_whole_request_is_a_case_too() -> None:
    message = {"method": "personal_sign", "params": ["0x68656c6c6f", SENDER]}
    (case,) = parse_cases(table({"spent": [{"hours_ago": 0, "same": True}]}, request=message), "a test")
    expected = SignatureRequest(sender=SENDER, content=PersonalMessage(data=b"hello"))
    assert case.request == expected
    assert observed(case.evidence.spending).commitments[0].payloads == {payload_of(expected)}
    sent = {
        "method": "eth_sendTransaction",
        "params": [{"from": SENDER, "to": FRIEND, "value": "0x1", "data": "0x00"}],
    }
    (case,) = parse_cases(table(request=sent), "a test")
    assert isinstance(case.request, TransactionRequest)
    assert (case.request.value, case.request.gas_limit, case.request.chain_id) == (1, 300_000, 1)
    calls = {
        "version": "2.0.0",
        "chainId": "0x1",
        "from": SENDER,
        "atomicRequired": True,
        "calls": [{"to": FRIEND, "value": "0x1"}],
    }
    bundle = {"method": "wallet_sendCalls", "params": [calls]}
    (case,) = parse_cases(table({"spent": [{"hours_ago": 0, "same": True}]}, request=bundle), "a test")
    assert observed(case.evidence.spending) == Spending(
        commitments=(Commitment(at=DEFAULT_NOW),), next_nonce=None
    )


def test_json_is_read_as_toml_is(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps(table(now=1_700_000_000)))
    assert load_cases(path) == parse_cases(table(now=1_700_000_000), "a test")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"expect": "allow"}, r"case\[1\].expect: Input should be 'ALLOW'"),
        ({"expected": "ALLOW"}, r"case\[1\].expected: Extra inputs"),
        ({"rule": "recipient.friend"}, r"case\[1\].rule: there is no rule 'recipient.friend'"),
        ({"now": "yesterday"}, r"case\[1\].now: write a time with its offset"),
        ({"now": True}, r"case\[1\].now: write a time with its offset"),
        ({"given": {"missing": ["prediction"]}}, r"case\[1\].given.missing\[1\]: Input should be"),
        ({"given": {"spent": [{"hours_ago": -1}]}}, r"case\[1\].given.spent\[1\].hours_ago: "),
        (
            {"given": {"spent": [{"hours_ago": 1, "tokens": {TOKEN: 0.5}}]}},
            "write units of the token's smallest",
        ),
        ({"request": {"to": FRIEND}}, r"case\[1\].request: the transaction has no `from`"),
        (
            {"request": {"from": SENDER, "value": "1.5"}},
            r"case\[1\].request: '1.5' is a fraction without a unit",
        ),
        (
            {"request": {"method": "eth_call", "params": [1]}},
            r"case\[1\].request: the method 'eth_call' cannot",
        ),
        ({"request": {"from": SENDER, "value": 5}}, r"case\[1\].request: "),
    ],
)
def test_a_fault_is_named_with_its_place(change: dict[str, Any], told: str) -> None:
    with pytest.raises(CallerError, match=told):
        parse_cases(table(**change), "a test")


def test_signed_bytes_are_no_case() -> None:
    from tests.core.values import RAW_MARKET

    request = {"method": "eth_sendRawTransaction", "params": ["0x" + RAW_MARKET.hex()]}
    with pytest.raises(CallerError, match="signed bytes are no case"):
        parse_cases(table(request=request), "a test")


@pytest.mark.parametrize("content", [b"version = ", b"\xff\xfe", b"version = 1\nversion = 1"])
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cases.toml"
    path.write_bytes(content)
    with pytest.raises(CallerError, match="it is not TOML"):
        load_cases(path)


def test_a_file_that_is_not_json_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text('{"version": 1, "version": 1}')
    with pytest.raises(CallerError, match=r"cases\.json cannot be used"):
        load_cases(path)
    with pytest.raises(CallerError, match="No such file"):
        load_cases(tmp_path / "none.toml")
    path.write_text('{"version": 1, "case": []}')
    with pytest.raises(CallerError, match="case: List should have at least 1 item"):
        load_cases(path)
