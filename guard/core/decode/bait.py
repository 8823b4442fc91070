"""Functions known by name that move nothing of the caller's by themselves, beyond the ether sent along.

The bait is what drainers call theirs, so that a person sends ether with it; whether this one is a drainer is
for rules to judge. The ordinary ones are few on purpose: a function that takes or hands on an asset, a right
or a vote (`stake`, `exit`, `delegate`) is not called harmless for its name.

Sources: the payable functions ("airdrop" and "wallet") of PTXPhish, "Dissecting Payload-based Transaction
Phishing on Ethereum", NDSS 2025, https://arxiv.org/abs/2409.02386 and
https://github.com/blocksecteam/PTXPhish; for the ordinary ones OpenZeppelin's Governor, Synthetix'
StakingRewards and Seaport.
"""

from __future__ import annotations

from guard.core.abi import Value
from guard.core.decode.function import Context, Function
from guard.core.intent import Intent, Invoke

_BAIT = {
    "claim()": "4e71d92d",
    "Claim()": "3158952e",
    "claimReward()": "b88a802f",
    "ClaimReward()": "79372f9a",
    "claimRewards()": "372500ab",
    "ClaimRewards()": "12798972",
    "claimRewards(address)": "ef5cfb8c",
    "securityUpdate()": "af347b61",
    "SecurityUpdate()": "5fba79f5",
    "safeClaim()": "2526350f",
    "SafeClaim()": "f472eedf",
    "claimAirdrop()": "5b88349d",
    "ClaimAirdrop()": "b9a9d3d0",
    "networkMerge()": "a06adfa8",
    "NetworkMerge()": "9c9316c5",
    "verify()": "fc735e99",
    "Verify()": "143087ee",
    "connect()": "948cb719",
    "Connect()": "a16f15c3",
    "confirm()": "7022b58e",
    "enable()": "a3907d71",
    "gift()": "24b04905",
    "start()": "be9a6555",
    "mint()": "1249c58b",
}

_ORDINARY = {
    "getReward()": "3d18b912",
    "castVote(uint256,uint8)": "56781388",
    "castVoteWithReason(uint256,uint8,string)": "7b3c71d3",
    "incrementCounter()": "5b34b966",
}


def _function(signature: str, selector: str, *, is_bait: bool) -> Function:
    def read(context: Context, *_: Value) -> Intent:
        return Invoke(function=signature, is_bait=is_bait)

    return Function(selector, signature, read, is_payable=is_bait)


FUNCTIONS = (
    *(_function(signature, selector, is_bait=True) for signature, selector in _BAIT.items()),
    *(_function(signature, selector, is_bait=False) for signature, selector in _ORDINARY.items()),
)
