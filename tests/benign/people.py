"""Who and what the everyday transactions are about: one household, its contacts, tokens and places.

What belongs here: the cast, and the evidence about it. What must not: any transaction.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from guard.core.address import Address, keccak256
from guard.core.amounts import WEI_PER_ETHER
from guard.core.evidence import Acquaintance, Counterparty, Evidence, Observed
from guard.core.intent import Asset, AssetKind
from guard.core.reputation import Listing, Standing
from guard.core.rules import examples
from guard.core.world import (
    AccountState,
    AllowanceGiven,
    AssetChange,
    Simulation,
    SimulationMethod,
    TokenState,
)

CODE = b"\x60\x80\x60\x40"


def somebody(name: str) -> Address:
    """Return the address of this name, the same each time."""
    return Address.from_bytes(keccak256(b"benign/" + name.encode())[12:])


@dataclass(frozen=True)
class Coin:
    """A token that the household holds."""

    symbol: str
    decimals: int
    supply: int
    """Whole tokens."""
    holding: int
    """Whole tokens."""

    @property
    def address(self) -> Address:
        """Where it is."""
        return somebody(self.symbol)

    def units(self, whole: float) -> int:
        """Return so many whole tokens in the smallest unit."""
        return int(whole * 10**self.decimals)

    def asset(self, units: int) -> Asset:
        """Return so many of its smallest units as an asset."""
        return Asset(kind=AssetKind.ERC20, token=self.address, amount=units)


ME = somebody("me")
SAVINGS = somebody("my savings account")
MY_SAFE = somebody("my safe")
CONTACTS = tuple(somebody(f"contact {number}") for number in range(12))
ROUTER_V2 = somebody("exchange of the second version")
ROUTER_V3 = somebody("exchange of the third version")
UNIVERSAL = somebody("universal router")
WETH = somebody("wrapped ether")
DISTRIBUTOR = somebody("distributor of rewards")
NEW_DISTRIBUTOR = somebody("distributor that is not a contact")
MARKET = somebody("market for collections")
COLLECTION = somebody("a collection")
EDITION = somebody("an edition of many pieces")
COINS = (
    Coin("USDC", 6, 40_000_000_000, 12_000),
    Coin("DAI", 18, 5_000_000_000, 8_000),
    Coin("LINK", 18, 1_000_000_000, 900),
    Coin("UNI", 18, 1_000_000_000, 700),
)
PLACES = (ROUTER_V2, ROUTER_V3, UNIVERSAL, WETH, DISTRIBUTOR, MARKET)
"""Contracts that the household has among its contacts."""


def evidence(chance: random.Random) -> Evidence:
    """Return what is known in the household, with a balance of the day."""
    contracts = (*PLACES, NEW_DISTRIBUTOR, COLLECTION, EDITION, MY_SAFE, *(coin.address for coin in COINS))
    old = AccountState(code=CODE, nonce=1, balance=0, is_young=False)
    plain = AccountState(code=b"", nonce=12, balance=WEI_PER_ETHER)
    accounts = {**dict.fromkeys(contracts, old), **dict.fromkeys((ME, SAVINGS, *CONTACTS), plain)}
    known = [
        *(_contact(address, f"contact {number}") for number, address in enumerate(CONTACTS)),
        *(_contact(address, "a place") for address in (*PLACES, MY_SAFE)),
        *(_contact(coin.address, coin.symbol) for coin in COINS),
        Counterparty(address=SAVINGS, acquaintance=Acquaintance.OWN_ACCOUNT, name="savings"),
    ]
    listed = Listing(
        list_name="labels", standing=Standing.KNOWN, label="exchange", source="labels.json", as_of=0
    )
    return replace(
        examples.EVIDENCE,
        balance=Observed(chance.randrange(2, 30) * WEI_PER_ETHER, "node"),
        counterparties=Observed(tuple(known), "contacts"),
        accounts=Observed(accounts, "node"),
        tokens=Observed(_tokens(), "node"),
        listings=Observed(dict.fromkeys(PLACES, (listed,)), "lists"),
    )


def _contact(address: Address, name: str) -> Counterparty:
    return Counterparty(address=address, acquaintance=Acquaintance.CONTACT, name=name)


def _tokens() -> dict[Address, TokenState]:
    coins = {
        coin.address: TokenState(
            kind=AssetKind.ERC20,
            symbol=coin.symbol,
            name=coin.symbol,
            decimals=coin.decimals,
            total_supply=coin.units(coin.supply),
            balances={ME: coin.units(coin.holding), MY_SAFE: coin.units(coin.holding)},
            allowances={},
        )
        for coin in COINS
    }
    pieces = TokenState(kind=AssetKind.ERC721, symbol="PIECE", name="Pieces", total_supply=10_000)
    edition = TokenState(kind=AssetKind.ERC1155, symbol=None, name=None)
    wrapped = TokenState(
        kind=AssetKind.ERC20,
        symbol="WETH",
        name="Wrapped Ether",
        decimals=18,
        total_supply=3_000_000 * WEI_PER_ETHER,
        balances={ME: 2 * WEI_PER_ETHER},
    )
    return {**coins, COLLECTION: pieces, EDITION: edition, WETH: wrapped}


@dataclass
class Outcome:
    """What a simulation of one everyday transaction shows."""

    changes: list[AssetChange] = field(default_factory=list)
    allowances: list[AllowanceGiven] = field(default_factory=list)

    def moves(self, asset: Asset, giver: Address, receiver: Address) -> Outcome:
        """Add what one gives and another receives."""
        self.changes.append(AssetChange(party=giver, asset=asset, is_gain=False))
        self.changes.append(AssetChange(party=receiver, asset=asset, is_gain=True))
        return self

    def allows(self, token: Address, owner: Address, spender: Address, amount: int | None) -> Outcome:
        """Add a right that it leaves behind."""
        given = AllowanceGiven(token=token, owner=owner, spender=spender, amount=amount)
        self.allowances.append(given)
        return self

    def told(self) -> Observed[Simulation]:
        """Return it as a node tells it that simulates twice."""
        simulation = Simulation(
            method=SimulationMethod.SIMULATE,
            succeeded=True,
            changes=tuple(self.changes),
            allowances=tuple(self.allowances),
            variants_agree=True,
        )
        return Observed(simulation, "node")
