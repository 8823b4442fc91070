"""`eth_simulateV1`: runs of calls in a block of our choosing, and reading what they came to.

What belongs here: the payload and the answer of that one method. What must not: how often it is asked, and
what is concluded from runs that differ.

Source: https://github.com/ethereum/execution-apis, src/eth/execute.yaml and docs-api/docs/ethsimulatev1-notes
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from guard.adapters.raw_rpc import address, quantity, raw_bytes, rpc, unreadable
from guard.adapters.run import LogBudget, Ran, Realism, call_object, view_object
from guard.adapters.token_facts import CALL_GAS, balance_call, number
from guard.adapters.web3_chain import Web3Chain
from guard.core.address import Address, keccak256
from guard.core.events import Log, Readings
from guard.core.request import TransactionRequest
from guard.core.text import escape_untrusted

METHOD = "eth_simulateV1"

_BLOCK_S = 12
"""Seconds between blocks of the main chain."""
_OTHER_BLOCK = 3
"""How many blocks ahead the second variant's block is: a chain has one of these, or misses it."""
_BASE_FEE_STEP = 8
"""A base fee moves by one part in so many from block to block at the most, EIP-1559."""
_GAS_LIMIT_STEP = 1024
"""A gas limit moves by less than one part in so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The latest block, as far as the next ones are made after it."""

    number: int
    """Its height."""
    timestamp: int
    """Unix seconds."""
    gas_limit: int
    """Units of gas."""
    base_fee: int | None
    """Wei for each unit of gas; None on a chain without base fees."""
    fee_recipient: Address
    """Who got its tips."""
    hash: bytes
    """Its name: what nobody knew before it was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one simulated block came to."""

    runs: tuple[Ran, ...]
    """The request's calls, in order."""
    readings: Readings
    """What tokens reported before and after them; a token that reported no number is left out."""

    @property
    def succeeded(self) -> bool:
        """Whether every call did not revert."""
        return all(ran.succeeded for ran in self.runs)

    @property
    def logs(self) -> tuple[Log, ...]:
        """The events of all calls, in order."""
        return tuple(log for ran in self.runs for log in ran.logs)


Holding = tuple[Address, Address]
"""A token and a holder."""


def latest_header(chain: Web3Chain) -> Header:
    """Return the latest block; raises NodeError where it cannot be read."""
    method = "eth_getBlockByNumber"
    told = rpc(chain, method, ["latest", False])
    if not isinstance(told, dict):
        raise unreadable(method)
    base_fee = told.get("baseFeePerGas")
    return Header(
        number=quantity(told.get("number"), method),
        timestamp=quantity(told.get("timestamp"), method),
        gas_limit=quantity(told.get("gasLimit"), method),
        base_fee=None if base_fee is None else quantity(base_fee, method),
        fee_recipient=address(told.get("miner"), method),
        hash=raw_bytes(told.get("hash"), method),
    )


def block_fields(header: Header, *, is_other: bool) -> dict[str, str]:
    """Return a next block's fields as a real one would have them, in one of two variants.

    The method's defaults give a simulation away: no fee recipient, no randomness, no base fee. The second
    variant differs from the first in every field that a contract can read, and stays as real.
    """
    seed = keccak256(header.hash + bytes([is_other]))
    ahead = _OTHER_BLOCK if is_other else 1
    recipient = header.fee_recipient
    if is_other or not any(recipient.to_bytes()):
        recipient = Address.from_bytes(keccak256(seed)[12:])
    fields = {
        "number": hex(header.number + ahead),
        "time": hex(header.timestamp + ahead * _BLOCK_S),
        "gasLimit": hex(header.gas_limit - is_other * (header.gas_limit // (2 * _GAS_LIMIT_STEP))),
        "feeRecipient": recipient,
        "prevRandao": "0x" + seed.hex(),
    }
    if header.base_fee is not None:
        # Lower, not higher: a request that pays for the latest block pays for this one too.
        fields["baseFeePerGas"] = hex(header.base_fee - is_other * (header.base_fee // _BASE_FEE_STEP))
    return fields


def simulate(
    chain: Web3Chain,
    transactions: Sequence[TransactionRequest],
    fields: dict[str, str],
    realism: Realism,
    *,
    holdings: Collection[Holding] = (),
) -> Outcome:
    """Run the transactions in one block of these fields, with balances read before and after them.

    Raises NodeError where the node refuses, has no such method, or answers what cannot be read.
    """
    views = [
        {**view_object(holder, token, balance_call(holder)), "gas": hex(CALL_GAS)}
        for token, holder in holdings
    ]
    calls = [call_object(transaction, realism) for transaction in transactions]
    payload = {
        "blockStateCalls": [{"blockOverrides": fields, "calls": [*views, *calls, *views]}],
        "traceTransfers": True,
        "validation": realism is Realism.VALIDATED,
    }
    told = rpc(chain, METHOD, [payload, "latest"])
    runs = _runs(told, len(calls) + 2 * len(views))
    start, end = len(views), len(views) + len(calls)
    return Outcome(runs=tuple(runs[start:end]), readings=_readings(holdings, runs[:start], runs[end:]))


def _runs(told: object, expected: int) -> list[Ran]:
    # Blocks that the node puts before ours, to fill a gap in the numbers, come first.
    block = told[-1] if isinstance(told, list) and told else None
    calls = block.get("calls") if isinstance(block, dict) else None
    if not isinstance(calls, list) or len(calls) != expected:
        raise unreadable(METHOD)
    budget = LogBudget(METHOD)
    return [_ran(one, budget) for one in calls]


def _ran(told: object, budget: LogBudget) -> Ran:
    if not isinstance(told, dict):
        raise unreadable(METHOD)
    status, error = quantity(told.get("status"), METHOD), told.get("error")
    if status not in (0, 1):
        raise unreadable(METHOD)
    returned = raw_bytes(told.get("returnData"), METHOD)
    if status == 1:
        return Ran(succeeded=True, returned=returned, logs=tuple(budget.read(told.get("logs"))))
    words = error.get("message") if isinstance(error, dict) else None
    return Ran(succeeded=False, returned=returned, words=escape_untrusted(str(words or "")))


def _readings(holdings: Collection[Holding], before: Sequence[Ran], after: Sequence[Ran]) -> Readings:
    readings = {}
    for holding, first, last in zip(holdings, before, after, strict=True):
        numbers = (number(first.returned), number(last.returned))
        if first.succeeded and last.succeeded and numbers[0] is not None and numbers[1] is not None:
            readings[holding] = (numbers[0], numbers[1])
    return readings
