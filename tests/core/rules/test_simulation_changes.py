from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guard.core.evidence import Missing
from guard.core.intent import Asset, AssetKind
from guard.core.rules.examples import (
    EVIDENCE,
    FRIEND,
    SENDER,
    STATE,
    STRANGER,
    TOKEN,
    UNIT,
    WALLET,
    call,
    calldata,
    safe_execution,
    simulated,
    told,
)
from guard.core.rules.simulation_changes import RULE
from guard.core.verdict import Confidence, Finding, Severity
from guard.core.world import AssetChange, Simulation, SimulationMethod
from tests.core.rules.asking import ask

CLAIM = call(STRANGER, "claim()")
ONE = Asset(kind=AssetKind.ERC20, token=TOKEN, amount=UNIT)
ETHER = Asset(kind=AssetKind.NATIVE, token=None, amount=10**18)
LOST = AssetChange(party=SENDER, asset=ETHER, is_gain=False)
GAINED = AssetChange(party=SENDER, asset=ONE, is_gain=True)


def shown(*changes: AssetChange, **others: Any) -> Simulation:
    fields = {"method": SimulationMethod.SIMULATE, "succeeded": True, "changes": changes, **others}
    return Simulation(**fields)


def found(whose: str, changes: str) -> Finding:
    return Finding(
        rule="simulation.changes",
        severity=Severity.INFO,
        confidence=Confidence.MEDIUM,
        message=f"if it were mined now, {whose}{changes}",
        advice="compare it with what you expect",
        facts={"whose": whose, "changes": changes},
    )


def test_what_goes_and_what_comes_is_told_in_whole_tokens() -> None:
    evidence = simulated(shown(LOST, GAINED), told(tokens={TOKEN: STATE}))
    words = f"you send 1 ether, you receive 1 USDC ({TOKEN})"
    assert ask(RULE, CLAIM, evidence) == (found("", words),)


def test_without_the_tokens_own_words_it_is_told_in_smallest_units() -> None:
    evidence = replace(simulated(shown(GAINED)), tokens=Missing("the node is down"))
    words = f"you send nothing, you receive 1000000 of the smallest unit of the token ({TOKEN})"
    assert found("", words) in ask(RULE, CLAIM, evidence)


def test_a_wallet_contract_and_the_one_who_signs_for_it_are_told_apart() -> None:
    request = safe_execution(TOKEN, calldata("transfer(address,uint256)", FRIEND, UNIT))
    by_wallet = AssetChange(party=WALLET, asset=ETHER, is_gain=False)
    of_wallet = found(f"as the wallet {WALLET}, ", "you send 1 ether, you receive nothing")
    assert ask(RULE, request, simulated(shown(by_wallet))) == (of_wallet,)
    of_me = found("", "you send 1 ether, you receive nothing")
    assert ask(RULE, request, simulated(shown(by_wallet, LOST))) == (of_wallet, of_me)


def test_where_others_alone_gain_it_is_said_that_you_do_not() -> None:
    others = AssetChange(party=FRIEND, asset=ETHER, is_gain=True)
    words = "you send nothing, you receive nothing"
    assert ask(RULE, CLAIM, simulated(shown(others))) == (found("", words),)


@pytest.mark.parametrize(
    "simulation",
    [
        shown(),
        shown(LOST, succeeded=False),
        shown(LOST, method=SimulationMethod.STATIC),
        shown(changes=None),
    ],
)
def test_no_change_a_failure_and_what_runs_nothing_are_quiet(simulation: Simulation) -> None:
    assert ask(RULE, CLAIM, simulated(simulation, EVIDENCE)) == ()
