from __future__ import annotations

import pytest

from guard.core.decode import bait, read
from guard.core.intent import Invoke
from guard.core.rules.examples import FRIEND
from tests.core.decode.calling import call, intent_of


@pytest.mark.parametrize(
    "signature",
    ["claim()", "Claim()", "claimRewards()", "securityUpdate()", "SecurityUpdate()", "connect()", "mint()"],
)
def test_a_bait_is_named_and_may_carry_ether(signature: str) -> None:
    assert intent_of(signature, value=10**18) == Invoke(function=signature, is_bait=True)


def test_a_bait_with_an_argument_is_named() -> None:
    assert intent_of("claimRewards(address)", FRIEND, value=1) == Invoke(
        function="claimRewards(address)", is_bait=True
    )


def test_an_ordinary_function_is_no_bait_and_takes_no_ether() -> None:
    assert intent_of("castVote(uint256,uint8)", 1, 1) == Invoke(function="castVote(uint256,uint8)")
    assert read(call("getReward()", value=1)).oddities == (
        "it carries ether that the function does not take",
    )


def test_what_takes_or_hands_on_an_asset_or_a_vote_is_not_called_harmless() -> None:
    ordinary = {one.signature for one in bait.FUNCTIONS if not one.is_payable}
    assert ordinary == {
        "getReward()",
        "castVote(uint256,uint8)",
        "castVoteWithReason(uint256,uint8,string)",
        "incrementCounter()",
    }
