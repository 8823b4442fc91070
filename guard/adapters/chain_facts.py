"""Accounts, tokens and the price of gas, by the node: implements the ChainFacts port.

What belongs here: which questions are put to the node, how many at once, and reading the answers. What must
not: which accounts and tokens matter; `guard.core.involved` says that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from web3.types import BlockIdentifier, RPCEndpoint

from guard.adapters.token_facts import questions_about, token_state
from guard.adapters.web3_chain import Web3Chain, checked
from guard.core.address import Address
from guard.core.involved import TokenQuestion
from guard.core.world import AccountState, FeeMarket, TokenState
from guard.deadline import Deadline
from guard.errors import DeadlineExceeded, NodeError
from guard.gather import Failed, Late, Once, gather

T = TypeVar("T")

AT_ONCE = 8
"""Questions on their way to the node at one time, for each of the methods here."""

_DAY_S = 86_400
_YOUTH_TIMEOUT_S = 10.0
"""Seconds for looking at the chain's past: a node without it should not hold up what it does know."""
_SAMPLE_BLOCKS = 20_000
"""Blocks back at which the time between blocks is measured: three days on the main chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A block, as far as facts need it."""

    number: int
    """Its height."""
    timestamp: int
    """Unix seconds."""
    base_fee: int | None
    """Wei for each unit of gas; None on a chain without base fees."""


class NodeFacts:
    """Implements the ChainFacts port on a web3 connection, the embedded chain's included."""

    def __init__(self, chain: Web3Chain) -> None:
        self._chain = chain

    def accounts(
        self, addresses: Collection[Address], *, young_days: int, deadline: Deadline
    ) -> dict[Address, AccountState]:
        """Return these accounts at the latest block; `young_days` is how long a contract is new."""
        chain = self._chain.within(deadline)
        questions: dict[str, Callable[[], object]] = {}
        for address in addresses:
            questions[f"code {address}"] = partial(chain.code, address)
            questions[f"nonce {address}"] = partial(chain.mined_nonce, address)
            questions[f"balance {address}"] = partial(chain.balance, address)
        told = _all_of(questions, deadline)
        codes = {address: cast(bytes, told[f"code {address}"]) for address in addresses}
        young = self._young([address for address in addresses if codes[address]], young_days, deadline)
        return {
            address: AccountState(
                code=codes[address],
                nonce=cast(int, told[f"nonce {address}"]),
                balance=cast(int, told[f"balance {address}"]),
                is_young=young.get(address),
            )
            for address in addresses
        }

    def tokens(self, questions: Collection[TokenQuestion], deadline: Deadline) -> dict[Address, TokenState]:
        """Return what these tokens say of themselves at the latest block."""
        chain = self._chain.within(deadline)
        asked = {
            f"{question.token} {name}": call
            for question in questions
            for name, call in questions_about(chain, question).items()
        }
        told = _all_of(asked, deadline)
        states = {}
        for question in questions:
            start = f"{question.token} "
            answers = {
                name.removeprefix(start): cast(bytes, answer)
                for name, answer in told.items()
                if name.startswith(start)
            }
            states[question.token] = token_state(question, answers)
        return states

    def fee_market(self, deadline: Deadline) -> FeeMarket:
        """Return what gas costs now."""
        chain = self._chain.within(deadline)
        told = _all_of(
            {
                "head": lambda: head(chain, "latest"),
                "tip": lambda: _suggested_tip(chain),
                "price": lambda: chain.ask_number("a gas price", lambda: chain.web3.eth.gas_price),
            },
            deadline,
        )
        return FeeMarket(
            base_fee=cast(Head, told["head"]).base_fee,
            priority_fee=cast("int | None", told["tip"]),
            gas_price=cast(int, told["price"]),
        )

    def _young(
        self, contracts: Collection[Address], young_days: int, deadline: Deadline
    ) -> dict[Address, bool | None]:
        """Return whether each had no code `young_days` ago; None where the node does not know its past."""
        if not contracts:
            return {}
        sooner = deadline.sooner(_YOUTH_TIMEOUT_S)
        chain = self._chain.within(sooner)
        then = Once(lambda: _block_before(chain, young_days * _DAY_S))
        questions: dict[str, Callable[[], object]] = {
            address: partial(_had_code, chain, address, then) for address in contracts
        }
        answers = gather(questions, sooner, at_once=AT_ONCE)
        return {
            address: None if isinstance(answer, Failed | Late) else not answer
            for address, answer in zip(contracts, answers.values(), strict=True)
        }


def head(chain: Web3Chain, block: BlockIdentifier) -> Head:
    """Return a block; raises NodeError where the node tells none that can be read."""
    told: dict[str, Any] = chain.ask("a block", lambda: {**chain.web3.eth.get_block(block)})
    base_fee = told.get("baseFeePerGas")
    numbers = [told.get("number"), told.get("timestamp"), 0 if base_fee is None else base_fee]
    if any(type(one) is not int or one < 0 for one in numbers):
        raise NodeError(
            "the node was asked for a block and answered none",
            hint="check that --rpc-url is an Ethereum node",
            code="node_invalid",
        )
    return Head(number=told["number"], timestamp=told["timestamp"], base_fee=base_fee)


def _block_before(chain: Web3Chain, seconds: int) -> int:
    """Return the number of a block about so many seconds ago, by the chain's own clock; 0 is the first.

    Two questions: the time between blocks is measured once, which is near enough for a matter of days.
    """
    latest = head(chain, "latest")
    if latest.number == 0:
        return 0
    sample = head(chain, max(0, latest.number - _SAMPLE_BLOCKS))
    elapsed = max(1, latest.timestamp - sample.timestamp)
    blocks = -(-seconds * (latest.number - sample.number) // elapsed)
    return max(0, latest.number - blocks)


def _had_code(chain: Web3Chain, address: Address, then: Once[int]) -> bool:
    block = then()
    return bool(
        chain.ask("an account's past code", lambda: bytes(chain.web3.eth.get_code(checked(address), block)))
    )


def _suggested_tip(chain: Web3Chain) -> int | None:
    """Return the node's tip, or None where it refuses to name one."""

    # Not `eth.max_priority_fee`: where there is none, it warns, and makes one up from past blocks.
    def ask() -> int:
        told: Any = chain.web3.manager.request_blocking(RPCEndpoint("eth_maxPriorityFeePerGas"), [])
        return int(told, 16) if isinstance(told, str) else told

    try:
        return chain.ask_number("a priority fee", ask)
    except NodeError as error:
        if error.code == "node_refused":
            return None
        raise


def _all_of(questions: Mapping[str, Callable[[], T]], deadline: Deadline) -> dict[str, T]:
    """Return every answer; raises what the first failing question raised, or DeadlineExceeded."""
    answers = gather(questions, deadline, at_once=AT_ONCE)
    for answer in answers.values():
        if isinstance(answer, Failed):
            raise answer.error
    if any(isinstance(answer, Late) for answer in answers.values()):
        raise DeadlineExceeded("no time was left while asking the node for facts")
    return cast("dict[str, T]", answers)
