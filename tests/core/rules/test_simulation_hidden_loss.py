from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import Address
from guard.core.intent import Asset, AssetKind
from guard.core.request import TransactionRequest
from guard.core.rules.examples import (
    FRIEND,
    NOW,
    ROUTER,
    SENDER,
    STRANGER,
    TOKEN,
    TRANSFER,
    call,
    simulated,
    token_transfer,
)
from guard.core.rules.simulation_hidden_loss import RULE
from guard.core.verdict import Confidence, Finding, Severity
from guard.core.world import AssetChange, Simulation, SimulationMethod
from tests.core.rules.asking import ask

CLAIM = call(STRANGER, "claim()")
USDC = Asset(kind=AssetKind.ERC20, token=TOKEN, amount=7)
ETHER = Asset(kind=AssetKind.NATIVE, token=None, amount=9)
PIECE = Asset(kind=AssetKind.ERC721, token=TOKEN, token_id=3, amount=1)


def moving(*changes: tuple[Asset, bool], party: Address = SENDER) -> Simulation:
    return Simulation(
        method=SimulationMethod.SIMULATE,
        succeeded=True,
        changes=tuple(AssetChange(party=party, asset=asset, is_gain=gain) for asset, gain in changes),
    )


def found(asset: str, amount: int, piece: str, back: str, severity: Severity) -> Finding:
    return Finding(
        rule="simulation.hidden-loss",
        severity=severity,
        confidence=Confidence.HIGH,
        message=f"you would lose {amount} of {asset}{piece} which the payload does not name; {back}",
        advice="do not sign; take back what you have approved: `wallet revoke TOKEN SPENDER`",
        facts={"asset": asset, "amount": amount, "piece": piece, "return": back},
        counterparty=STRANGER,
    )


@pytest.mark.parametrize(
    ("simulation", "expected"),
    [
        (moving((USDC, False)), [found(TOKEN, 7, "", "nothing comes back", Severity.BLOCK)]),
        (
            moving((PIECE, False)),
            [found(TOKEN, 1, ", piece 3,", "nothing comes back", Severity.BLOCK)],
        ),
        (
            moving((ETHER, False)),
            [found("the chain's own coin", 9, "", "nothing comes back", Severity.BLOCK)],
        ),
        (
            moving((USDC, False), (ETHER, True)),
            [found(TOKEN, 7, "", "something comes back", Severity.INFO)],
        ),
        (moving((USDC, True)), []),
        (moving((USDC, False), party=FRIEND), []),
    ],
)
def test_a_loss_that_no_payload_names_is_refused_and_noted_where_something_comes_back(
    simulation: Simulation, expected: list[Finding]
) -> None:
    assert list(ask(RULE, CLAIM, simulated(simulation))) == expected


@pytest.mark.parametrize(
    ("request_", "lost"),
    [
        (token_transfer(FRIEND), USDC),
        (TRANSFER, ETHER),
        (replace(CLAIM, value=9), ETHER),
        (call(TOKEN, "safeTransferFrom(address,address,uint256)", SENDER, FRIEND, 3), PIECE),
        (
            call(
                ROUTER,
                "swapExactTokensForETH(uint256,uint256,address[],address,uint256)",
                *(7, 1000, (TOKEN, STRANGER), SENDER, NOW),
            ),
            USDC,
        ),
    ],
)
def test_a_loss_that_the_payload_names_is_not_hidden(request_: TransactionRequest, lost: Asset) -> None:
    assert ask(RULE, request_, simulated(moving((lost, False)))) == ()
