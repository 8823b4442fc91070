from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import Address
from guard.core.bundle import CallBundle
from guard.core.policy import Policy
from guard.core.request import TransactionRequest
from guard.core.review import review
from guard.core.rules.batch_sweep import RULE
from guard.core.rules.examples import EVIDENCE, FRIEND, NOW, SENDER, STRANGER, TOKEN, TRANSFER, call
from guard.core.verdict import Confidence, Finding, Severity

TOKENS = tuple(Address.from_bytes(bytes(19) + bytes([0x70 + number])) for number in range(4))
FOUND = Finding(
    rule="batch.sweep",
    severity=Severity.BLOCK,
    confidence=Confidence.MEDIUM,
    message=f"3 different assets of yours would go, or be open, to {STRANGER}, which you do not know",
    advice="do not sign; to move house, add the new address to the contacts first",
    facts={"receiver": STRANGER, "count": 3},
    counterparty=STRANGER,
)
GIFTS = [
    call(TOKENS[0], "transfer(address,uint256)", STRANGER, 1),
    call(TOKENS[1], "approve(address,uint256)", STRANGER, 1),
    call(TOKENS[2], "setApprovalForAll(address,bool)", STRANGER, True),
    call(TOKENS[3], "safeTransferFrom(address,address,uint256)", SENDER, STRANGER, 1),
    call(
        TOKEN,
        "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
        *(SENDER, STRANGER, 5, NOW, 27, bytes(32), bytes(32)),
    ),
]


def found(*calls: TransactionRequest) -> tuple[Finding, ...]:
    bundle = CallBundle(sender=SENDER, calls=calls, chain_id=1)
    return review(bundle, EVIDENCE, Policy(), NOW, rules=(RULE,)).findings


@pytest.mark.parametrize("left_out", range(5))
def test_three_assets_in_any_form_to_one_stranger_are_refused(left_out: int) -> None:
    others = GIFTS[:left_out] + GIFTS[left_out + 1 :]
    assert [finding.facts["count"] for finding in found(*others)] == [4]
    assert found(*others[:3]) == (FOUND,)


def test_two_assets_and_one_asset_three_times_are_quiet() -> None:
    assert found(*GIFTS[:2]) == found(GIFTS[0], GIFTS[0], GIFTS[0]) == ()


@pytest.mark.parametrize(
    "harmless",
    [
        call(TOKENS[2], "transfer(address,uint256)", FRIEND, 1),
        call(TOKENS[2], "transfer(address,uint256)", STRANGER, 0),
        call(TOKENS[2], "transferFrom(address,address,uint256)", FRIEND, STRANGER, 1),
        call(TOKENS[2], "approve(address,uint256)", STRANGER, 0),
        call(TOKENS[2], "decreaseAllowance(address,uint256)", STRANGER, 1),
        call(TOKENS[2], "setApprovalForAll(address,bool)", STRANGER, False),
        call(STRANGER, "claim()"),
    ],
)
def test_what_gives_the_stranger_nothing_of_yours_does_not_count(harmless: TransactionRequest) -> None:
    assert found(GIFTS[0], GIFTS[1], harmless) == ()


def test_ether_is_an_asset_too() -> None:
    assert found(GIFTS[0], GIFTS[1], replace(TRANSFER, to=STRANGER)) == (FOUND,)
