from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import Address
from guard.core.entries import Deny
from guard.core.evidence import Evidence, Missing
from guard.core.intent import Asset, AssetKind
from guard.core.policy import Policy
from guard.core.request import TransactionRequest
from guard.core.rules.examples import (
    EVIDENCE,
    FRIEND,
    ROUTER,
    SENDER,
    STRANGER,
    TOKEN,
    TRANSFER,
    call,
    calldata,
    simulated,
    token_transfer,
)
from guard.core.rules.policy_denied import RULE
from guard.core.verdict import Confidence, Finding, Severity
from guard.core.world import AllowanceGiven, AssetChange, Simulation, SimulationMethod
from tests.core.rules.asking import ask

PAID = AssetChange(party=FRIEND, asset=Asset(kind=AssetKind.NATIVE, token=None, amount=1), is_gain=True)
GIVEN = AllowanceGiven(token=TOKEN, owner=SENDER, spender=FRIEND, amount=None)


def denying(address: Address, note: str = "") -> Policy:
    return Policy(denied=(Deny(address=address, note=note),))


def simulation(**changes: object) -> Evidence:
    return simulated(Simulation(method=SimulationMethod.SIMULATE, succeeded=True, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("note", "words"), [("", ""), ("we fell out", " (we fell out)")])
def test_a_denied_recipient_is_refused_though_it_is_a_contact(note: str, words: str) -> None:
    assert ask(RULE, policy=denying(FRIEND, note)) == (
        Finding(
            rule="policy.denied",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=f"the policy denies everything with {FRIEND}{words}",
            advice="leave it, or take the entry out of the policy",
            facts={"address": FRIEND, "note": words},
            counterparty=FRIEND,
            decided_by="deny entry 1",
        ),
    )


@pytest.mark.parametrize(
    ("request_", "evidence"),
    [
        (token_transfer(FRIEND), EVIDENCE),
        (call(FRIEND, "claim()"), EVIDENCE),
        (call(TOKEN, "approve(address,uint256)", FRIEND, 0), EVIDENCE),
        (
            call(
                ROUTER,
                "aggregate((address,bytes)[])",
                ((TOKEN, calldata("transfer(address,uint256)", FRIEND, 0)),),
            ),
            EVIDENCE,
        ),
        (token_transfer(STRANGER), simulation(changes=(PAID,))),
        (token_transfer(STRANGER), simulation(changes=None, allowances=(GIVEN,))),
    ],
)
def test_whoever_is_called_paid_or_trusted_at_any_depth_or_gains_in_a_simulation_takes_part(
    request_: TransactionRequest, evidence: Evidence
) -> None:
    assert [finding.facts["address"] for finding in ask(RULE, request_, evidence, denying(FRIEND))] == [
        FRIEND
    ]


def test_somebody_else_and_the_sender_itself_are_quiet_with_and_without_a_simulation() -> None:
    silent = replace(EVIDENCE, simulation=Missing("down"))
    assert ask(RULE, TRANSFER, silent, denying(STRANGER)) == ask(RULE, policy=denying(SENDER)) == ()
