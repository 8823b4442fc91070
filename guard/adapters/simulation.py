"""What a request would do, run on the node's present state: implements the Simulator port.

What belongs here: which method is asked, how often, and what runs that differ come to. What must not: any one
method's parameters, or any judgement of an outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar, cast

from web3.exceptions import Web3RPCError

from guard.adapters import simulate_blocks, trace_call
from guard.adapters.contract_view import called
from guard.adapters.raw_rpc import ABSENT, Refused
from guard.adapters.run import Ran, Realism, call_object, first_failure
from guard.adapters.simulate_blocks import Header, Holding, Outcome, block_fields, latest_header
from guard.adapters.web3_chain import Web3Chain
from guard.core.act import Act
from guard.core.address import Address
from guard.core.events import (
    Log,
    agree,
    confirmed_wrappers,
    is_contradicted,
    story_of,
    wrapping,
)
from guard.core.evidence import Fact, Missing, Observed
from guard.core.intent import AssetKind
from guard.core.involved import involved_tokens
from guard.core.request import MarketFee, TransactionRequest
from guard.core.world import Simulation, SimulationMethod
from guard.deadline import Deadline
from guard.errors import NodeError
from guard.gather import Failed, Late, gather

T = TypeVar("T")

TIMEOUT_S = 15.0
"""Seconds for one method, and never more than half of what is left while there is another to fall back to."""
MAX_HOLDINGS = 64
"""Balances of tokens that are compared with the events of a run."""
MAX_HOLDERS = 4
"""The sender, and wallets that act for it, whose balances are compared."""

_Run = Callable[[Realism], T]
"""A run of the request."""
_UNCHECKED = (Realism.PRICED, Realism.FREE)
"""For runs in which others than the sender ask too, and methods that check nothing."""
_TIP_WEI = 10**9
"""A usual tip, for a request that names no fee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What is run."""

    transactions: tuple[TransactionRequest, ...]
    """The calls, in order."""
    holders: tuple[Address, ...]
    """Whose balances are compared."""
    holdings: tuple[Holding, ...]
    """Tokens and holders that the payload names."""
    wallets: tuple[Address, ...]
    """Wallet contracts that run foreign code as themselves."""


class NodeSimulator:
    """Runs requests on a node by the best method that it has."""

    def __init__(self, chain: Web3Chain) -> None:
        self._chain = chain

    def simulate(
        self, transactions: Sequence[TransactionRequest], acts: Collection[Act], deadline: Deadline
    ) -> Fact[Simulation]:
        """Return what the transactions come to, one after the other in one block; never raises.

        Each method that fails is followed by a simpler one; the value says which was used, and why a better
        one was not.
        """
        task = _task(transactions, acts)
        methods: list[tuple[SimulationMethod, Callable[[Web3Chain, _Task], Simulation]]] = [
            (SimulationMethod.SIMULATE, _by_blocks)
        ]
        if len(task.transactions) == 1:
            # Several calls, one building on the other, cannot be run one by one.
            methods += [(SimulationMethod.TRACE, _by_trace), (SimulationMethod.CALL, _by_call)]
        shortfalls: list[str] = []
        has_failed = False
        for place, (name, method) in enumerate(methods):
            share_s = deadline.remaining() / (1 if place == len(methods) - 1 else 2)
            chain = self._chain.within(deadline.sooner(min(TIMEOUT_S, share_s)))
            try:
                found = method(chain, task)
            except NodeError as error:
                if isinstance(error, Refused) and error.is_about_funds:
                    found = Simulation(method=name, succeeded=False, revert_reason=error.words)
                    return Observed(_with_shortfalls(found, shortfalls), "node")
                shortfalls.append(error.message)
                has_failed |= error.code != ABSENT
            else:
                return Observed(_with_shortfalls(found, shortfalls), "node")
        return Missing("; ".join(dict.fromkeys(shortfalls)), is_failure=has_failed)


def _task(transactions: Sequence[TransactionRequest], acts: Collection[Act]) -> _Task:
    actors = (act.call.actor for act in acts)
    holders = tuple(dict.fromkeys(actors))[:MAX_HOLDERS]
    tokens = [question.token for question in involved_tokens(acts)]
    foreign = (act.call.actor for act in acts if act.within_delegatecall)
    return _Task(
        transactions=tuple(transactions),
        holders=holders,
        holdings=tuple((token, holder) for token in tokens for holder in holders)[:MAX_HOLDINGS],
        wallets=tuple(dict.fromkeys(foreign)),
    )


def _by_blocks(chain: Web3Chain, task: _Task) -> Simulation:
    """Run the request in two variants of the next block, the second one with balances around it."""
    header = latest_header(chain)
    plain, other = (block_fields(header, is_other=is_other) for is_other in (False, True))

    transactions = _completed(chain, task.transactions, header)

    def run(fields: dict[str, str], holdings: Collection[Holding]) -> _Run[Outcome]:
        return lambda realism: simulate_blocks.simulate(
            chain, transactions, fields, realism, holdings=holdings
        )

    told = _together(
        {
            "first": partial(_as_real_as_can_be, run(plain, ()), tuple(Realism)),
            "second": partial(_as_real_as_can_be, run(other, task.holdings), _UNCHECKED),
            **({"replaced": partial(_replaced, chain, task)} if task.wallets else {}),
        }
    )
    outcomes = [cast(Outcome, told["first"]), cast(Outcome, told["second"])]
    further = _further(outcomes[0].logs, task)
    shortfalls: list[str] = []
    if further:
        outcomes.append(_as_real_as_can_be(run(plain, further[:MAX_HOLDINGS]), _UNCHECKED))
    if len(further) > MAX_HOLDINGS:
        shortfalls.append(f"{len(further) - MAX_HOLDINGS} balances were not compared with the events")
    replaced, shortfall = cast("tuple[tuple[Address, ...], str]", told.get("replaced", ((), "")))
    shortfalls.extend([shortfall] if shortfall else [])
    return _concluded(outcomes, replaced, shortfalls)


def _concluded(
    outcomes: Sequence[Outcome], replaced: tuple[Address, ...], shortfalls: Sequence[str]
) -> Simulation:
    """Return what several runs of one request come to; the first one tells the changes."""
    wrappers = frozenset().union(*(confirmed_wrappers(one.logs, one.readings) for one in outcomes))
    stories = [story_of(one.logs, wrappers) for one in outcomes]
    first, story = outcomes[0], stories[0]
    reason = first_failure(first.runs)
    return Simulation(
        method=SimulationMethod.SIMULATE,
        succeeded=first.succeeded,
        revert_reason=reason,
        changes=story.changes,
        allowances=story.allowances,
        variants_agree=all(
            one.succeeded == first.succeeded and agree(other, story)
            for one, other in zip(outcomes, stories, strict=True)
        ),
        is_contradicted=any(
            is_contradicted(other.changes, one.readings) for one, other in zip(outcomes, stories, strict=True)
        ),
        code_changed=replaced,
        shortfalls=tuple(shortfalls),
    )


def _further(logs: Collection[Log], task: _Task) -> list[Holding]:
    """Return what else a run showed whose balance is to be compared: the payload did not name it."""
    changed = [
        (change.asset.token, change.party)
        for change in story_of(logs).changes
        if change.asset.token is not None and change.asset.kind is not AssetKind.ERC1155
    ]
    found = dict.fromkeys([*changed, *wrapping(logs)])
    return [place for place in found if place[1] in task.holders and place not in task.holdings]


def _by_trace(chain: Web3Chain, task: _Task) -> Simulation:
    (transaction,) = task.transactions
    ran = _as_real_as_can_be(partial(trace_call.traced, chain, transaction), _UNCHECKED)
    replaced, shortfall = _replaced(chain, task) if task.wallets else ((), "")
    story = story_of(ran.logs)
    return Simulation(
        method=SimulationMethod.TRACE,
        succeeded=ran.succeeded,
        revert_reason=ran.reason,
        changes=story.changes,
        allowances=story.allowances,
        code_changed=replaced,
        shortfalls=(shortfall,) if shortfall else (),
    )


def _by_call(chain: Web3Chain, task: _Task) -> Simulation:
    (transaction,) = task.transactions
    ran = _as_real_as_can_be(partial(_called, chain, transaction), _UNCHECKED)
    return Simulation(method=SimulationMethod.CALL, succeeded=ran.succeeded, revert_reason=ran.reason)


def _called(chain: Web3Chain, transaction: TransactionRequest, realism: Realism) -> Ran:
    call = call_object(transaction, realism)

    def run() -> Ran:
        try:
            return Ran(succeeded=True, returned=called(chain.web3, call))
        except Web3RPCError as error:
            refused = Refused("eth_call", (error.rpc_response or {}).get("error"))
            if refused.is_revert:
                return Ran(succeeded=False, returned=refused.data, words=refused.words)
            raise refused from None

    return chain.ask("a call", run)


def _as_real_as_can_be(run: _Run[T], levels: Sequence[Realism]) -> T:
    """Run at the first of these levels that the node accepts.

    Contracts can read base fee and gas price, so those of a block are the first choice; whether the sender
    can pay is a rule's matter, and should not hide what the request would do.
    """
    *others, last = levels
    for level in others:
        try:
            return run(level)
        except Refused:
            continue
    return run(last)


def _completed(
    chain: Web3Chain, transactions: Sequence[TransactionRequest], header: Header
) -> tuple[TransactionRequest, ...]:
    """Return the transactions with the fees and the gas limit that they would have: both can be read."""
    if header.base_fee is not None:
        fee = MarketFee(max_fee_per_gas=2 * header.base_fee + _TIP_WEI, max_priority_fee_per_gas=_TIP_WEI)
        transactions = [replace(one, fee=one.fee or fee) for one in transactions]
    if len(transactions) > 1 or transactions[0].gas_limit is not None:
        return tuple(transactions)
    try:
        used = chain.estimate_gas(transactions[0])
    except NodeError:
        # What reverts has no estimate; the run will tell.
        return tuple(transactions)
    return (replace(transactions[0], gas_limit=used + used // 2),)


def _replaced(chain: Web3Chain, task: _Task) -> tuple[tuple[Address, ...], str]:
    """Return the wallets whose code the request replaces, and why they could not be looked at."""
    if len(task.transactions) > 1:
        return (), "whether a wallet's code is replaced is not known: there are several calls"
    try:
        return trace_call.replaced(chain, task.transactions[0], task.wallets), ""
    except NodeError as error:
        return (), f"whether a wallet's code is replaced is not known: {error.message}"


def _together(questions: Mapping[str, Callable[[], object]]) -> dict[str, object]:
    """Return all answers; raises what the first failing question raised. Each keeps its own deadline."""
    answers = gather(questions, Deadline.after(2 * TIMEOUT_S))
    for answer in answers.values():
        if isinstance(answer, Failed):
            raise answer.error
        if isinstance(answer, Late):
            raise NodeError("the node did not answer in time", hint="check that it runs", code="node_late")
    return answers


def _with_shortfalls(found: Simulation, earlier: Sequence[str]) -> Simulation:
    return replace(found, shortfalls=(*dict.fromkeys(earlier), *found.shortfalls))
