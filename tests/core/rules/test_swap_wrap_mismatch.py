from __future__ import annotations

import pytest

from guard.core.evidence import Evidence
from guard.core.intent import Asset, AssetKind
from guard.core.rules.examples import ETHER, FRIEND, NOW, ROUTER, SENDER, STRANGER, TOKEN, call, simulated
from guard.core.rules.swap_wrap_mismatch import RULE
from guard.core.verdict import Confidence, Finding, Severity
from guard.core.world import AssetChange, Simulation, SimulationMethod
from tests.core.rules.asking import ask

DEPOSIT = call(ROUTER, "deposit()", value=ETHER)


def changing(given: int, received: int) -> Evidence:
    ether = Asset(kind=AssetKind.NATIVE, token=None, amount=given)
    wrapped = Asset(kind=AssetKind.ERC20, token=ROUTER, amount=received)
    changes = (
        AssetChange(party=SENDER, asset=ether, is_gain=False),
        AssetChange(party=SENDER, asset=wrapped, is_gain=True),
        AssetChange(party=FRIEND, asset=ether, is_gain=True),
    )
    return simulated(Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=changes))


@pytest.mark.parametrize(
    ("received", "percent", "severity"),
    [(999, 0, Severity.WARN), (950, 5, Severity.WARN), (949, 5, Severity.BLOCK), (1, 99, Severity.BLOCK)],
)
def test_less_than_one_for_one_is_asked_about_and_beyond_5_percent_refused(
    received: int, percent: int, severity: Severity
) -> None:
    assert ask(RULE, DEPOSIT, changing(1000, received)) == (
        Finding(
            rule="swap.wrap-mismatch",
            severity=severity,
            confidence=Confidence.MEDIUM,
            message=(
                f"{ROUTER} takes 1000 and gives {received}, {percent} % less: wrapped ether gives as much"
            ),
            advice="compare the contract's address with that of your chain's wrapped ether",
            facts={"given": 1000, "received": received, "percent": percent, "venue": ROUTER},
            counterparty=ROUTER,
        ),
    )


def test_one_for_one_more_and_another_swap_are_quiet() -> None:
    swap = call(
        ROUTER,
        "swapExactETHForTokens(uint256,address[],address,uint256)",
        *(5, (STRANGER, TOKEN), SENDER, NOW),
        value=ETHER,
    )
    assert ask(RULE, DEPOSIT, changing(1000, 1000)) == ask(RULE, DEPOSIT, changing(1000, 1001)) == ()
    assert ask(RULE, swap, changing(1000, 5)) == ask(RULE, DEPOSIT) == ()
