from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.evidence import Evidence
from guard.core.intent import AssetKind
from guard.core.request import TransactionRequest
from guard.core.rules.examples import (
    FRIEND,
    NOW,
    SENDER,
    STRANGER,
    TOKEN,
    call,
    knowing,
    simulated,
    with_tokens,
)
from guard.core.rules.simulation_hidden_approval import RULE
from guard.core.verdict import Confidence, Finding, Severity
from guard.core.world import AllowanceGiven, Simulation, SimulationMethod, TokenState
from tests.core.rules.asking import ask

CLAIM = call(STRANGER, "claim()")
RIGHT = AllowanceGiven(token=TOKEN, owner=SENDER, spender=STRANGER, amount=5)


def leaving(right: AllowanceGiven) -> Evidence:
    return simulated(
        Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=(), allowances=(right,))
    )


def standing(amount: int, right: AllowanceGiven = RIGHT) -> Evidence:
    state = TokenState(kind=AssetKind.ERC20, allowances={(SENDER, STRANGER): amount})
    return with_tokens({TOKEN: state}, leaving(right))


def found(amount: str, severity: Severity) -> Finding:
    return Finding(
        rule="simulation.hidden-approval",
        severity=severity,
        confidence=Confidence.HIGH,
        message=(
            f"afterwards {STRANGER} could take {amount} of {TOKEN} from you, which the payload does not say"
        ),
        advice=f"do not sign; `wallet revoke {TOKEN} {STRANGER}` takes a right back that stands already",
        facts={"spender": STRANGER, "token": TOKEN, "amount": amount},
        counterparty=STRANGER,
    )


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (leaving(RIGHT), [found("5 units", Severity.BLOCK)]),
        (leaving(replace(RIGHT, amount=None)), [found("everything", Severity.BLOCK)]),
        (knowing(STRANGER, evidence=leaving(RIGHT)), [found("5 units", Severity.WARN)]),
        (standing(4), [found("5 units", Severity.BLOCK)]),
        (standing(5), []),
        (standing(2**256 - 1, replace(RIGHT, amount=None)), [found("everything", Severity.BLOCK)]),
        (leaving(replace(RIGHT, amount=0)), []),
        (leaving(replace(RIGHT, owner=FRIEND)), []),
    ],
)
def test_a_right_that_is_more_than_what_stands_and_that_no_payload_gives_is_found(
    evidence: Evidence, expected: list[Finding]
) -> None:
    assert list(ask(RULE, CLAIM, evidence)) == expected


@pytest.mark.parametrize(
    "request_",
    [
        call(TOKEN, "approve(address,uint256)", STRANGER, 5),
        call(TOKEN, "setApprovalForAll(address,bool)", STRANGER, True),
        call(
            TOKEN,
            "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
            *(SENDER, STRANGER, 5, NOW, 27, bytes(32), bytes(32)),
        ),
    ],
)
def test_a_right_that_the_payload_gives_is_not_hidden(request_: TransactionRequest) -> None:
    assert ask(RULE, request_, leaving(RIGHT)) == ()
