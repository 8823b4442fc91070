"""What the chain tells of accounts, tokens and fees, and what a simulation shows, as values.

What belongs here: these values. What must not: how they are learned; that is an adapter's work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from guard.core.address import Address
from guard.core.intent import Asset, AssetKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """One account at the latest block."""

    code: bytes
    """Its code; empty where there is none, 0xef0100 and 20 bytes where it is delegated (EIP-7702)."""
    nonce: int
    """Its transaction count; a contract that never created one has 1."""
    balance: int
    """Wei."""
    is_young: bool | None = None
    """Whether it had no code a few days ago (`Policy.young_contract_days`); None where that is not known, or
    there is no code now either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenState:
    """One token contract at the latest block; what it does not answer is None."""

    kind: AssetKind | None
    """ERC20, ERC721 or ERC1155 by its own answers; None where they do not tell."""
    symbol: str | None = None
    """Its own symbol, escaped and cut: anybody can call a token anything."""
    name: str | None = None
    """Its own name, escaped and cut."""
    decimals: int | None = None
    """Decimals, 0 to 255."""
    total_supply: int | None = None
    """In its smallest unit."""
    balances: Mapping[Address, int] = field(default_factory=dict)
    """What the owners in question hold, in its smallest unit; who is not in it was not answered."""
    allowances: Mapping[tuple[Address, Address], int] = field(default_factory=dict)
    """What stands now, by owner and spender, in its smallest unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeMarket:
    """What gas costs now, by the node."""

    base_fee: int | None
    """Wei for each unit of gas; None on a chain without base fees."""
    priority_fee: int | None
    """The tip that the node suggests, wei for each unit of gas; None where it suggests none."""
    gas_price: int
    """The price that the node suggests, wei for each unit of gas."""


class SimulationMethod(Enum):
    """How a simulation was made, the one that shows most first."""

    STATIC = "static"
    """Nothing runs: plain value to an account without code."""
    SIMULATE = "eth_simulateV1"
    TRACE = "debug_traceCall"
    CALL = "eth_call"
    """Success or failure alone; no changes of assets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetChange:
    """What one party has more or less of after the request."""

    party: Address
    """Whose."""
    asset: Asset
    """What; its `amount` is how much, always positive."""
    is_gain: bool
    """True for more, False for less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceGiven:
    """A right that the simulated request leaves behind (an Approval or ApprovalForAll event)."""

    token: Address
    """The contract."""
    owner: Address
    """Whose tokens."""
    spender: Address
    """Who may take them."""
    amount: int | None
    """How much, in the token's smallest unit; None for everything (an operator)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What the request would do, run on the node's present state; it adds findings and lifts none."""

    method: SimulationMethod
    """How it was made."""
    succeeded: bool
    """Whether it did not revert."""
    revert_reason: str | None = None
    """Why it reverted, escaped and cut; None where it did not, or gave no reason."""
    changes: tuple[AssetChange, ...] | None = None
    """Changes of ether and tokens, gas apart, by party; None where the method does not show them."""
    allowances: tuple[AllowanceGiven, ...] = ()
    """Rights that it leaves behind."""
    variants_agree: bool | None = None
    """Whether runs under different block fields came to the same; None where only one could be made."""
    is_contradicted: bool = False
    """Whether events tell another story than the balances that the token itself reports."""
    code_changed: tuple[Address, ...] = ()
    """Accounts whose code or storage slot 0 the request replaces, where the method shows it."""
    shortfalls: tuple[str, ...] = ()
    """Why a method that shows more gave nothing, or showed less than it could, each in one escaped line."""
