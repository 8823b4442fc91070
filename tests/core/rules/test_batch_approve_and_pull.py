from __future__ import annotations

import pytest

from guard.core.bundle import CallBundle
from guard.core.policy import Policy
from guard.core.request import TransactionRequest
from guard.core.review import review
from guard.core.rules.batch_approve_and_pull import RULE
from guard.core.rules.examples import EVIDENCE, FRIEND, NOW, ROUTER, SENDER, STRANGER, TOKEN, call
from guard.core.verdict import Confidence, Finding, Severity

PERMIT = call(
    TOKEN,
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
    *(SENDER, ROUTER, 5, NOW, 27, bytes(32), bytes(32)),
)
PULL = call(TOKEN, "transferFrom(address,address,uint256)", SENDER, STRANGER, 5)
PIECE = call(TOKEN, "safeTransferFrom(address,address,uint256)", SENDER, STRANGER, 5)


def found(*calls: TransactionRequest) -> tuple[Finding, ...]:
    bundle = CallBundle(sender=SENDER, calls=calls, chain_id=1)
    return review(bundle, EVIDENCE, Policy(), NOW, rules=(RULE,)).findings


@pytest.mark.parametrize(
    ("grant", "pull"),
    [
        (PERMIT, PULL),
        (call(TOKEN, "approve(address,uint256)", ROUTER, 5), PULL),
        (call(TOKEN, "setApprovalForAll(address,bool)", ROUTER, True), PIECE),
    ],
)
def test_a_right_and_its_use_in_one_request_are_refused_in_either_order(
    grant: TransactionRequest, pull: TransactionRequest
) -> None:
    def finding(place: int) -> Finding:
        return Finding(
            rule="batch.approve-and-pull",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=(
                f"a right over {TOKEN} of {SENDER} is given, and some of it taken to {STRANGER}, in one"
                " request"
            ),
            advice="do not sign",
            facts={"token": TOKEN, "owner": SENDER, "recipient": STRANGER},
            counterparty=STRANGER,
            path=(place,),
        )

    assert found(grant, pull) == (finding(2),)
    assert found(pull, grant) == (finding(1),)


@pytest.mark.parametrize(
    ("grant", "pull"),
    [
        (PERMIT, call(TOKEN, "transferFrom(address,address,uint256)", SENDER, FRIEND, 5)),
        (PERMIT, call(TOKEN, "transferFrom(address,address,uint256)", SENDER, TOKEN, 5)),
        (PERMIT, call(ROUTER, "transferFrom(address,address,uint256)", SENDER, STRANGER, 5)),
        (PERMIT, call(TOKEN, "transferFrom(address,address,uint256)", FRIEND, STRANGER, 5)),
        (call(TOKEN, "decreaseAllowance(address,uint256)", ROUTER, 5), PULL),
        (call(TOKEN, "setApprovalForAll(address,bool)", ROUTER, False), PULL),
        (call(TOKEN, "claim()"), PULL),
    ],
)
def test_another_token_owner_or_a_known_recipient_are_no_pair(
    grant: TransactionRequest, pull: TransactionRequest
) -> None:
    assert found(grant, pull) == ()
