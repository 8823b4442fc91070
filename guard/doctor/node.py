"""The Ethereum node: does it answer, is it the right chain, is it up to date, can it simulate?

What belongs here: looks at a node, and what its answers mean. What must not: the node's address, in any
sentence: its path or user part may be a key.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.doctor.check import Check, Result, failure
from guard.errors import NodeError

if TYPE_CHECKING:
    from guard.adapters.web3_chain import Web3Chain

OLD_BLOCK_S = 300
"""Age from which the latest block is worth a word: 25 slots of 12 s without a block have not been seen on
mainnet, https://ethereum.org/developers/docs/blocks/."""
SKEW_S = 15
"""How far a block may be ahead of this machine's clock: a slot of 12 s, and the way here."""

_NO_SUCH_METHOD = -32601

Now = Callable[[], float]
"""Tells the time as seconds since 1970."""


def look_at_node(
    build: Callable[[], Web3Chain], deadline: Deadline, *, pinned: int | None, now: Now = time.time
) -> Sequence[Check]:
    """Ask the node that `build` connects to for its chain, its latest block and a simulation of nothing.

    `pinned` is the chain id that it must have. Raises NodeError where it does not answer at all; what fails
    after that is a check of its own, so that one node that is down is told once.
    """
    from guard.adapters.web3_chain import Web3Chain

    chain = Web3Chain(build().web3, total_timeout_s=deadline.remaining())
    checks = [judge_chain(chain.chain_id(), pinned)]
    try:
        checks.extend(judge_block(_block_time(chain), now()))
    except NodeError as error:
        checks.append(failure("block", error))
    try:
        checks.append(judge_simulation(_simulate(chain)))
    except NodeError as error:
        checks.append(replace(failure("simulation", error), result=Result.WARN))
    return checks


def no_node() -> Sequence[Check]:
    """Say that the settings name no node."""
    return (
        Check(
            part="node",
            result=Result.WARN,
            said="none is named: balance, code and chain are missing from every verdict",
            advice="give --rpc-url URL, or set ETH_RPC_URL",
        ),
    )


def judge_chain(chain_id: int, pinned: int | None) -> Check:
    """Compare the node's chain id with the pinned one."""
    if pinned is None:
        return Check(
            part="node", result=Result.OK, said=f"it answers; chain {chain_id} (--chain would pin it)"
        )
    if chain_id == pinned:
        return Check(part="node", result=Result.OK, said=f"it answers; chain {chain_id}, as pinned")
    return Check(
        part="node",
        result=Result.FAIL,
        said=f"it is on chain {chain_id}, and {pinned} is pinned",
        advice="name a node of the right chain, or change --chain",
    )


def judge_block(block_time: int, now: float) -> Sequence[Check]:
    """Judge the latest block's time (seconds since 1970) against this machine's clock."""
    age = now - block_time
    block = Check(part="block", result=Result.OK, said=f"the latest is {_duration(max(0.0, age))} old")
    if age > OLD_BLOCK_S:
        block = Check(
            part="block",
            result=Result.WARN,
            said=f"the latest is {_duration(age)} old",
            advice="a development chain rests between payments; any other node is out of step, "
            "or this machine's clock is ahead",
        )
    clock = Check(part="clock", result=Result.OK, said="it is not behind the latest block")
    if age < -SKEW_S:
        clock = Check(
            part="clock",
            result=Result.WARN,
            said=f"the latest block is {_duration(-age)} ahead of this machine's clock",
            advice="set the clock: verdicts and certificates depend on it",
        )
    return block, clock


def judge_simulation(offered: bool) -> Check:
    """Say whether payments can be tried out on this node."""
    if offered:
        return Check(part="simulation", result=Result.OK, said="the node offers eth_simulateV1")
    return Check(
        part="simulation",
        result=Result.WARN,
        said="the node does not offer eth_simulateV1: a payment cannot be tried out on it",
        advice="a recent geth, nethermind or anvil offers it",
    )


def _block_time(chain: Web3Chain) -> int:
    from guard.adapters.web3_chain import translated

    with translated("for the latest block"):
        block_time: object = chain.web3.eth.get_block("latest")["timestamp"]
    if isinstance(block_time, bool) or not isinstance(block_time, int):
        raise NodeError("the node's latest block has no time", hint="check that it is an Ethereum node")
    return block_time


def _simulate(chain: Web3Chain) -> bool:
    """Ask for a simulation of nothing; raises NodeError when the node cannot be asked."""
    from web3.types import RPCEndpoint

    from guard.adapters.web3_chain import translated

    with translated("for a simulation"):
        empty = [{"blockStateCalls": [{"calls": []}]}, "latest"]
        answer = chain.web3.provider.make_request(RPCEndpoint("eth_simulateV1"), empty)
        error = cast(object, answer.get("error"))
    if error is None:
        return True
    if isinstance(error, dict) and error.get("code") == _NO_SUCH_METHOD:
        return False
    message = error.get("message") if isinstance(error, dict) else error
    raise NodeError(
        f"the node refused to simulate nothing: {escape_untrusted(str(message), limit=160)}",
        hint="the words are the node's own",
    )


def _duration(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
